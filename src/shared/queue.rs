//! A bounded queue for many producers and many consumers in shared memory. The algorithm is Dmitry Vyukov's:
//! every slot has a sequence number, its turn.
//! <https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue>
//!
//! The header, one word on each cache line. All words have 4 bytes:
//!
//! | line | word |
//! |---|---|
//! | 0 | the shape of the queue; 0 in zeroed memory, before a queue is made |
//! | 1 | tail: the position of the next push, times 2; the lowest bit is set once the queue is closed |
//! | 2 | head: the position of the next pop |
//! | 3 | not 0 while a thread or task waits for a value ([`Signal`]) |
//! | 4 | not 0 while a thread or task waits for space |
//!
//! A slot consists of a word for its turn, a word for the kind and the length of the value, and the value.
//! Positions count to 2^31 and then start at 0 again; position / capacity is the lap. The turn of a slot is 2 *
//! lap when it is free for that lap, and 2 * lap + 1 when it holds a value. So zeroed memory is an empty queue,
//! and one compare-and-exchange of the first word makes it one.
//!
//! - Push: check that the slot at the tail is free for its lap; claim it by moving the tail; write the value;
//!   set the turn. Closing changes the same word, so no slot is claimed after it. A consumer that finds the
//!   queue closed and its head at the tail knows that no more values come.
//! - Pop: check that the slot at the head holds a value; read it; claim it by moving the head; set the turn.
//!   The value is valid only if the head could be moved: then no other consumer had claimed the slot, and no
//!   producer has written to it.
//! - Between a claim and the following turn other threads wait, so a thread must not be terminated there. V8
//!   never terminates a thread in native code. In JavaScript it does, not only at the start of functions and
//!   loops, but also before or in built-in functions, `Atomics` among them (one in ten threads that only claim
//!   and store is terminated in between). So JavaScript calls native code for both.
//! - Waiting: each push wakes one waiter for a value. It may be woken too early, by a value behind another one
//!   that is not written yet, and finds nothing. So every push and every pop also wakes a waiter if there is
//!   work for it: the late producer, or the consumer of its value, wakes the next waiter.

use std::time::Instant;

use isothreads_codec::protocol::queue_slot::HEADER as SLOT_HEADER;
use isothreads_codec::protocol::queue_tail::{CLOSED, POSITION};
pub use isothreads_codec::protocol::slot_kind as kind;
use isothreads_codec::protocol::{cache_line, queue_line, queue_shape, side};

use super::lock::NotTaken;
use super::parker::Parker;
use super::parking_lot::ParkingLot;
use super::signal::Signal;
use super::sync::Arc;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use super::sync::atomic::{AtomicU32, fence};

/// Words of a cache line. One word suffices in loom's models, where time does not matter.
const LINE: usize = if cfg!(all(test, loom)) { 1 } else { cache_line::WORDS };

const SHAPE: usize = queue_line::SHAPE * LINE;
const TAIL: usize = queue_line::TAIL * LINE;
const HEAD: usize = queue_line::HEAD * LINE;
const VALUES_WANTED: usize = queue_line::VALUES_WANTED * LINE;
const SPACE_WANTED: usize = queue_line::SPACE_WANTED * LINE;
const SLOTS: usize = queue_line::SLOTS * LINE;

/// Capacity and size of slots, packed into one word: bits 0 to 4 the logarithm of the capacity,
/// bit 5 whether all values are bytes, bits 6 to 29 the words of a value, bit 30 always set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(u32);

impl Shape {
    const EXISTS: u32 = queue_shape::EXISTS;

    /// `None` unless the capacity is a power of two up to 2^30, and a value has 1 to 2^24 - 1 words.
    pub fn new(capacity: usize, value_words: usize, is_bytes: bool) -> Option<Self> {
        if !capacity.is_power_of_two() || capacity > 1 << 30 || value_words == 0 || value_words >= 1 << 24 {
            return None;
        }
        let bytes = if is_bytes { queue_shape::IS_BYTES } else { 0 };
        Some(Self(
            Self::EXISTS | (value_words as u32) << 6 | bytes | capacity.trailing_zeros(),
        ))
    }

    /// Parses the first word of a queue.
    pub fn from_word(word: u32) -> Option<Self> {
        let shape = Self(word);
        (word & !Self::EXISTS < 1 << 30
            && Self::new(shape.capacity(), shape.value_words(), shape.is_bytes()) == Some(shape))
        .then_some(shape)
    }

    pub fn capacity(self) -> usize {
        1 << self.lap_shift()
    }

    fn lap_shift(self) -> u32 {
        self.0 & 31
    }

    pub fn is_bytes(self) -> bool {
        self.0 & queue_shape::IS_BYTES != 0
    }

    pub fn value_words(self) -> usize {
        (self.0 >> 6) as usize & ((1 << 24) - 1)
    }

    /// The total size of a queue in words. `None` on overflow.
    pub fn words(self) -> Option<usize> {
        (SLOT_HEADER + self.value_words())
            .checked_mul(self.capacity())?
            .checked_add(SLOTS)
    }
}

/// The contents of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// See [`kind`].
    pub kind: u8,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushError {
    Full,
    Closed,
    /// The value is larger than a slot.
    TooLong,
    NotTaken(NotTaken),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    Empty,
    /// The queue is closed and empty.
    Closed,
    NotTaken(NotTaken),
}

/// What a waiter waits for. JavaScript uses the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Side {
    /// A value or bytes to take out, or the end.
    Out = side::OUT,
    /// Space to put something in, or the close.
    In = side::IN,
}

pub struct Queue<'a> {
    words: &'a [AtomicU32],
    shape: Shape,
    lot: &'a ParkingLot,
}

impl<'a> Queue<'a> {
    /// `words` are at least as many as the shape needs, initialised by [`Queue::make`].
    pub fn new(words: &'a [AtomicU32], shape: Shape, lot: &'a ParkingLot) -> Self {
        assert!(shape.words().is_some_and(|needed| needed <= words.len()));
        Self { words, shape, lot }
    }

    /// Makes a queue of zeroed words. Returns the shape of the queue that is there, which differs from `shape`
    /// if another thread has made it first.
    pub fn make(words: &[AtomicU32], shape: Shape) -> Option<Shape> {
        match words[SHAPE].compare_exchange(0, shape.0, AcqRel, Acquire) {
            Ok(_) => Some(shape),
            Err(found) => Shape::from_word(found),
        }
    }

    pub fn signal(&self, side: Side) -> Signal<'a> {
        Signal::new(&self.words[Self::signal_word(side)], self.lot)
    }

    /// The offset of a side's signal in words.
    pub fn signal_word(side: Side) -> usize {
        match side {
            Side::Out => VALUES_WANTED,
            Side::In => SPACE_WANTED,
        }
    }

    fn slot(&self, position: u32) -> &'a [AtomicU32] {
        let size = SLOT_HEADER + self.shape.value_words();
        let start = SLOTS + (position as usize & (self.shape.capacity() - 1)) * size;
        &self.words[start..start + size]
    }

    /// The turn of a position's slot when the slot is free for it. 2 * lap fits, or wraps as laps do.
    fn free_turn(&self, position: u32) -> u32 {
        (position >> self.shape.lap_shift()) << 1
    }

    fn free_turn_of_next_lap(&self, position: u32) -> u32 {
        self.free_turn(position.wrapping_add(self.shape.capacity() as u32) & POSITION)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        let head = self.words[HEAD].load(Acquire);
        let tail = self.words[TAIL].load(Acquire) >> 1;
        (tail.wrapping_sub(head) & POSITION) as usize
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn try_push(&self, kind: u8, bytes: &[u8]) -> Result<(), PushError> {
        if bytes.len() > self.shape.value_words() * 4 || bytes.len() >= 1 << 24 {
            return Err(PushError::TooLong);
        }
        let mut tail = self.words[TAIL].load(Acquire);
        loop {
            if tail & CLOSED != 0 {
                return Err(PushError::Closed);
            }
            let position = tail >> 1;
            let slot = self.slot(position);
            let turn = self.free_turn(position);
            if slot[0].load(Acquire) == turn {
                match self.words[TAIL].compare_exchange(tail, tail.wrapping_add(2), AcqRel, Acquire) {
                    Ok(_) => {
                        slot[1].store(u32::from(kind) | (bytes.len() as u32) << 8, Relaxed);
                        for (word, bytes) in slot[SLOT_HEADER..].iter().zip(bytes.chunks(4)) {
                            word.store(to_word(bytes), Relaxed);
                        }
                        slot[0].store(turn + 1, Release);
                        break;
                    }
                    Err(now) => tail = now,
                }
            } else {
                let now = self.words[TAIL].load(Acquire);
                if now == tail {
                    return Err(PushError::Full);
                }
                tail = now;
            }
        }
        self.tell(Side::Out, Side::In);
        Ok(())
    }

    pub fn try_pop(&self) -> Result<Item, PopError> {
        let mut bytes = Vec::new();
        let kind = self.try_pop_into(&mut bytes)?;
        Ok(Item { kind, bytes })
    }

    /// Returns the kind, and replaces the contents of `bytes`.
    pub fn try_pop_into(&self, bytes: &mut Vec<u8>) -> Result<u8, PopError> {
        let mut head = self.words[HEAD].load(Acquire);
        let kind = loop {
            let slot = self.slot(head);
            if slot[0].load(Acquire) == self.free_turn(head) + 1 {
                let kind = self.read(slot, bytes);
                let next = head.wrapping_add(1) & POSITION;
                match self.words[HEAD].compare_exchange(head, next, AcqRel, Acquire) {
                    Ok(_) => {
                        slot[0].store(self.free_turn_of_next_lap(head), Release);
                        break kind;
                    }
                    Err(now) => head = now,
                }
            } else {
                let tail = self.words[TAIL].load(Acquire);
                let now = self.words[HEAD].load(Acquire);
                if now == head {
                    let is_over = tail & CLOSED != 0 && tail >> 1 == head;
                    return Err(if is_over { PopError::Closed } else { PopError::Empty });
                }
                head = now;
            }
        };
        self.tell(Side::In, Side::Out);
        Ok(kind)
    }

    /// Reads a value that may be half overwritten. In that case the head has moved and the value is discarded.
    fn read(&self, slot: &[AtomicU32], bytes: &mut Vec<u8>) -> u8 {
        let info = slot[1].load(Relaxed);
        let length = (info >> 8) as usize;
        let words = length.div_ceil(4).min(self.shape.value_words());
        bytes.resize(words * 4, 0);
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(&slot[SLOT_HEADER..]) {
            bytes.copy_from_slice(&word.load(Relaxed).to_ne_bytes());
        }
        bytes.truncate(length);
        info as u8
    }

    /// Wakes a waiter of `side`, for which there is work now. Also wakes a waiter of `other` if there is work
    /// for it, because an earlier wake-up may have come too early.
    fn tell(&self, side: Side, other: Side) {
        fence(SeqCst);
        if self.signal(side).is_awaited() {
            self.signal(side).notify(1);
        }
        if self.signal(other).is_awaited() && !self.must_wait(other) {
            self.signal(other).notify(1);
        }
    }

    /// Whether there is no work for a waiter of this side.
    pub fn must_wait(&self, side: Side) -> bool {
        match side {
            Side::Out => {
                let mut head = self.words[HEAD].load(SeqCst);
                loop {
                    if self.slot(head)[0].load(SeqCst) == self.free_turn(head) + 1 {
                        return false;
                    }
                    let tail = self.words[TAIL].load(SeqCst);
                    match self.words[HEAD].load(SeqCst) {
                        now if now == head => return tail & CLOSED == 0 || tail >> 1 != head,
                        now => head = now,
                    }
                }
            }
            Side::In => {
                let mut tail = self.words[TAIL].load(SeqCst);
                loop {
                    if tail & CLOSED != 0 || self.slot(tail >> 1)[0].load(SeqCst) == self.free_turn(tail >> 1) {
                        return false;
                    }
                    match self.words[TAIL].load(SeqCst) {
                        now if now == tail => return true,
                        now => tail = now,
                    }
                }
            }
        }
    }

    /// Blocks while the queue is full.
    pub fn push(
        &self,
        kind: u8,
        bytes: &[u8],
        parker: &Arc<Parker>,
        deadline: Option<Instant>,
    ) -> Result<(), PushError> {
        loop {
            match self.try_push(kind, bytes) {
                Err(PushError::Full) => self.wait(Side::In, parker, deadline).map_err(PushError::NotTaken)?,
                ended => return ended,
            }
        }
    }

    /// Blocks while the queue is empty.
    pub fn pop(&self, parker: &Arc<Parker>, deadline: Option<Instant>) -> Result<Item, PopError> {
        loop {
            match self.try_pop() {
                Err(PopError::Empty) => self.wait(Side::Out, parker, deadline).map_err(PopError::NotTaken)?,
                ended => return ended,
            }
        }
    }

    fn wait(&self, side: Side, parker: &Arc<Parker>, deadline: Option<Instant>) -> Result<(), NotTaken> {
        self.signal(side).wait(parker, deadline, || self.must_wait(side), || {})
    }

    /// Rejects further pushes; values in the queue can still be popped.
    pub fn close(&self) {
        self.words[TAIL].fetch_or(CLOSED, AcqRel);
        self.wake_all();
    }

    /// Makes all waiters check again, because a thread that was woken may have ended.
    pub fn wake_all(&self) {
        self.signal(Side::Out).notify_all();
        self.signal(Side::In).notify_all();
    }
}

fn to_word(bytes: &[u8]) -> u32 {
    let mut word = [0; 4];
    word[..bytes.len()].copy_from_slice(bytes);
    u32::from_ne_bytes(word)
}

#[cfg(not(all(test, loom)))]
mod handle;
#[cfg(not(all(test, loom)))]
pub use handle::SharedQueue;

#[cfg(all(test, not(loom)))]
mod tests;
