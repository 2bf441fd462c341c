//! Memory that JavaScript and Rust use concurrently: views of it, and the locks and queues of the package `isothreads`,
//! which share their bytes and waiters with JavaScript.

pub(crate) mod composite;
mod coordination;
mod lock;
mod object;
mod once;
mod queue;
mod ring;
mod view;

#[cfg(test)]
mod tests;

pub use coordination::{Barrier, Condvar, Latch};
pub use isothreads_codec::SharedBuffer;
pub use lock::{Guard, Mutex, RwLock, Semaphore};
pub use once::{Once, OnceState};
pub use queue::SharedQueue;
pub use ring::{RingReader, RingWriter, SharedRing};
pub use view::{AtomicView, Number};
