//! Waking a thread's event loop: one waker per thread, and the decision when to sleep.

mod spin;
pub(crate) mod sync;
#[cfg(test)]
pub(crate) mod test_loop;
mod waker;

pub use spin::Spin;
pub use waker::{Ready, Waker};
