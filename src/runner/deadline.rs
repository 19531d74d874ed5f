//! A future that ends at a moment, whatever it waits for. The clock is read when the future comes up for air; a timer is set
//! only once it really waits, since most invocations never do.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use tokio::time::Sleep;

/// The deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed;

/// Bounds a future.
pub async fn until<F: Future>(at: Instant, work: F) -> Result<F::Output, Passed> {
    let mut work = pin!(work);
    let mut timer: Option<Pin<Box<Sleep>>> = None;
    poll_fn(move |context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        if Instant::now() >= at {
            return Poll::Ready(Err(Passed));
        }
        let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at.into())));
        timer.as_mut().poll(context).map(|()| Err(Passed))
    })
    .await
}
