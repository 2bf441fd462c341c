//! A thread's sleep until another thread wakes it.

use std::time::Instant;

use super::sync::{Condvar, Mutex, MutexGuard};

/// The message of a wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The waiter holds the lock already.
    Granted { is_poisoned: bool },
    /// The waiter tries again.
    Retry,
}

/// How a sleep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    Woken(Wake),
    /// At the deadline, or earlier because of a nudge.
    TimedOut,
    /// The thread is being terminated.
    Interrupted,
}

#[derive(Default)]
struct State {
    wake: Option<Wake>,
    is_interrupted: bool,
    is_nudged: bool,
}

/// One per thread; a thread waits for one thing at a time.
#[derive(Default)]
pub struct Parker {
    state: Mutex<State>,
    changed: Condvar,
}

impl Parker {
    /// Blocks until it is woken, or returns an earlier wake-up. Called by the parker's thread.
    pub fn park(&self, deadline: Option<Instant>) -> Parked {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(wake) = state.wake.take() {
                return Parked::Woken(wake);
            }
            if state.is_interrupted {
                return Parked::Interrupted;
            }
            if std::mem::take(&mut state.is_nudged) {
                return Parked::TimedOut;
            }
            state = match deadline {
                None => self.changed.wait(state).unwrap(),
                Some(deadline) => match deadline.checked_duration_since(Instant::now()) {
                    None => return Parked::TimedOut,
                    Some(left) => self.changed.wait_timeout(state, left).unwrap().0,
                },
            };
        }
    }

    /// Blocks until a wake-up arrives that is already on its way. Called by the parker's thread.
    pub fn wait_for_wake(&self) -> Wake {
        let mut state: MutexGuard<State> = self.state.lock().unwrap();
        loop {
            match state.wake.take() {
                Some(wake) => return wake,
                None => state = self.changed.wait(state).unwrap(),
            }
        }
    }

    /// Called by any thread, once per wait.
    pub fn wake(&self, wake: Wake) {
        self.state.lock().unwrap().wake = Some(wake);
        self.changed.notify_all();
    }

    /// Ends this sleep, or else the next one, as if its deadline had passed: the thread has something else to do before it
    /// continues to wait. Called by any thread.
    pub fn nudge(&self) {
        self.state.lock().unwrap().is_nudged = true;
        self.changed.notify_all();
    }

    /// Ends this sleep and all later ones. Called by any thread.
    pub fn interrupt(&self) {
        self.state.lock().unwrap().is_interrupted = true;
        self.changed.notify_all();
    }

    pub fn is_interrupted(&self) -> bool {
        self.state.lock().unwrap().is_interrupted
    }
}
