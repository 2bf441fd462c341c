//! Numbers of threads, by which locks say who has them.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use super::lock::COUNT;

/// A number for a thread, never 0. After 268 million threads they begin anew.
pub fn new_holder() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Relaxed) % COUNT + 1
}
