//! Workers: a thread each, its life, and what it is started with.

pub mod context;
pub mod life;
mod thread;

pub use context::WorkerContext;
pub use thread::{Options, Parent, WorkerThread, stack_size};
