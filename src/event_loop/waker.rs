//! Wakes one thread: a ready list, and a state that says whether a wake-up is needed.
//!
//! # The protocol
//!
//! A producer first appends to the ready list, then moves `state` to `NOTIFIED`; only the producer that finds it
//! `ASLEEP` pays for waking the loop. The thread moves the state to `AWAKE` and takes the list. It goes to sleep by
//! moving `AWAKE` to `ASLEEP`, which fails when a producer notified in between; then the thread starts again.
//!
//! The dangerous race is an item appended while the thread falls asleep, without a wake-up. It cannot happen. Every
//! change of `state` is a read-modify-write, so all changes have one order, and each sees the effects of those before
//! it. If one of the thread's changes to `AWAKE` comes after the producer's change, the look at the list that follows
//! sees the item. If none does, the thread did not find `NOTIFIED` either: its last change was to `ASLEEP`, and the
//! first producer after that woke it, which leads to an `AWAKE`.
//!
//! Nothing here is `SeqCst`, and no change is a plain store, although a plain store would suffice for `AWAKE`: this
//! allows `loom_tests.rs` to prove the protocol.

use super::sync::Mutex;
use super::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};

/// What a thread is woken for. Its meaning belongs to the thread, which gave the token to the waking party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token(pub usize);

/// In the event loop, which may block.
const ASLEEP: u8 = 0;
/// Something is ready that the thread has not seen; it will look before it sleeps.
const NOTIFIED: u8 = 1;
/// Draining.
const AWAKE: u8 = 2;

type Notify = Box<dyn Fn() + Send>;

/// Wakes one thread. Shared by everything that has work for it.
pub struct Waker {
    ready: Mutex<Vec<Token>>,
    state: AtomicU8,
    /// `None` once the thread's loop is gone. The lock is held across the call, so that the loop cannot go away under
    /// it. Taken last: `notify` must not take a lock of ours.
    notify: Mutex<Option<Notify>>,
}

impl Waker {
    /// `notify` makes the thread call its drain soon. It must be callable from any thread.
    pub fn new(notify: Notify) -> Self {
        Self {
            ready: Mutex::new(Vec::new()),
            state: AtomicU8::new(ASLEEP),
            notify: Mutex::new(Some(notify)),
        }
    }

    /// Any thread. Does not block. Costs a system call only when the thread may be asleep.
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

    /// The loop is going away: later pushes are kept but wake nothing. Own thread. No `notify` is running when this
    /// returns.
    pub fn disconnect(&self) {
        *self.notify.lock().unwrap() = None;
    }

    /// The thread starts to drain: pushes no longer cost a system call. Own thread. A `take` must follow, because this
    /// clears the notification.
    pub fn awake(&self) {
        self.state.swap(AWAKE, AcqRel);
    }

    /// Moves the ready items into `batch`, in the order pushed. Own thread, awake; `batch` is empty.
    pub fn take(&self, batch: &mut Vec<Token>) {
        std::mem::swap(batch, &mut self.ready.lock().unwrap());
    }

    /// `AWAKE -> ASLEEP`. Returns false when something became ready meanwhile; then the thread is still awake and takes
    /// again. Own thread.
    pub fn sleep(&self) -> bool {
        if self.state.compare_exchange(AWAKE, ASLEEP, AcqRel, Acquire).is_ok() {
            return true;
        }
        self.awake();
        false
    }

    /// Returns to the event loop with work left: the loop calls drain again after its other work. Own thread.
    pub fn yield_to_loop(&self) {
        self.state.swap(NOTIFIED, AcqRel);
        self.notify();
    }

    /// Whether waking the thread would cost a system call. Any thread; the answer may change at once.
    pub fn is_asleep(&self) -> bool {
        self.state.load(Acquire) == ASLEEP
    }

    /// Returns true when there may be something to take. Own thread, awake.
    pub(super) fn is_notified(&self) -> bool {
        self.state.load(Acquire) == NOTIFIED
    }
}
