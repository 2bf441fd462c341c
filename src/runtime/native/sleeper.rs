//! How a thread waits for messages without returning to a message loop.

use std::sync::Arc;
use std::time::Instant;

use crate::event_loop::{Notifier, Spin, Token, Waker, asleep};

/// A place to wait that any thread can notify through the waker.
pub struct Sleeper {
    waker: Arc<Waker>,
    notifier: Arc<Notifier>,
    spin: Spin,
    batch: Vec<Token>,
}

impl Default for Sleeper {
    fn default() -> Self {
        let (notifier, waker) = Notifier::new();
        Self {
            waker,
            notifier,
            spin: Spin::default(),
            batch: Vec::new(),
        }
    }
}

impl Sleeper {
    pub fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }

    /// Polls until `look` finds something, and sleeps in between. Returns `None` on timeout.
    pub fn wait<T>(&mut self, deadline: Option<Instant>, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        loop {
            // The order matters: anything that arrives after the look wakes the thread.
            self.waker.awake();
            self.waker.take(&mut self.batch);
            self.batch.clear();
            if let Some(found) = look() {
                return Some(found);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return None;
            }
            if !self.spin.wait(&self.waker) && self.waker.sleep() {
                asleep(|| self.notifier.wait(deadline));
            }
        }
    }
}
