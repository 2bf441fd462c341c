//! Waking a thread's event loop: one waker per thread, a ready list, and the decision when to sleep.
//!
//! # The protocol
//!
//! A producer first appends to the ready list, then moves `state` to `NOTIFIED`; only the one
//! that finds it `ASLEEP` pays for waking the loop. The thread drains the list with `state` at
//! `AWAKE` and goes to sleep by moving `AWAKE` to `ASLEEP`, which fails when somebody notified in
//! between. The race to fear, an item appended while the thread falls asleep and nobody waking
//! it, cannot happen: the append comes before the producer's swap. If that swap comes before the
//! thread's compare-exchange, the latter fails and the thread looks again; if it comes after, it
//! finds `ASLEEP` and wakes.

use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// What a thread is woken for. The numbers are keys of the realm's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// The port has messages, or its other side was closed.
    Port(usize),
    /// `close` events are to be emitted.
    Closed,
    /// The thread of this worker has ended.
    WorkerExited(usize),
}

const ASLEEP: u8 = 0;
const NOTIFIED: u8 = 1;
const AWAKE: u8 = 2;

type Notify = Box<dyn Fn() + Send>;

/// Wakes one thread. Shared by everybody who has something for it.
pub struct Waker {
    ready: Mutex<Vec<Ready>>,
    state: AtomicU8,
    /// `None` once the thread's loop is gone. The lock is held across the call, so that the loop
    /// cannot go away under it.
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
    pub fn push(&self, item: Ready) {
        self.ready.lock().unwrap().push(item);
        if self.state.swap(NOTIFIED, SeqCst) == ASLEEP {
            self.notify();
        }
    }

    fn notify(&self) {
        if let Some(notify) = &*self.notify.lock().unwrap() {
            notify();
        }
    }

    /// The loop is going away: later pushes are kept but wake nobody.
    pub fn disconnect(&self) {
        *self.notify.lock().unwrap() = None;
    }

    /// The thread starts to drain: pushes no longer cost a system call.
    pub fn awake(&self) {
        self.state.store(AWAKE, SeqCst);
    }

    /// Moves what is ready into `batch`, in the order pushed. Own thread, awake.
    pub fn take(&self, batch: &mut Vec<Ready>) {
        std::mem::swap(batch, &mut self.ready.lock().unwrap());
    }

    /// False when something became ready meanwhile; then the thread is awake still.
    pub fn sleep(&self) -> bool {
        if self.state.compare_exchange(AWAKE, ASLEEP, SeqCst, SeqCst).is_ok() {
            return true;
        }
        self.awake();
        false
    }

    /// Returns to the event loop with work left: the loop calls drain again after its other work.
    pub fn yield_to_loop(&self) {
        self.state.store(NOTIFIED, SeqCst);
        self.notify();
    }

    fn is_notified(&self) -> bool {
        self.state.load(SeqCst) == NOTIFIED
    }
}

/// About what waking a sleeping thread costs. Spinning no longer than that costs, at worst, as
/// much again (the ski-rental argument), and a hit saves all of it.
const SPIN: Duration = Duration::from_micros(50);
/// Misses in a row after which a thread only tries now and then.
const PATIENCE: u32 = 4;
/// How many chances an impatient thread lets pass between two tries.
const RETRY_EVERY: u32 = 32;

static SPINNING: AtomicUsize = AtomicUsize::new(0);

/// Spins a little before sleeping, as long as that pays. One per thread.
#[derive(Default)]
pub struct Spin {
    misses: u32,
    skipped: u32,
}

impl Spin {
    /// True when the waker was notified within a few dozen microseconds. Never blocks longer.
    pub fn wait(&mut self, waker: &Waker) -> bool {
        static CORES: OnceLock<usize> = OnceLock::new();
        let cores = *CORES.get_or_init(num_cpus::get);
        if cores < 2 {
            return false;
        }
        if self.misses >= PATIENCE {
            self.skipped += 1;
            if self.skipped < RETRY_EVERY {
                return false;
            }
            self.skipped = 0;
        }
        // More spinning threads than cores would keep the one that has work from running.
        if SPINNING.fetch_add(1, SeqCst) >= cores {
            SPINNING.fetch_sub(1, SeqCst);
            return false;
        }
        let start = Instant::now();
        let mut hit = waker.is_notified();
        while !hit && start.elapsed() < SPIN {
            for _ in 0..32 {
                std::hint::spin_loop();
            }
            hit = waker.is_notified();
        }
        SPINNING.fetch_sub(1, SeqCst);
        self.misses = if hit { 0 } else { self.misses + 1 };
        hit
    }
}
