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
    Running(Box<dyn Running>),
    /// The end was requested. Running code may have consumed the request, so `Some` holds the means to repeat it.
    /// `None`: there was nothing to stop yet, or the environment is being torn down.
    Stopping(Option<Box<dyn Running>>),
    /// The thread does nothing more.
    Exited,
}

/// How other threads reach the code that runs on a worker's thread. No method waits for that thread.
pub trait Running: Send {
    /// Ends the running code soon. May be called repeatedly.
    fn stop(&self);

    /// Makes the thread call [`Life::take_requests`] soon, whatever it does.
    fn interrupt(&self);

    /// When the event loop started, on the clock of libuv, and how long it has been idle, in nanoseconds. `None`: there
    /// is no event loop.
    fn loop_times(&self) -> Option<(u64, u64)>;

    /// Whether the parent may be told of the end of a thread that does not stop. The thread must then touch nothing of others any more.
    fn can_be_left(&self) -> bool {
        false
    }

    /// The parent is to be told now. Only called where `can_be_left()`.
    fn left(&self) {}

    /// Has the thread compare its memory with its limits soon.
    fn check_memory(&self) {}

    /// The processor time that the thread has used, in microseconds: in user mode, and in the system. `None`: only the
    /// thread itself can tell.
    fn thread_times(&self) -> Option<(f64, f64)>;
}

/// Something that the worker's thread does between two of its own steps. It is called once, on that thread with
/// `Answerer::Worker`, or on any thread if the worker does not run.
pub type Request = Box<dyn FnOnce(Answerer) + Send>;

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answerer {
    /// The worker's thread.
    Worker,
    /// The worker has ended, or ends.
    Nobody,
}

/// Why a worker ended other than by its own decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Failure {
    #[default]
    None,
    /// Its parent has ended it.
    Terminated,
    /// The limit of V8's heap.
    OutOfMemory,
    ExternalMemory,
    CpuTimeLimit,
    WallTimeLimit,
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
    has_begun: bool,
    /// Empty once the end was requested.
    requests: Vec<Request>,
    /// The thread exists and never runs again, so it must not be joined.
    is_set_aside: bool,
}

/// Lock order: while this lock is held, only `Running` takes other locks: those inside Node and libuv, or those of a native
/// worker's wakers.
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
            has_begun: false,
            requests: Vec::new(),
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
    /// `Starting | Running -> Stopping`, with the exit that the first caller gives; its code is 0 before `begin()`. Later calls, and calls after the
    /// end, have no effect. Does not wait. The watchdog repeats the stop until the thread reaches `finish`.
    pub fn stop(self: &Arc<Self>, mut exit: Exit) {
        let mut inner = self.inner.lock().unwrap();
        let stop = match std::mem::replace(&mut inner.state, State::Stopping(None)) {
            State::Starting => {
                // As in Node, ending what has not begun is no failure.
                if !inner.has_begun && matches!(exit.failure, Failure::None | Failure::Terminated) {
                    exit.code = 0;
                }
                None
            }
            State::Running(running) => {
                running.stop();
                Some(running)
            }
            ended => {
                inner.state = ended;
                return;
            }
        };
        let is_watched = stop.is_some();
        inner.exit = exit;
        inner.state = State::Stopping(stop);
        let requests = std::mem::take(&mut inner.requests);
        drop(inner);
        refuse(requests);
        self.parker.interrupt();
        if is_watched {
            watchdog::watch(self);
        }
    }

    /// From now on, a stop is a failure. Worker's thread.
    pub fn begin(&self) {
        self.inner.lock().unwrap().has_begun = true;
    }

    /// Repeats the requested stop. Returns false when no further repeats are needed.
    pub(super) fn stop_again(&self) -> bool {
        let inner = self.inner.lock().unwrap();
        let State::Stopping(Some(running)) = &inner.state else {
            return false;
        };
        running.stop();
        true
    }

    /// `Stopping -> Exited`, while the thread still runs: something in V8 that cannot be interrupted keeps it. It ends in peace when that
    /// returns. Returns false where that is not possible.
    pub(super) fn leave(&self) -> bool {
        let mut inner = self.inner.lock().unwrap();
        let running = match std::mem::replace(&mut inner.state, State::Exited) {
            State::Stopping(Some(running)) if running.can_be_left() => running,
            other => {
                inner.state = other;
                return false;
            }
        };
        inner.is_set_aside = true;
        drop(inner);
        self.exited.notify_all();
        running.left();
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
    pub fn run(&self, running: Box<dyn Running>) -> bool {
        let mut inner = self.inner.lock().unwrap();
        let starting = matches!(inner.state, State::Starting);
        if starting {
            if !inner.requests.is_empty() {
                running.interrupt();
            }
            inner.state = State::Running(running);
        }
        starting
    }

    /// `Running -> Starting`: no other thread can reach the running code any more. `None` when the end was requested first.
    /// Worker's thread.
    pub fn withdraw(&self) -> Option<Box<dyn Running>> {
        let mut inner = self.inner.lock().unwrap();
        match std::mem::replace(&mut inner.state, State::Starting) {
            State::Running(running) => Some(running),
            other => {
                inner.state = other;
                None
            }
        }
    }

    /// Has the worker's thread answer the request as soon as it runs. Nobody answers it once the end was requested.
    pub fn request(&self, request: Request) {
        let mut inner = self.inner.lock().unwrap();
        match &inner.state {
            State::Starting => inner.requests.push(request),
            State::Running(running) => {
                // Otherwise it was interrupted for an earlier request already.
                if inner.requests.is_empty() {
                    running.interrupt();
                }
                inner.requests.push(request);
                drop(inner);
                // A thread that waits for a lock sleeps outside of V8.
                self.parker.nudge();
            }
            State::Stopping(_) | State::Exited => {
                drop(inner);
                request(Answerer::Nobody);
            }
        }
    }

    /// The requests that the caller has to answer. Worker's thread, after an interrupt.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.inner.lock().unwrap().requests)
    }

    /// Asks the running code something that any thread may ask. `None` before it runs and after its end.
    pub fn ask<T>(&self, question: impl FnOnce(&dyn Running) -> T) -> Option<T> {
        match &self.inner.lock().unwrap().state {
            State::Running(running) | State::Stopping(Some(running)) => Some(question(&**running)),
            _ => None,
        }
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
        // It may have been left.
        if !matches!(inner.state, State::Exited) {
            inner.state = State::Stopping(None);
        }
        self.is_overdue.store(false, Relaxed);
        let requests = std::mem::take(&mut inner.requests);
        drop(inner);
        refuse(requests);
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

fn refuse(requests: Vec<Request>) {
    for request in requests {
        request(Answerer::Nobody);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Reports what reaches it.
    struct Reporter {
        stopped: mpsc::Sender<()>,
        interrupted: mpsc::Sender<()>,
    }

    impl Running for Reporter {
        fn stop(&self) {
            let _ = self.stopped.send(());
        }

        fn interrupt(&self) {
            let _ = self.interrupted.send(());
        }

        fn loop_times(&self) -> Option<(u64, u64)> {
            Some((1, 2))
        }

        fn thread_times(&self) -> Option<(f64, f64)> {
            None
        }
    }

    fn reporter() -> (Box<Reporter>, mpsc::Receiver<()>, mpsc::Receiver<()>) {
        let (stopped, stops) = mpsc::channel();
        let (interrupted, interrupts) = mpsc::channel();
        (Box::new(Reporter { stopped, interrupted }), stops, interrupts)
    }

    fn running() -> (Arc<Life>, mpsc::Receiver<()>) {
        let life = Arc::new(Life::default());
        let (reporter, stops, _) = reporter();
        assert!(life.run(reporter));
        (life, stops)
    }

    fn request(life: &Life) -> mpsc::Receiver<Answerer> {
        let (answered, answer) = mpsc::channel();
        life.request(Box::new(move |answerer| answered.send(answerer).unwrap()));
        answer
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
    fn a_thread_that_is_left_has_exited_and_ends_unnoticed() {
        struct Stuck(mpsc::Sender<()>);
        impl Running for Stuck {
            fn stop(&self) {}
            fn interrupt(&self) {}
            fn can_be_left(&self) -> bool {
                true
            }
            fn left(&self) {
                self.0.send(()).unwrap();
            }
            fn loop_times(&self) -> Option<(u64, u64)> {
                None
            }
            fn thread_times(&self) -> Option<(f64, f64)> {
                None
            }
        }
        let (left, told) = mpsc::channel();
        let life = Arc::new(Life::default());
        assert!(life.run(Box::new(Stuck(left))));
        assert!(!life.leave());
        life.stop(Exit::default());
        assert!(life.leave() && !life.leave());
        assert_eq!(told.iter().count(), 1);
        life.finish(Some(3));
        assert!(life.wait_exited(Duration::ZERO) && life.is_set_aside());
        assert_eq!(life.exit().code, 0);
    }

    #[test]
    fn a_thread_that_is_set_aside_has_exited() {
        let (life, _stops) = running();
        life.set_aside();
        assert!(life.wait_exited(Duration::ZERO) && life.is_set_aside());
    }

    #[test]
    fn a_request_before_the_start_interrupts_when_the_thread_runs() {
        let life = Life::default();
        let answer = request(&life);
        let (reporter, _stops, interrupts) = reporter();
        assert!(life.run(reporter));
        interrupts.try_recv().unwrap();
        for request in life.take_requests() {
            request(Answerer::Worker);
        }
        assert_eq!(answer.try_recv(), Ok(Answerer::Worker));
    }

    #[test]
    fn each_batch_of_requests_interrupts_once() {
        let life = Life::default();
        let (reporter, _stops, interrupts) = reporter();
        assert!(life.run(reporter));
        for _ in 0..2 {
            let _answers = [request(&life), request(&life)];
            assert_eq!(interrupts.try_iter().count(), 1);
            assert_eq!(life.take_requests().len(), 2);
        }
    }

    #[test]
    fn nobody_answers_requests_once_the_end_was_requested() {
        let (life, _stops) = running();
        let before = request(&life);
        life.stop(Exit::default());
        assert_eq!(before.try_recv(), Ok(Answerer::Nobody));
        assert_eq!(request(&life).try_recv(), Ok(Answerer::Nobody));
    }

    #[test]
    fn nobody_answers_requests_after_the_end() {
        let (life, _stops) = running();
        let before = request(&life);
        life.finish(Some(0));
        assert_eq!(before.try_recv(), Ok(Answerer::Nobody));
        assert_eq!(request(&life).try_recv(), Ok(Answerer::Nobody));
    }

    #[test]
    fn nothing_can_be_asked_after_the_end() {
        let (life, _stops) = running();
        assert_eq!(life.ask(|running| running.loop_times()), Some(Some((1, 2))));
        life.stop(Exit::default());
        assert_eq!(life.ask(|running| running.loop_times()), Some(Some((1, 2))));
        life.finish(None);
        assert_eq!(life.ask(|running| running.loop_times()), None);
    }
}
