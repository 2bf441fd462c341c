//! Thread numbers, by which locks record their holders.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use super::lock::COUNT;

/// A number for a thread, never 0. Numbers repeat after 268 million threads.
pub fn new_holder() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Relaxed) % COUNT + 1
}
