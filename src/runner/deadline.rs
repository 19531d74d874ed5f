//! A future that ends at a moment, whatever it waits for. The clock is read when the future comes up for air; a timer is set
//! only once it really waits, since most invocations never do.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::Sleep;

/// The deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passed;

/// A future with a deadline.
pub struct Deadline<F> {
    inner: Pin<Box<F>>,
    at: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future> Deadline<F> {
    /// Bounds a future.
    pub fn new(inner: F, at: Instant) -> Self {
        Self {
            inner: Box::pin(inner),
            at,
            timer: None,
        }
    }
}

impl<F: Future> Future for Deadline<F> {
    type Output = Result<F::Output, Passed>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(output) = self.inner.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let at = self.at;
        if Instant::now() >= at {
            return Poll::Ready(Err(Passed));
        }
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at.into())));
        timer.as_mut().poll(context).map(|()| Err(Passed))
    }
}
