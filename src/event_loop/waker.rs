//! Wakes one thread: a ready list, and a state that says whether a wake-up is needed.
//!
//! # The protocol
//!
//! A producer first appends to the ready list, then moves `state` to `NOTIFIED`; only the one
//! that finds it `ASLEEP` pays for waking the loop. The thread moves it to `AWAKE`, takes the list,
//! and goes to sleep by moving `AWAKE` to `ASLEEP`, which fails when somebody notified in between;
//! then it starts again. The race to fear, an item appended while the thread falls asleep and
//! nobody waking it, cannot happen. Every change of `state` is a read-modify-write, so that there
//! is one order of them and whoever comes later sees what the earlier one did before. If one of
//! the thread's changes to `AWAKE` comes after the producer's, the look at the list that follows
//! sees the item. If none does, the thread did not find `NOTIFIED` either: the last of its changes
//! was to `ASLEEP`, and the first producer after that woke it, which leads to an `AWAKE`.
//!
//! Nothing here is `SeqCst`, and no change is a plain store, although one would do for `AWAKE`:
//! so `loom_tests.rs` can prove it, see there.

use super::sync::Mutex;
use super::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};

/// What a thread is woken for. Its meaning belongs to the thread: whoever is to wake it was given the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub usize);

/// In the event loop, which may block.
const ASLEEP: u8 = 0;
/// There is something that the thread has not seen yet, and it will look before it sleeps.
const NOTIFIED: u8 = 1;
/// Draining.
const AWAKE: u8 = 2;

type Notify = Box<dyn Fn() + Send>;

/// Wakes one thread. Shared by everybody who has something for it.
pub struct Waker {
    ready: Mutex<Vec<Token>>,
    state: AtomicU8,
    /// `None` once the thread's loop is gone. The lock is held across the call, so that the loop
    /// cannot go away under it. Taken last: `notify` must take no lock of ours.
    notify: Mutex<Option<Notify>>,
}

impl Waker {
    /// `notify` makes the thread call its drain soon; it must be callable from any thread.
    pub fn new(notify: Notify) -> Self {
        Self {
            ready: Mutex::new(Vec::new()),
            state: AtomicU8::new(ASLEEP),
            notify: Mutex::new(Some(notify)),
        }
    }

    /// Any thread. Does not block; costs a system call only when the thread may be asleep.
    pub fn push(&self, item: Token) {
        self.ready.lock().unwrap().push(item);
        if self.state.swap(NOTIFIED, AcqRel) == ASLEEP {
            self.notify();
        }
    }

    fn notify(&self) {
        if let Some(notify) = &*self.notify.lock().unwrap() {
            notify();
        }
    }

    /// The loop is going away: later pushes are kept but wake nobody. Own thread; when it returns
    /// no `notify` is running.
    pub fn disconnect(&self) {
        *self.notify.lock().unwrap() = None;
    }

    /// The thread starts to drain: pushes no longer cost a system call. Own thread; a `take` must
    /// follow, because this forgets that somebody notified.
    pub fn awake(&self) {
        self.state.swap(AWAKE, AcqRel);
    }

    /// Moves what is ready into `batch`, in the order pushed. Own thread, awake; `batch` is empty.
    pub fn take(&self, batch: &mut Vec<Token>) {
        std::mem::swap(batch, &mut self.ready.lock().unwrap());
    }

    /// `AWAKE -> ASLEEP`. False when something became ready meanwhile; then the thread is awake
    /// still, and takes again. Own thread.
    pub fn sleep(&self) -> bool {
        if self.state.compare_exchange(AWAKE, ASLEEP, AcqRel, Acquire).is_ok() {
            return true;
        }
        self.awake();
        false
    }

    /// Returns to the event loop with work left: the loop calls drain again after its other work.
    /// Own thread.
    pub fn yield_to_loop(&self) {
        self.state.swap(NOTIFIED, AcqRel);
        self.notify();
    }

    /// Whether waking the thread would cost a system call. Any thread; a moment later it may be otherwise.
    pub fn is_asleep(&self) -> bool {
        self.state.load(Acquire) == ASLEEP
    }

    /// True when there may be something to take. Own thread, awake.
    pub(super) fn is_notified(&self) -> bool {
        self.state.load(Acquire) == NOTIFIED
    }
}
