//! Locks that serve their waiters in order of arrival. One word, which taking and releasing change by
//! arithmetic. While a thread waits, later ones queue behind it. A release then hands over, under the queue's
//! lock, to as many waiters as there is room for.
//!
//! `try_take` and JavaScript's fast paths do not change a word with the waiting flag, except that a thread that
//! reads already may read once more. A word without the flag may change at any time. So every change here is a
//! compare-and-exchange, under the queue's lock too.

use std::marker::PhantomData;

use super::lock::{Lock, POISONED, Taken, WAITING};
use super::parker::Wake;
use super::parking_lot::{ParkingLot, Queue};
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// The meaning of the lock's word. Words are passed and returned without [`WAITING`].
pub trait Rules {
    /// The word after `request` was granted to the thread with this number; `None` if it has to wait.
    fn enter(word: u32, request: u32, holder: u32) -> Option<u32>;

    /// The word after the release. `is_poisoned`: the holder has ended.
    fn leave(word: u32, request: u32, is_poisoned: bool) -> u32;

    /// Whether the word records the thread with this number as its exclusive holder, by request 0.
    fn is_held_by(word: u32, holder: u32) -> bool;
}

pub struct Fifo<'a, R> {
    pub(super) word: &'a AtomicU32,
    lot: &'a ParkingLot,
    rules: PhantomData<R>,
}

impl<'a, R: Rules> Fifo<'a, R> {
    pub fn new(word: &'a AtomicU32, lot: &'a ParkingLot) -> Self {
        Self {
            word,
            lot,
            rules: PhantomData,
        }
    }

    pub(super) fn taken(seen: u32) -> Taken {
        Taken {
            is_poisoned: seen & POISONED != 0,
        }
    }

    /// Applies `leave`, then admits as many waiters from the front of the queue as possible.
    fn hand_over(&self, queue: &mut Queue, leave: impl Fn(u32) -> u32) {
        let mut seen = self.word.load(Relaxed);
        let heirs = loop {
            let (word, heirs) = Self::admit(leave(seen & !WAITING), queue);
            let others_wait = if heirs.len() < queue.len() { WAITING } else { 0 };
            match self.word.compare_exchange(seen, word | others_wait, AcqRel, Relaxed) {
                Ok(_) => break heirs,
                Err(now) => seen = now,
            }
        };
        for is_poisoned in heirs {
            queue.wake_first(Wake::Granted { is_poisoned });
        }
    }

    /// The word after the first waiters are admitted, and for each of them whether the lock is poisoned.
    fn admit(mut word: u32, queue: &Queue) -> (u32, Vec<bool>) {
        let mut heirs = Vec::new();
        for waiter in queue.iter() {
            let Some(next) = R::enter(word, waiter.request, waiter.holder) else {
                break;
            };
            heirs.push(Self::taken(word).is_poisoned);
            word = next;
        }
        (word, heirs)
    }
}

impl<R: Rules> Lock for Fifo<'_, R> {
    fn lot(&self) -> &ParkingLot {
        self.lot
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.word).addr()
    }

    fn try_take(&self, request: u32, holder: u32) -> Option<Taken> {
        let mut seen = self.word.load(Relaxed);
        loop {
            if seen & WAITING != 0 {
                return None;
            }
            let word = R::enter(seen, request, holder)?;
            match self.word.compare_exchange(seen, word, Acquire, Relaxed) {
                Ok(_) => return Some(Self::taken(seen)),
                Err(now) => seen = now,
            }
        }
    }

    fn take_or_wait(&self, queue: &Queue, request: u32, holder: u32) -> Option<Taken> {
        let mut seen = self.word.load(Relaxed);
        loop {
            let entered = match queue.is_empty() {
                true => R::enter(seen & !WAITING, request, holder),
                false => None,
            };
            let word = entered.unwrap_or(seen | WAITING);
            match self.word.compare_exchange(seen, word, Acquire, Relaxed) {
                Ok(_) => return entered.map(|_| Self::taken(seen)),
                Err(now) => seen = now,
            }
        }
    }

    fn release(&self, request: u32, _: u32, is_poisoned: bool) {
        let leave = |word| R::leave(word, request, is_poisoned);
        let mut seen = self.word.load(Relaxed);
        while seen & WAITING == 0 {
            match self.word.compare_exchange(seen, leave(seen), Release, Relaxed) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
        self.lot
            .with_queue(self.address(), |queue| self.hand_over(queue, leave));
    }

    fn grant(&self, queue: &mut Queue) {
        self.hand_over(queue, |word| word);
    }

    fn is_held_by(&self, holder: u32) -> bool {
        R::is_held_by(self.word.load(Acquire), holder)
    }

    fn abandon(&self, holder: u32, count: u32) {
        if self.is_held_by(holder) {
            self.release(0, holder, true);
        }
        if count > 0 {
            self.release(count, holder, true);
        }
    }
}
