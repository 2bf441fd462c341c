//! Locks whose waiters are served in the order in which they came: one word, in which somebody's
//! coming and going is arithmetic. While somebody waits, those who come later wait behind him, and
//! what is given back is handed over under the queue's lock, to as many as it is enough for.
//!
//! A word that says that somebody waits is left alone by `try_take` and by JavaScript's own paths
//! (but for a thread that reads already and reads once more); a word that does not say it changes at
//! any time. So everything here compares and exchanges, under the queue's lock too.

use std::marker::PhantomData;

use super::lock::{Lock, POISONED, Taken, WAITING};
use super::parker::Wake;
use super::parking_lot::{ParkingLot, Queue};
use super::sync::atomic::AtomicU32;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

/// What the word of such a lock means. Words come without [`WAITING`], and are returned without it.
pub trait Rules {
    /// The word when `request` was granted to the thread of this number; `None` when it has to wait.
    fn enter(word: u32, request: u32, holder: u32) -> Option<u32>;

    /// The word when it was given back. `is_poisoned`: because whoever had it is gone.
    fn leave(word: u32, request: u32, is_poisoned: bool) -> u32;

    /// Whether the word says that the thread of this number has all of it: request 0.
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

    /// Gives back what `leave` does, then lets in the first ones of the queue, as many as can be.
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

    /// The word when the first ones of the queue are in, and for each of them whether it is poisoned.
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
