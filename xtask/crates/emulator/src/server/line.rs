//! Connections that can be broken off from within: a request then gets no answer at all, as when a
//! network fails, which no HTTP response can express.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Accepts connections that can be broken off.
pub(super) struct Lines(pub(super) TcpListener);

/// A connection as the HTTP server reads and writes it.
pub(super) struct Wire {
    socket: TcpStream,
    line: Line,
}

/// The means to break a connection off; a part of every request that came over it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    broken: bool,
    /// Who waits for the client to send more, and has to learn that nothing is going to come.
    reader: Option<Waker>,
}

impl Listener for Lines {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (socket, address) = Listener::accept(&mut self.0).await;
        let line = Line::default();
        (Wire { socket, line }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Lines>> for Line {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().line.clone()
    }
}

impl Line {
    /// Resets the connection and never returns: with the connection the request ends that waits
    /// here.
    pub(super) async fn reset<T>(&self) -> T {
        let reader = {
            let mut state = self.lock();
            state.broken = true;
            state.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
        std::future::pending().await
    }

    /// Whether the connection is broken off; if not, the reader is told once it is.
    fn is_broken(&self, reader: Option<&Waker>) -> bool {
        let mut state = self.lock();
        if let Some(reader) = reader
            && !state.broken
            && !state
                .reader
                .as_ref()
                .is_some_and(|old| old.will_wake(reader))
        {
            state.reader = Some(reader.clone());
        }
        state.broken
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no code panics while it holds the state of a connection")
    }
}

impl Wire {
    /// The error of a connection that is broken off. The socket is closed with a reset, so that the
    /// client does not take what it gets for an orderly end.
    fn check(&self, reader: Option<&Waker>) -> io::Result<()> {
        if !self.line.is_broken(reader) {
            return Ok(());
        }
        self.socket.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(Some(context.waker()))?;
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(None)?;
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(None)?;
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
