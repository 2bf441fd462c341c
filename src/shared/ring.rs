//! A stream of bytes in shared memory, from one writer to one reader: Lamport's ring. Either side
//! only ever writes its own position.
//! <https://doi.org/10.1145/357172.357176>
//!
//! The header, each word on a cache line of its own: what the ring is like, the tail (how many bytes were
//! written, modulo 2^32), the head (how many were read), the words of the two [`Signal`]s, the state,
//! and the numbers of the threads that have claimed the two ends. Then come a text that says why
//! the ring was destroyed, and the bytes. Zeroed memory is an empty ring but for its first word.
//!
//! Nobody but the thread that has claimed an end uses it. When that thread ends, the ring is marked:
//! the reader still gets what was written, then an error, and the writer an error at once.

use isothreads_codec::protocol::ring_shape::EXISTS;
#[cfg(not(all(test, loom)))]
use isothreads_codec::protocol::ring_state::HAS_REASON;
use isothreads_codec::protocol::ring_state::{DESTROYED, ENDED, READER_LOST, WRITER_LOST};
use isothreads_codec::protocol::{cache_line, ring_line};

use super::lock::NotTaken;
use super::parking_lot::ParkingLot;
use super::queue::Side;
use super::signal::Signal;
use super::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use super::sync::atomic::{AtomicU8, AtomicU32};

#[cfg(not(all(test, loom)))]
mod handle;
#[cfg(not(all(test, loom)))]
pub use handle::SharedRing;
#[cfg(not(all(test, loom)))]
mod reason;

/// Words of a cache line.
const LINE: usize = if cfg!(all(test, loom)) { 1 } else { cache_line::WORDS };

const SHAPE: usize = ring_line::SHAPE * LINE;
const TAIL: usize = ring_line::TAIL * LINE;
const HEAD: usize = ring_line::HEAD * LINE;
const BYTES_WANTED: usize = ring_line::BYTES_WANTED * LINE;
const SPACE_WANTED: usize = ring_line::SPACE_WANTED * LINE;
const STATE: usize = ring_line::STATE * LINE;
const WRITER: usize = ring_line::WRITER * LINE;
const READER: usize = ring_line::READER * LINE;
/// Of cache lines: why the ring was destroyed.
const REASON_LINES: usize = if cfg!(all(test, loom)) {
    0
} else {
    ring_line::BYTES - ring_line::REASON
};
/// The words before the bytes.
pub const HEADER: usize = (ring_line::REASON + REASON_LINES) * LINE;

/// A position's distance from the other one must tell full from empty.
const LARGEST: u32 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingError {
    /// There is nothing to read, or no space to write to. Wait, and try again.
    NotReady,
    /// Of writes: it was ended already.
    Ended,
    /// The thread at the other end is gone.
    Broken,
    Destroyed,
    /// Not within the time, or the thread is to end.
    NotTaken(NotTaken),
}

pub struct Ring<'a> {
    header: &'a [AtomicU32],
    bytes: &'a [AtomicU8],
    lot: &'a ParkingLot,
}

impl<'a> Ring<'a> {
    /// `bytes` are as many as [`Ring::make`] says.
    pub fn new(header: &'a [AtomicU32], bytes: &'a [AtomicU8], lot: &'a ParkingLot) -> Self {
        assert!(bytes.len().is_power_of_two() && header.len() >= 8 * LINE);
        Self { header, bytes, lot }
    }

    /// Makes a ring of zeroed words. Returns how many bytes the ring that is there has; `None` when it is none.
    pub fn make(header: &[AtomicU32], capacity: usize) -> Option<usize> {
        let word = EXISTS | capacity.trailing_zeros();
        match header[SHAPE].compare_exchange(0, word, AcqRel, Acquire) {
            Ok(_) => Some(capacity),
            Err(found) => Self::capacity_of(found),
        }
    }

    /// As the first word of a ring tells.
    pub fn capacity_of(word: u32) -> Option<usize> {
        let shift = word & !EXISTS;
        (word & EXISTS != 0 && shift <= LARGEST).then(|| 1 << shift)
    }

    pub fn signal(&self, side: Side) -> Signal<'a> {
        Signal::new(&self.header[Self::signal_word(side)], self.lot)
    }

    /// Where a side's signal is, in words from the beginning.
    pub fn signal_word(side: Side) -> usize {
        match side {
            Side::Out => BYTES_WANTED,
            Side::In => SPACE_WANTED,
        }
    }

    fn claim_word(&self, side: Side) -> &'a AtomicU32 {
        match side {
            Side::Out => &self.header[READER],
            Side::In => &self.header[WRITER],
        }
    }

    /// Makes the thread of this number the only one that uses this end. False when another one is.
    pub fn claim(&self, side: Side, holder: u32) -> bool {
        match self.claim_word(side).compare_exchange(0, holder, AcqRel, Acquire) {
            Ok(_) => true,
            Err(found) => found == holder,
        }
    }

    /// Another thread may claim the end.
    pub fn release(&self, side: Side, holder: u32) {
        let _ = self.claim_word(side).compare_exchange(holder, 0, AcqRel, Acquire);
    }

    fn state(&self) -> u32 {
        self.header[STATE].load(Acquire)
    }

    /// How many bytes can be read, as who has the reading end sees it.
    pub fn len(&self) -> usize {
        let head = self.header[HEAD].load(Acquire);
        self.header[TAIL].load(Acquire).wrapping_sub(head) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes were taken; not 0, but for none. Only for who has claimed the end.
    pub fn try_write(&self, from: &[u8]) -> Result<usize, RingError> {
        match self.state() {
            state if state & DESTROYED != 0 => return Err(RingError::Destroyed),
            state if state & ENDED != 0 => return Err(RingError::Ended),
            state if state & READER_LOST != 0 => return Err(RingError::Broken),
            _ => {}
        }
        let tail = self.header[TAIL].load(Relaxed);
        let used = tail.wrapping_sub(self.header[HEAD].load(Acquire)) as usize;
        let count = from.len().min(self.bytes.len() - used);
        if count == 0 && !from.is_empty() {
            return Err(RingError::NotReady);
        }
        for (index, byte) in from[..count].iter().enumerate() {
            self.byte(tail, index).store(*byte, Relaxed);
        }
        self.header[TAIL].store(tail.wrapping_add(count as u32), Release);
        self.signal(Side::Out).notify_all();
        Ok(count)
    }

    /// How many bytes were read; 0 at the end. Only for who has claimed the end.
    pub fn try_read(&self, into: &mut [u8]) -> Result<usize, RingError> {
        // Before the tail: what was written before the end is there.
        let state = self.state();
        if state & DESTROYED != 0 {
            return Err(RingError::Destroyed);
        }
        let head = self.header[HEAD].load(Relaxed);
        let available = self.header[TAIL].load(Acquire).wrapping_sub(head) as usize;
        if available == 0 {
            return match state {
                state if state & ENDED != 0 => Ok(0),
                state if state & WRITER_LOST != 0 => Err(RingError::Broken),
                _ => Err(RingError::NotReady),
            };
        }
        let count = into.len().min(available);
        for (index, byte) in into[..count].iter_mut().enumerate() {
            *byte = self.byte(head, index).load(Relaxed);
        }
        self.header[HEAD].store(head.wrapping_add(count as u32), Release);
        self.signal(Side::In).notify_all();
        Ok(count)
    }

    fn byte(&self, position: u32, index: usize) -> &'a AtomicU8 {
        &self.bytes[(position as usize).wrapping_add(index) & (self.bytes.len() - 1)]
    }

    /// Whether there is nothing to do for who stands on this side.
    pub fn must_wait(&self, side: Side) -> bool {
        let state = self.header[STATE].load(SeqCst);
        let head = self.header[HEAD].load(SeqCst);
        let used = self.header[TAIL].load(SeqCst).wrapping_sub(head) as usize;
        match side {
            Side::Out => used == 0 && state & (ENDED | WRITER_LOST | DESTROYED) == 0,
            Side::In => used >= self.bytes.len() && state & (ENDED | READER_LOST | DESTROYED) == 0,
        }
    }

    /// Nothing more is written.
    pub fn end(&self) {
        self.mark(ENDED);
    }

    /// Both sides get an error from now on.
    pub fn destroy(&self) {
        self.mark(DESTROYED);
    }

    fn mark(&self, flags: u32) {
        self.header[STATE].fetch_or(flags, AcqRel);
        self.signal(Side::Out).notify_all();
        self.signal(Side::In).notify_all();
    }

    pub fn is_held_by(&self, holder: u32) -> bool {
        [WRITER, READER]
            .iter()
            .any(|word| self.header[*word].load(Acquire) == holder)
    }

    /// The thread of this number is gone. The other side will not wait for it.
    pub fn abandon(&self, holder: u32) {
        self.lose(Side::In, holder);
        self.lose(Side::Out, holder);
    }

    /// The thread of this number does not use the end any more, if it has it; nobody else will.
    pub fn lose(&self, side: Side, holder: u32) {
        if self.claim_word(side).load(Acquire) == holder {
            self.mark(match side {
                Side::In => WRITER_LOST,
                Side::Out => READER_LOST,
            });
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
