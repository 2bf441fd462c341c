//! What threads do with memory that they share: locks, queues, and views with operations over all
//! elements. Knows no V8: the same code serves threads of JavaScript and of Rust.

#[cfg(not(all(test, loom)))]
mod handle;
mod holder;
mod lock;
mod memory;
mod mutex;
mod parker;
mod parking_lot;
pub mod queue;
pub mod ring;
mod signal;
mod sync;
#[cfg(not(all(test, loom)))]
mod thread;

#[cfg(not(all(test, loom)))]
pub use handle::{LockKind, SharedLock, SharedSignal};
pub use holder::new_holder;
pub use lock::{COUNT, Lock, NotTaken, Taken, cancel, take, take_async};
pub use memory::{Cell, Memory};
pub use mutex::Mutex;
pub use parker::Parker;
pub use parking_lot::{ParkingLot, WaiterId};
pub use signal::Signal;
#[cfg(not(all(test, loom)))]
pub use thread::SharedGuard;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;
