//! The primitives under the locks: the standard library's, or loom's replacements in tests under `--cfg loom`,
//! which try every interleaving.

#[cfg(not(all(test, loom)))]
mod real {
    pub use std::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
    pub use std::thread::yield_now;
}

#[cfg(all(test, loom))]
mod real {
    pub use loom::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
    pub use loom::thread::yield_now;
}

pub use real::*;
