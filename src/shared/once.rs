//! An initialisation that runs once for all threads. It is a lock that stays open once the initialisation is
//! done. Until then one thread at a time holds the lock and runs the initialisation. If it fails, or the thread
//! ends, the next thread tries. One word: the number of the running thread, or [`DONE`]; and [`POISONED`] if a
//! thread has ended while it was running, until another thread starts.
//!
//! JavaScript reads `DONE`, and takes a word that is 0, without native code; see `lib/shared/once.js`. All
//! other changes are made under the lock of the waiters' queue.

use isothreads_codec::protocol::lock_word::DONE;

use super::lock::{COUNT, Lock, POISONED, Taken};
use super::parker::Wake;
use super::parking_lot::{ParkingLot, Queue};
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

    #[cfg(all(test, loom))]
    pub fn is_done(&self) -> bool {
        self.word.load(Acquire) == DONE
    }

    /// The holder has done it.
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

/// Requests are 0. After taking the lock, a thread checks whether it is done or must be done.
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

    /// The lock is released only under the queue's lock, so the word needs no waiting flag.
    fn take_or_wait(&self, _: &Queue, request: u32, holder: u32) -> Option<Taken> {
        self.try_take(request, holder)
    }

    /// It is not done, and the next waiter tries. Does nothing if the thread does not hold the lock.
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

    /// Nothing to do: it has a holder, or is done.
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
