//! How a thread without an event loop waits for what comes through a waker.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use crate::event_loop::{AwakeGuard, Ready, Spin, Waker};

thread_local! {
    /// While this thread does not sleep.
    static AWAKE: RefCell<Option<AwakeGuard<'static>>> = const { RefCell::new(None) };
}

/// From now on this thread is counted among those that work.
pub fn begin() {
    AWAKE.set(Some(AwakeGuard::default()));
}

#[derive(Default)]
struct Notice {
    is_given: Mutex<bool>,
    changed: Condvar,
}

/// Something to wait in, which any thread may notify through the waker.
pub struct Sleeper {
    waker: Arc<Waker>,
    notice: Arc<Notice>,
    spin: Spin,
    batch: Vec<Ready>,
}

impl Default for Sleeper {
    fn default() -> Self {
        let notice = Arc::<Notice>::default();
        let notified = notice.clone();
        let notify = move || {
            *notified.is_given.lock().unwrap() = true;
            notified.changed.notify_one();
        };
        Self {
            waker: Arc::new(Waker::new(Box::new(notify))),
            notice,
            spin: Spin::default(),
            batch: Vec::new(),
        }
    }
}

impl Sleeper {
    /// What has this one wake up.
    pub fn waker(&self) -> &Arc<Waker> {
        &self.waker
    }

    /// Looks until it finds something; sleeps in between. `None` when the time was up.
    pub fn wait<T>(&mut self, deadline: Option<Instant>, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        loop {
            // In this order: what comes after the look wakes.
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
                self.sleep(deadline);
            }
        }
    }

    fn sleep(&self, deadline: Option<Instant>) {
        AWAKE.take();
        let is_given = self.notice.is_given.lock().unwrap();
        let waits = |is_given: &mut bool| !*is_given;
        let mut is_given = match deadline {
            None => self.notice.changed.wait_while(is_given, waits).unwrap(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.notice.changed.wait_timeout_while(is_given, left, waits).unwrap().0
            }
        };
        *is_given = false;
        drop(is_given);
        begin();
    }
}
