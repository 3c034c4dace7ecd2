//! Waiting for a state: a condition and a deadline.

use std::time::Duration;

use crate::pace::Pace;

/// The first look comes at once, so that what is fast stays fast; then the pauses grow.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a look at the state has found.
pub(crate) enum Look<T, E> {
    Done(T),
    NotYet(E),
}

/// Looks again and again until the condition holds or the deadline has passed; then what the last
/// look found comes back as the inner error.
pub(crate) async fn wait_until<T, N, E>(
    pace: &Pace,
    deadline: Duration,
    mut look: impl AsyncFnMut() -> Result<Look<T, N>, E>,
) -> Result<Result<T, N>, E> {
    let end = pace.elapsed() + deadline;
    let mut pause = FIRST_PAUSE;
    loop {
        let not_yet = match look().await? {
            Look::Done(value) => return Ok(Ok(value)),
            Look::NotYet(state) => state,
        };
        if pace.elapsed() + pause > end {
            return Ok(Err(not_yet));
        }
        pace.sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
