//! What a thread without libuv's event loop sleeps in.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use super::Waker;

#[derive(Default)]
pub struct Notifier {
    is_notified: Mutex<bool>,
    changed: Condvar,
}

impl Notifier {
    /// Also returns a waker that notifies it.
    pub fn new() -> (Arc<Self>, Arc<Waker>) {
        let notifier = Arc::<Self>::default();
        let notified = notifier.clone();
        (notifier, Arc::new(Waker::new(Box::new(move || notified.notify()))))
    }

    fn notify(&self) {
        *self.is_notified.lock().unwrap() = true;
        self.changed.notify_one();
    }

    /// Blocks until notified, or until the deadline. For one thread.
    pub fn wait(&self, deadline: Option<Instant>) {
        let is_notified = self.is_notified.lock().unwrap();
        let waits = |is_notified: &mut bool| !*is_notified;
        let mut is_notified = match deadline {
            None => self.changed.wait_while(is_notified, waits).unwrap(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.changed.wait_timeout_while(is_notified, left, waits).unwrap().0
            }
        };
        *is_notified = false;
    }
}
