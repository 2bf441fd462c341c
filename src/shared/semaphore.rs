//! So many permits, of which threads take some and give them back. Two words: the permits that are
//! left, and two flags; and how many there were at first, plus 1, so that of those who make a semaphore
//! over the same zeroed bytes one gives it its permits, and the others find it made: JavaScript's affair.

use super::fifo::{Fifo, Rules};
use super::lock::{COUNT, POISONED};

pub enum Permits {}

/// Requests are numbers of permits, from 1 on. JavaScript takes and gives back permits of a word without
/// flags by itself; see `lib/shared/semaphore.js`.
pub type Semaphore<'a> = Fifo<'a, Permits>;

impl Rules for Permits {
    /// Whoever takes permits of the dead is told, and nobody after.
    fn enter(word: u32, request: u32, _: u32) -> Option<u32> {
        (word & COUNT).checked_sub(request)
    }

    /// What would be more than a word can count is dropped.
    fn leave(word: u32, request: u32, is_poisoned: bool) -> u32 {
        let permits = (word & COUNT).saturating_add(request).min(COUNT);
        permits | word & POISONED | if is_poisoned { POISONED } else { 0 }
    }

    /// The word does not tell: threads count what they have.
    fn is_held_by(_: u32, _: u32) -> bool {
        false
    }
}
