//! Locks, queues and operations on typed arrays in memory that threads share. Independent of V8: the same code
//! serves JavaScript threads and Rust threads.

#[cfg(not(all(test, loom)))]
mod attended_barriers;
mod barrier;
#[cfg(not(all(test, loom)))]
mod by_address;
mod condvar;
mod fifo;
#[cfg(not(all(test, loom)))]
mod handle;
mod holder;
#[cfg(not(all(test, loom)))]
mod known_barriers;
mod latch;
mod lock;
mod members;
mod memory;
mod mutex;
mod once;
mod parker;
mod parking_lot;
#[cfg(not(all(test, loom)))]
mod place;
pub mod queue;
pub mod ring;
mod rw_lock;
mod semaphore;
mod signal;
mod sync;
#[cfg(not(all(test, loom)))]
mod thread;
pub mod view;

pub use barrier::{Arrived, Barrier, Passage};
pub use condvar::{Awake, Condvar};
#[cfg(not(all(test, loom)))]
pub use handle::{LockKind, SharedLock, SharedSignal};
pub use holder::new_holder;
pub use latch::Latch;
pub use lock::{COUNT, Lock, NotTaken, Taken, cancel, take, take_async};
pub use members::Members;
pub use memory::{Memory, Owner, Watch, WeakMemory};
pub use mutex::Mutex;
pub use once::Once;
pub use parker::{Parked, Parker, Wake};
pub use parking_lot::{ParkingLot, Sleeper, WaiterId};
#[cfg(not(all(test, loom)))]
pub use place::{SharedBarrier, SharedCondvar, SharedLatch};
pub use rw_lock::{RwLock, WRITE};
pub use semaphore::Semaphore;
pub use signal::Signal;
#[cfg(not(all(test, loom)))]
pub use thread::{attend, break_attended_barriers, has_attended, holder, leave_attended_barriers, parker, sleep_in};

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;
