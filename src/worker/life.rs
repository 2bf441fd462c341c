//! The life of a worker, one place per transition: `Starting -> Running -> Stopping -> Exited`.
//! Every method may be called from any thread unless it says otherwise.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::shared::Parker;

enum State {
    /// The thread runs or is about to; there is nothing that could be stopped yet.
    Starting,
    Running(Stop),
    /// The end was asked for, or the environment ended by itself and is being taken apart.
    Stopping,
    /// The thread does nothing more.
    Exited,
}

/// Has what runs end soon. Does not wait for it.
pub type Stop = Box<dyn Fn() + Send>;

/// Why a worker ended otherwise than by its own decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Failure {
    #[default]
    None,
    OutOfMemory,
    /// The environment could not be made; the text says why.
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
}

/// Lock order: nothing else is locked while this lock is held, but for what `Stop` takes: locks inside
/// of Node, or those of a native worker's wakers.
pub struct Life {
    inner: Mutex<Inner>,
    exited: Condvar,
    /// What the worker's thread sleeps in when it waits for a lock.
    pub parker: Arc<Parker>,
}

impl Default for Life {
    fn default() -> Self {
        let inner = Inner {
            state: State::Starting,
            exit: Exit::default(),
        };
        Self {
            inner: Mutex::new(inner),
            exited: Condvar::new(),
            parker: Arc::default(),
        }
    }
}

impl Life {
    /// `Starting | Running -> Stopping`, with the exit that the first caller gives. Later calls,
    /// and calls after the end, change nothing. Does not wait.
    pub fn stop(&self, exit: Exit) {
        let mut inner = self.inner.lock().unwrap();
        match &inner.state {
            State::Starting => {}
            State::Running(stop) => stop(),
            State::Stopping | State::Exited => return,
        }
        inner.exit = exit;
        inner.state = State::Stopping;
        drop(inner);
        self.parker.interrupt();
    }

    /// `Starting -> Running`. False when the end came first. Worker's thread.
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

    /// `Running -> Stopping` because the event loop had nothing left to do. Afterwards nobody can
    /// reach the environment any more. Worker's thread.
    pub fn finish(&self, code: Option<i32>) {
        let mut inner = self.inner.lock().unwrap();
        if let State::Starting | State::Running(_) = inner.state {
            inner.exit.code = code.unwrap_or(1);
            inner.state = State::Stopping;
        }
    }

    /// `-> Exited`. Worker's thread, last of all.
    pub fn exited(&self) {
        self.inner.lock().unwrap().state = State::Exited;
        self.exited.notify_all();
    }

    pub fn exit(&self) -> Exit {
        self.inner.lock().unwrap().exit.clone()
    }

    /// Blocks until the thread does nothing more, at most `timeout`; false when that passed.
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
