//! Workers: their threads, their lifecycle, and their start parameters.

#[cfg(not(test))]
mod context;
pub mod life;
#[cfg(not(test))]
mod thread;
#[cfg(not(test))]
mod time_limits;
mod watchdog;

#[cfg(not(test))]
pub use self::context::{ResourceLimits, Shared, WorkerContext};
#[cfg(not(test))]
pub use self::thread::{Parent, WorkerThread, is_any_left, is_any_set_aside, set_aside, stack_size};
#[cfg(not(test))]
pub use self::time_limits::{Enforced, TimeLimits};
