//! What `waker.rs` and `port/` build on: the standard library and crossbeam, or, in the tests that
//! run under `--cfg loom`, loom's stand-ins, which try every interleaving.

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
