//! Workers: a thread each, its life, and what it is started with.

#[cfg(not(test))]
pub mod context;
#[cfg(not(test))]
pub mod heap_snapshots;
pub mod life;
#[cfg(not(test))]
mod thread;
mod watchdog;

#[cfg(not(test))]
pub use self::context::WorkerContext;
#[cfg(not(test))]
pub use self::thread::{Options, Parent, WorkerThread, is_any_set_aside, stack_size};
