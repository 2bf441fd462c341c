//! A counting semaphore: threads take permits and give them back. Two words. The first is the number of permits
//! left, and two flags. The second is the initial number of permits plus 1: the first thread that sets it
//! initialises the semaphore, and others that construct it over the same bytes find it initialised.

use super::fifo::{Fifo, Rules};
use super::lock::{COUNT, POISONED};

pub enum Permits {}

/// A request is the number of permits, at least 1. While the word has no flags, JavaScript takes and releases
/// permits without native code; see `lib/shared/semaphore.js`.
pub type Semaphore<'a> = Fifo<'a, Permits>;

impl Rules for Permits {
    /// Clears `POISONED`: only the first thread to take permits after a holder's end is told.
    fn enter(word: u32, request: u32, _: u32) -> Option<u32> {
        (word & COUNT).checked_sub(request)
    }

    /// Permits beyond what the word can count are dropped.
    fn leave(word: u32, request: u32, is_poisoned: bool) -> u32 {
        let permits = (word & COUNT).saturating_add(request).min(COUNT);
        permits | word & POISONED | if is_poisoned { POISONED } else { 0 }
    }

    /// The word does not record holders: threads count their permits.
    fn is_held_by(_: u32, _: u32) -> bool {
        false
    }
}
