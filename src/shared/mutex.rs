//! A lock that one thread holds at a time. One word: the holder's number, and two flags.

use super::lock::{COUNT, Lock, POISONED, Taken, WAITING};
use super::parker::Wake;
use super::parking_lot::{ParkingLot, Queue};
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// Requests are 0. JavaScript takes a word that is 0, and releases a word that is its own number, without
/// native code; see `lib/shared/mutex.js`.
pub struct Mutex<'a> {
    word: &'a AtomicU32,
    lot: &'a ParkingLot,
}

impl<'a> Mutex<'a> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self { word, lot }
    }

    /// The number of the holder, or 0. It may change at any time.
    pub fn holder(&self) -> u32 {
        self.word.load(Acquire) & COUNT
    }

    fn take(&self, seen: u32, new: u32) -> Result<Taken, u32> {
        self.word.compare_exchange(seen, new, Acquire, Relaxed).map(|_| Taken {
            is_poisoned: seen & POISONED != 0,
        })
    }
}

impl Lock for Mutex<'_> {
    fn lot(&self) -> &ParkingLot {
        self.lot
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.word).addr()
    }

    /// May overtake waiters: a thread that has waited for long gets the lock from [`Lock::release`].
    fn try_take(&self, _: u32, holder: u32) -> Option<Taken> {
        let mut seen = self.word.load(Relaxed);
        while seen & COUNT == 0 {
            match self.take(seen, holder | seen & WAITING) {
                Ok(taken) => return Some(taken),
                Err(now) => seen = now,
            }
        }
        None
    }

    fn take_or_wait(&self, queue: &Queue, _: u32, holder: u32) -> Option<Taken> {
        let others_wait = if queue.is_empty() { 0 } else { WAITING };
        let mut seen = self.word.load(Relaxed);
        loop {
            if seen & COUNT == 0 {
                match self.take(seen, holder | others_wait) {
                    Ok(taken) => return Some(taken),
                    Err(now) => seen = now,
                }
            } else {
                match self.word.compare_exchange(seen, seen | WAITING, Relaxed, Relaxed) {
                    Ok(_) => return None,
                    Err(now) => seen = now,
                }
            }
        }
    }

    fn release(&self, _: u32, holder: u32, is_poisoned: bool) {
        if !is_poisoned && self.word.compare_exchange(holder, 0, Release, Relaxed).is_ok() {
            return;
        }
        self.lot.with_queue(self.address(), |queue| {
            let is_granted = queue.is_first_to_be_granted();
            let heir = queue.first().filter(|_| is_granted).map_or(0, |waiter| waiter.holder);
            queue.wake_first(match is_granted {
                true => Wake::Granted { is_poisoned },
                false => Wake::Retry,
            });
            let others_wait = if queue.is_empty() { 0 } else { WAITING };
            let poison = if is_poisoned && !is_granted { POISONED } else { 0 };
            // A word with a holder changes only under the queue's lock, which is held here.
            self.word.swap(heir | others_wait | poison, AcqRel);
        });
    }

    /// Nothing to do: the mutex has a holder, or the last woken thread will take it.
    fn grant(&self, _: &mut Queue) {}

    fn is_held_by(&self, holder: u32) -> bool {
        self.holder() == holder
    }

    fn abandon(&self, holder: u32, _: u32) {
        if self.is_held_by(holder) {
            self.release(0, holder, true);
        }
    }
}
