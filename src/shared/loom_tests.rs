//! Models of the locks in every interleaving; see `event_loop/loom_tests.rs` for loom's limits. Each model has
//! its own parking lot. With `FAIR` every waiter is handed the lock; with `BARGING` every woken waiter tries
//! again.

mod barrier;
mod condvar;
mod latch;
mod mutex;
mod once;
mod queue;
mod ring;
mod rw_lock;
mod semaphore;
mod signal;

use loom::sync::Arc;
use loom::sync::atomic::AtomicU32;

use super::{Lock, NotTaken, Parker, ParkingLot, Taken, take};
pub(super) use crate::event_loop::test_loop::{UNBOUNDED, model};

pub(super) const FAIR: bool = true;
pub(super) const BARGING: bool = false;

/// Words and the parking lot of their waiters.
pub(super) struct Shared<const WORDS: usize> {
    pub words: [AtomicU32; WORDS],
    pub lot: ParkingLot,
}

impl<const WORDS: usize> Shared<WORDS> {
    pub fn new(is_fair: bool) -> Arc<Self> {
        Arc::new(Self {
            words: std::array::from_fn(|_| AtomicU32::new(0)),
            lot: ParkingLot::for_test(is_fair),
        })
    }
}

pub(super) fn take_blocking<L: Lock>(
    lock: &L,
    request: u32,
    holder: u32,
    parker: &Arc<Parker>,
) -> Result<Taken, NotTaken> {
    take(lock, request, holder, parker, std::time::Instant::now(), None)
}
