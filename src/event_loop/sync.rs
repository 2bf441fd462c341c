//! The primitives under `waker.rs` and `port/`: the standard library and crossbeam, or loom's replacements in tests
//! that run under `--cfg loom`, which explore every interleaving.

#[cfg(not(all(test, loom)))]
mod real {
    pub use crossbeam_channel::{Receiver, Sender, unbounded};
    pub use std::sync::{Arc, Mutex, atomic};
    pub use std::thread_local;
}

#[cfg(all(test, loom))]
mod real {
    pub use super::loom_channel::{Receiver, Sender, unbounded};
    pub use loom::sync::{Arc, Mutex, atomic};
    pub use loom::thread_local;
}

#[cfg(all(test, loom))]
mod loom_channel;

pub use real::*;
