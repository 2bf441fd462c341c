//! The lifecycle of a worker, one place per transition: `Starting -> Running -> Stopping -> Exited`. Every method may
//! be called from any thread unless it says otherwise.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::watchdog;
use crate::shared::Parker;

enum State {
    /// The thread runs or is about to; there is nothing to stop yet.
    Starting,
    Running(Stop),
    /// The end was requested. Running code may have consumed the request, so `Some` holds the means to repeat it.
    /// `None`: there was nothing to stop yet, or the environment is being torn down.
    Stopping(Option<Stop>),
    /// The thread does nothing more.
    Exited,
}

/// Ends the running code soon. Does not wait for that. May be called repeatedly.
pub type Stop = Box<dyn Fn() + Send>;

/// Why a worker ended other than by its own decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Failure {
    #[default]
    None,
    OutOfMemory,
    /// The environment could not be created, for this reason.
    NotStarted(String),
}

#[derive(Debug, Clone, Default)]
pub struct Exit {
    pub code: i32,
    pub failure: Failure,
}

struct Inner {
    state: State,
    exit: Exit,
    /// The thread exists and never runs again, so it must not be joined.
    is_set_aside: bool,
}

/// Lock order: while this lock is held, only `Stop` takes other locks: those inside Node, or those of a native worker's
/// wakers.
pub struct Life {
    inner: Mutex<Inner>,
    exited: Condvar,
    /// What the worker's thread sleeps in when it waits for a lock.
    pub parker: Arc<Parker>,
    /// The thread did not stop in time.
    is_overdue: AtomicBool,
}

impl Default for Life {
    fn default() -> Self {
        let inner = Inner {
            state: State::Starting,
            exit: Exit::default(),
            is_set_aside: false,
        };
        Self {
            inner: Mutex::new(inner),
            exited: Condvar::new(),
            parker: Arc::default(),
            is_overdue: AtomicBool::new(false),
        }
    }
}

impl Life {
    /// `Starting | Running -> Stopping`, with the exit that the first caller gives; its code is 0 if nothing ran. Later calls, and calls after the
    /// end, have no effect. Does not wait. The watchdog repeats the stop until the thread reaches `finish`.
    pub fn stop(self: &Arc<Self>, mut exit: Exit) {
        let mut inner = self.inner.lock().unwrap();
        let stop = match std::mem::replace(&mut inner.state, State::Stopping(None)) {
            State::Starting => {
                // As in Node, ending what has not begun is no failure.
                if exit.failure == Failure::None {
                    exit.code = 0;
                }
                None
            }
            State::Running(stop) => {
                stop();
                Some(stop)
            }
            ended => {
                inner.state = ended;
                return;
            }
        };
        let is_watched = stop.is_some();
        inner.exit = exit;
        inner.state = State::Stopping(stop);
        drop(inner);
        self.parker.interrupt();
        if is_watched {
            watchdog::watch(self);
        }
    }

    /// Repeats the requested stop. Returns false when no further repeats are needed.
    pub(super) fn stop_again(&self) -> bool {
        let inner = self.inner.lock().unwrap();
        let State::Stopping(Some(stop)) = &inner.state else {
            return false;
        };
        stop();
        true
    }

    /// Requests that the thread be set aside as soon as possible, because it will not end by itself.
    pub fn set_overdue(&self) {
        self.is_overdue.store(true, Relaxed);
    }

    pub fn is_overdue(&self) -> bool {
        self.is_overdue.load(Relaxed)
    }

    /// `Starting -> Running`. Returns false when the end was requested first. Worker's thread.
    pub fn run(&self, stop: Stop) -> bool {
        let mut inner = self.inner.lock().unwrap();
        let starting = matches!(inner.state, State::Starting);
        if starting {
            inner.state = State::Running(stop);
        }
        starting
    }

    pub fn is_stopping(&self) -> bool {
        !matches!(self.inner.lock().unwrap().state, State::Starting | State::Running(_))
    }

    /// `Running -> Stopping` because the event loop is empty. Afterwards no other thread can reach the environment.
    /// Worker's thread.
    pub fn finish(&self, code: Option<i32>) {
        let mut inner = self.inner.lock().unwrap();
        if let State::Starting | State::Running(_) = inner.state {
            inner.exit.code = code.unwrap_or(1);
        }
        inner.state = State::Stopping(None);
        self.is_overdue.store(false, Relaxed);
    }

    /// `-> Exited`. Worker's thread, as its last step.
    pub fn exited(&self) {
        self.inner.lock().unwrap().state = State::Exited;
        self.exited.notify_all();
    }

    /// `-> Exited`, for a thread that is never destroyed. Worker's thread, which must not touch shared state
    /// afterwards.
    pub fn set_aside(&self) {
        self.inner.lock().unwrap().is_set_aside = true;
        self.exited();
    }

    pub fn is_set_aside(&self) -> bool {
        self.inner.lock().unwrap().is_set_aside
    }

    pub fn exit(&self) -> Exit {
        self.inner.lock().unwrap().exit.clone()
    }

    /// Blocks until the thread does nothing more, at most for `timeout`. Returns false on timeout.
    pub fn wait_exited(&self, timeout: Duration) -> bool {
        let inner = self.inner.lock().unwrap();
        let exited = |inner: &mut Inner| !matches!(inner.state, State::Exited);
        !self
            .exited
            .wait_timeout_while(inner, timeout, exited)
            .unwrap()
            .1
            .timed_out()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn running() -> (Arc<Life>, mpsc::Receiver<()>) {
        let life = Arc::new(Life::default());
        let (stopped, stops) = mpsc::channel();
        assert!(life.run(Box::new(move || {
            let _ = stopped.send(());
        })));
        (life, stops)
    }

    #[test]
    fn a_stop_is_repeated_until_the_thread_finishes() {
        let (life, stops) = running();
        life.stop(Exit {
            code: 7,
            failure: Failure::None,
        });
        for _ in 0..4 {
            stops.recv().unwrap();
        }
        life.finish(None);
        // Dropping the stop drops the sender.
        while stops.recv().is_ok() {}
        assert!(!life.stop_again());
        assert_eq!(life.exit().code, 7);
    }

    #[test]
    fn only_the_first_stop_decides_the_exit() {
        let (life, _stops) = running();
        for code in [3, 4] {
            life.stop(Exit {
                code,
                failure: Failure::None,
            });
        }
        assert_eq!(life.exit().code, 3);
        life.finish(Some(5));
        assert_eq!(life.exit().code, 3);
    }

    #[test]
    fn a_thread_that_finishes_is_not_overdue() {
        let (life, _stops) = running();
        life.stop(Exit::default());
        life.set_overdue();
        life.finish(None);
        assert!(!life.is_overdue());
    }

    #[test]
    fn a_thread_that_is_set_aside_has_exited() {
        let (life, _stops) = running();
        life.set_aside();
        assert!(life.wait_exited(Duration::ZERO) && life.is_set_aside());
    }
}
