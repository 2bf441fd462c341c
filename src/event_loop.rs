//! Waking a thread's event loop: one waker per thread, and the decision when to sleep.

mod notifier;
mod spin;
pub(crate) mod sync;
mod waker;

pub use notifier::Notifier;
pub use spin::{AwakeGuard, Spin, are_cores_busy, asleep};
pub use waker::{Token, Waker};

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(test)]
pub(crate) mod test_loop;
#[cfg(all(test, not(loom)))]
mod tests;
