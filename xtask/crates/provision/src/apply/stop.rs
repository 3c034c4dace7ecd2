//! Asks a deployment to stop, from outside of it.

use std::sync::Arc;

use tokio::sync::watch;

/// A wish to stop; clones are the same wish. Whoever applies looks at it before each call.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks to stop.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when somebody asks.
    pub async fn asked(&self) {
        let mut wish = self.0.subscribe();
        // The sender is this very value, so there is one as long as somebody waits.
        let _ = wish.wait_for(|is_asked| *is_asked).await;
    }
}
