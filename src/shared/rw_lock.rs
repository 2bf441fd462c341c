//! A lock that many threads have to read, or one thread has to write. One word: the number of those
//! who read, or [`WRITER`] and the number of the thread that writes; and two flags.
//!
//! A thread that dies while it reads leaves nothing half done. One that dies while it writes does, and
//! everybody who comes is told, until somebody comes who can put it right: the next one to write.

pub use isothreads_codec::protocol::lock_request::WRITE;
pub use isothreads_codec::protocol::lock_word::WRITER;

use super::fifo::{Fifo, Rules};
use super::lock::{COUNT, POISONED, Taken};
use super::sync::atomic::Ordering::{Acquire, Relaxed};

pub enum ReadWrite {}

/// JavaScript adds and takes away readers of a word without flags by itself, and writes what is 0;
/// see `lib/shared/rw-lock.js`.
pub type RwLock<'a> = Fifo<'a, ReadWrite>;

impl Rules for ReadWrite {
    fn enter(word: u32, request: u32, holder: u32) -> Option<u32> {
        let poison = word & POISONED;
        match word & !POISONED {
            0 if request == WRITE => Some(WRITER | holder),
            readers if request != WRITE && readers < WRITER && request <= COUNT - readers => {
                Some((readers + request) | poison)
            }
            _ => None,
        }
    }

    fn leave(word: u32, request: u32, is_poisoned: bool) -> u32 {
        match request {
            WRITE if is_poisoned => POISONED,
            // A word with a writer has no other flag.
            WRITE => 0,
            readers => word - readers.min(word & COUNT),
        }
    }

    fn is_held_by(word: u32, holder: u32) -> bool {
        word & (WRITER | COUNT) == WRITER | holder
    }
}

impl RwLock<'_> {
    /// For a thread that reads already: not behind a writer that waits, and waits for this thread. `None`
    /// when nobody reads, or too many do.
    pub fn read_once_more(&self) -> Option<Taken> {
        let mut seen = self.word.load(Relaxed);
        while seen & WRITER == 0 && (1..COUNT).contains(&(seen & COUNT)) {
            match self.word.compare_exchange(seen, seen + 1, Acquire, Relaxed) {
                Ok(_) => return Some(Self::taken(seen)),
                Err(now) => seen = now,
            }
        }
        None
    }
}
