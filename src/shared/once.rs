//! Something that is done once by all threads together. A lock that stays open for ever once it is
//! done: until then one thread has it at a time, which is the one that does it; when that fails, or
//! the thread ends, the next one has its turn. One word: the number of the thread that does it, or
//! [`DONE`]; and [`POISONED`], while nobody has done it since a thread ended in the middle of it.
//!
//! JavaScript reads `DONE` and takes a word that is 0 by itself, see `lib/shared/once.js`. All other
//! changes are made under the lock of the queue in which the others wait.

use std::time::Instant;

use isothreads_codec::protocol::lock_word::DONE;

use super::lock::{self, COUNT, Lock, NotTaken, POISONED, Taken};
use super::parker::{Parker, Wake};
use super::parking_lot::{ParkingLot, Queue};
use super::sync::Arc;
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

pub struct Once<'a> {
    word: &'a AtomicU32,
    lot: &'a ParkingLot,
}

impl<'a> Once<'a> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self { word, lot }
    }

    pub fn is_done(&self) -> bool {
        self.word.load(Acquire) == DONE
    }

    /// Has `run` do it, unless it is done; blocks while another thread is at it. `run` is told whether
    /// a thread has ended in the middle of it; when it panics, the next one has its turn. Returns
    /// whether it was run.
    pub fn call(
        &self,
        holder: u32,
        parker: &Arc<Parker>,
        deadline: Option<Instant>,
        run: impl FnOnce(Taken),
    ) -> Result<bool, NotTaken> {
        if self.is_done() {
            return Ok(false);
        }
        let taken = lock::take(self, 0, holder, parker, Instant::now(), deadline)?;
        if !self.is_held_by(holder) {
            return Ok(false);
        }
        let turn = Turn { once: self, holder };
        run(taken);
        std::mem::forget(turn);
        self.finish(holder);
        Ok(true)
    }

    /// The thread that had it has done it.
    pub fn finish(&self, holder: u32) {
        self.lot.with_queue(self.address(), |queue| {
            if self.is_held_by(holder) {
                self.word.swap(DONE, AcqRel);
                while !queue.is_empty() {
                    queue.wake_first(Wake::Granted { is_poisoned: false });
                }
            }
        });
    }
}

/// Gives it back when the thread panics.
struct Turn<'a, 'b> {
    once: &'a Once<'b>,
    holder: u32,
}

impl Drop for Turn<'_, '_> {
    fn drop(&mut self) {
        self.once.release(0, self.holder, true);
    }
}

/// Requests are 0. Who has taken it looks whether it is done, or it has to do it.
impl Lock for Once<'_> {
    fn lot(&self) -> &ParkingLot {
        self.lot
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.word).addr()
    }

    fn try_take(&self, _: u32, holder: u32) -> Option<Taken> {
        let mut seen = self.word.load(Acquire);
        loop {
            if seen == DONE {
                return Some(Taken { is_poisoned: false });
            }
            if seen & COUNT != 0 {
                return None;
            }
            match self.word.compare_exchange(seen, holder, AcqRel, Acquire) {
                Ok(_) => {
                    return Some(Taken {
                        is_poisoned: seen & POISONED != 0,
                    });
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Nobody gives it back but under the queue's lock, so there is no need for a mark that somebody waits.
    fn take_or_wait(&self, _: &Queue, request: u32, holder: u32) -> Option<Taken> {
        self.try_take(request, holder)
    }

    /// It is not done; the next one has its turn. Nothing happens when the thread has it not.
    fn release(&self, _: u32, holder: u32, is_poisoned: bool) {
        self.lot.with_queue(self.address(), |queue| {
            if !self.is_held_by(holder) {
                return;
            }
            let word = match queue.first() {
                Some(heir) => heir.holder,
                None if is_poisoned => POISONED,
                None => 0,
            };
            self.word.swap(word, AcqRel);
            queue.wake_first(Wake::Granted { is_poisoned });
        });
    }

    /// It has a holder, or is done.
    fn grant(&self, _: &mut Queue) {}

    fn is_held_by(&self, holder: u32) -> bool {
        self.word.load(Relaxed) & COUNT == holder
    }

    fn abandon(&self, holder: u32, _: u32) {
        if self.is_held_by(holder) {
            self.release(0, holder, true);
        }
    }
}
