//! A bounded queue for many producers and many consumers, in shared memory: Dmitry Vyukov's ring, in
//! which every slot has a number that says whose turn it is.
//! <https://www.1024cores.net/home/lock-free-algorithms/queues/bounded-mpmc-queue>
//!
//! The header, each group on a cache line of its own; everything is 4-byte words:
//!
//! | line | word |
//! |---|---|
//! | 0 | what the queue is like; 0 in zeroed memory, where nobody has made a queue yet |
//! | 1 | tail: the position of the next push, times 2; the lowest bit is set once the queue is closed |
//! | 2 | head: the position of the next pop |
//! | 3 | not 0 when somebody waits for a value ([`Signal`]) |
//! | 4 | not 0 when somebody waits for space |
//!
//! A slot is a word for its turn, one for the kind and the length of the value, and the value. Positions
//! count to 2^31 and begin anew; position / capacity is the lap. The turn of a slot is 2 * lap when it is
//! free for that lap, and 1 more when the value is there. So zeroed memory is an empty queue, and it
//! takes one compare-and-exchange, of the first word, to make it one.
//!
//! - Push: the slot of the tail is free for its lap; claim it by moving the tail; write; set the turn.
//!   Because closing changes the same word, nothing is claimed after it, and a consumer that finds
//!   the queue closed and its head at the tail knows that nothing more comes.
//! - Pop: the slot of the head has its value; read it; claim it by moving the head; set the turn. What was
//!   read is only right if the head could be moved: then nobody else had claimed the slot before,
//!   and so nobody has written to it.
//! - Between a claim and the turn that ends it others wait, so there a thread must not be ended. Native code
//!   is not. JavaScript is: V8 ends a thread not only at the beginning of functions and loops, but also
//!   before or in built-in functions, `Atomics` among them (one in ten threads that do nothing but
//!   claim and store is ended in between). So JavaScript comes here for both.
//! - Waiting: each push wakes one that waits for a value. That one may be woken too early, by a value
//!   behind another one that is not written yet, and will find nothing. So whoever comes past, after
//!   a push as after a pop, wakes one of those who wait for what is there: the one that was written
//!   late, or the one who pops it, wakes the next.

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

/// Words of a cache line. One is enough where nobody looks at the time.
const LINE: usize = if cfg!(all(test, loom)) { 1 } else { cache_line::WORDS };

const SHAPE: usize = queue_line::SHAPE * LINE;
const TAIL: usize = queue_line::TAIL * LINE;
const HEAD: usize = queue_line::HEAD * LINE;
const VALUES_WANTED: usize = queue_line::VALUES_WANTED * LINE;
const SPACE_WANTED: usize = queue_line::SPACE_WANTED * LINE;
const SLOTS: usize = queue_line::SLOTS * LINE;

/// Capacity and size of slots, packed into one word: bits 0 to 4 the logarithm of the capacity,
/// bit 5 whether all values are bytes, bits 6 to 29 words of a value, bit 30 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(u32);

impl Shape {
    const EXISTS: u32 = queue_shape::EXISTS;

    /// `None` when the capacity is no power of two up to 2^30, or a value has no words, or 2^24.
    pub fn new(capacity: usize, value_words: usize, is_bytes: bool) -> Option<Self> {
        if !capacity.is_power_of_two() || capacity > 1 << 30 || value_words == 0 || value_words >= 1 << 24 {
            return None;
        }
        let bytes = if is_bytes { queue_shape::IS_BYTES } else { 0 };
        Some(Self(
            Self::EXISTS | (value_words as u32) << 6 | bytes | capacity.trailing_zeros(),
        ))
    }

    /// Of the first word in memory.
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

    /// All that a queue takes. `None` when that is more than there can be.
    pub fn words(self) -> Option<usize> {
        (SLOT_HEADER + self.value_words())
            .checked_mul(self.capacity())?
            .checked_add(SLOTS)
    }
}

/// What a slot carries.
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
    /// No slot is that large.
    TooLong,
    NotTaken(NotTaken),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopError {
    Empty,
    /// And nothing is left.
    Closed,
    NotTaken(NotTaken),
}

/// What somebody waits for. The numbers are JavaScript's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Side {
    /// A value, or bytes, to take out; or that no more will come.
    Out = side::OUT,
    /// Space to put something in; or that nothing more is taken.
    In = side::IN,
}

pub struct Queue<'a> {
    words: &'a [AtomicU32],
    shape: Shape,
    lot: &'a ParkingLot,
}

impl<'a> Queue<'a> {
    /// As many words as the shape says; the first one is what [`Queue::make`] left.
    pub fn new(words: &'a [AtomicU32], shape: Shape, lot: &'a ParkingLot) -> Self {
        assert!(shape.words().is_some_and(|needed| needed <= words.len()));
        Self { words, shape, lot }
    }

    /// Makes a queue of zeroed words. Returns the shape of the queue that is there: another one, when
    /// somebody was faster.
    pub fn make(words: &[AtomicU32], shape: Shape) -> Option<Shape> {
        match words[SHAPE].compare_exchange(0, shape.0, AcqRel, Acquire) {
            Ok(_) => Some(shape),
            Err(found) => Shape::from_word(found),
        }
    }

    pub fn signal(&self, side: Side) -> Signal<'a> {
        Signal::new(&self.words[Self::signal_word(side)], self.lot)
    }

    /// Where a side's signal is, in words from the beginning.
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

    /// The turn of a position's slot when it is free for it. 2 * lap fits, or wraps as laps do.
    fn free_turn(&self, position: u32) -> u32 {
        (position >> self.shape.lap_shift()) << 1
    }

    fn free_turn_of_next_lap(&self, position: u32) -> u32 {
        self.free_turn(position.wrapping_add(self.shape.capacity() as u32) & POSITION)
    }

    pub fn len(&self) -> usize {
        let head = self.words[HEAD].load(Acquire);
        let tail = self.words[TAIL].load(Acquire) >> 1;
        (tail.wrapping_sub(head) & POSITION) as usize
    }

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

    /// Returns the kind; what was in `bytes` is gone.
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

    /// What may be half overwritten: then the head has moved, and nobody will use it.
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

    /// There is something to do on the one side now. On the other one somebody may have been woken in
    /// vain, or before it was time.
    fn tell(&self, side: Side, other: Side) {
        fence(SeqCst);
        if self.signal(side).is_awaited() {
            self.signal(side).notify(1);
        }
        if self.signal(other).is_awaited() && !self.must_wait(other) {
            self.signal(other).notify(1);
        }
    }

    /// Whether there is nothing to do for who stands on this side.
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

    pub fn is_closed(&self) -> bool {
        self.words[TAIL].load(Acquire) & CLOSED != 0
    }

    /// Nothing is pushed any more; what is there can be popped.
    pub fn close(&self) {
        self.words[TAIL].fetch_or(CLOSED, AcqRel);
        self.wake_all();
    }

    /// They all look again: somebody who was woken may be gone.
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
