//! A thread's event loop, for tests: it sleeps until its waker wakes it, then drains as a realm does. It counts its
//! sleeps and wake-ups. It works on real threads and under loom.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use super::sync::Arc;
use super::{Token, Waker};

/// Like libuv's `uv_async_t`: any number of calls before the loop looks count as one.
#[cfg(loom)]
use loom::sync::Notify as Bell;

#[cfg(not(loom))]
#[derive(Default)]
struct Bell {
    rung: std::sync::Mutex<bool>,
    heard: std::sync::Condvar,
}

#[cfg(not(loom))]
impl Bell {
    fn notify(&self) {
        *self.rung.lock().unwrap() = true;
        self.heard.notify_one();
    }

    fn wait(&self) {
        let rung = self.rung.lock().unwrap();
        *self.heard.wait_while(rung, |rung| !*rung).unwrap() = false;
    }
}

pub struct TestLoop {
    pub waker: Arc<Waker>,
    bell: Arc<Bell>,
    /// Not a loom type, because a count orders nothing.
    wakes: std::sync::Arc<AtomicUsize>,
    sleeps: usize,
}

impl TestLoop {
    /// Asleep, as a thread is before its loop first runs.
    pub fn new() -> Self {
        let bell = Arc::new(Bell::default());
        let wakes = std::sync::Arc::new(AtomicUsize::new(0));
        let notify = {
            let (bell, wakes) = (bell.clone(), wakes.clone());
            move || {
                wakes.fetch_add(1, SeqCst);
                bell.notify();
            }
        };
        Self {
            waker: Arc::new(Waker::new(Box::new(notify))),
            bell,
            wakes,
            sleeps: 1,
        }
    }

    /// Sleeps and drains in turn until `deliver` has returned true. If it does so in the middle of a batch, it is still
    /// called for the rest.
    pub fn run(&mut self, mut deliver: impl FnMut(Token) -> bool) {
        let mut is_done = false;
        while !is_done {
            self.bell.wait();
            self.drain(|item| is_done |= deliver(item));
        }
    }

    /// What happens when the thread was woken.
    pub fn drain(&mut self, mut deliver: impl FnMut(Token)) {
        let mut batch = Vec::new();
        self.waker.awake();
        loop {
            self.waker.take(&mut batch);
            batch.drain(..).for_each(&mut deliver);
            if self.waker.sleep() {
                self.sleeps += 1;
                return;
            }
        }
    }

    pub fn wakes(&self) -> usize {
        self.wakes.load(SeqCst)
    }

    /// Every wake-up ends a separate sleep, so there cannot be more of them. Call it when nothing pushes any more.
    pub fn assert_woken_once_per_sleep(&self) {
        assert!(
            self.wakes() <= self.sleeps,
            "{} wake-ups for {} sleeps",
            self.wakes(),
            self.sleeps
        );
    }
}

/// For a model that is small enough to explore every interleaving.
#[cfg(loom)]
pub const UNBOUNDED: Option<usize> = None;

/// Runs `check` in every interleaving, or in those with at most `preemptions` preemptions. LOOM_MAX_PREEMPTIONS
/// overrides that.
#[cfg(loom)]
pub fn model(preemptions: Option<usize>, check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.check(check);
}
