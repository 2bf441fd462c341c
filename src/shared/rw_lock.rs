//! A lock that many threads hold to read, or one thread to write. One word: the number of readers, or
//! [`WRITER`] and the number of the writing thread; and two flags.
//!
//! A thread that ends while it reads leaves nothing half changed. A thread that ends while it writes may: every
//! later holder is told, up to and including the next writer, which can repair the state.

pub use isothreads_codec::protocol::lock_request::WRITE;
pub use isothreads_codec::protocol::lock_word::WRITER;

use super::fifo::{Fifo, Rules};
use super::lock::{COUNT, POISONED, Taken};
use super::sync::atomic::Ordering::{Acquire, Relaxed};

pub enum ReadWrite {}

/// While the word has no flags, JavaScript adds and removes readers without native code, and takes a word that
/// is 0 to write; see `lib/shared/rw-lock.js`.
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
    /// For a thread that reads already: it overtakes a waiting writer, because that writer waits for this
    /// thread. `None` when there are no readers, or too many.
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
