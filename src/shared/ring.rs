//! A stream of bytes in shared memory from one writer to one reader: Lamport's ring buffer. Each side writes
//! only its own position. <https://doi.org/10.1145/357172.357176>
//!
//! The header, each word on a cache line of its own: the capacity, the tail (the number of bytes written,
//! modulo 2^32), the head (the number of bytes read), the words of the two [`Signal`]s, the state, and the
//! numbers of the threads that have claimed the two ends. The reason for a destruction follows as text, then
//! the bytes. Zeroed memory is an empty ring, except for its first word.
//!
//! Only the thread that has claimed an end uses it. When that thread ends, the ring is marked. The reader still
//! gets the written bytes, then an error; the writer gets an error at once.

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

/// The logarithm of the largest capacity: the distance of two positions must tell full from empty.
const LARGEST: u32 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingError {
    /// There is nothing to read, or no space to write. Wait and try again.
    NotReady,
    /// A write after the end of the stream.
    Ended,
    /// The thread at the other end has ended.
    Broken,
    Destroyed,
    /// Timed out, or the thread is being terminated.
    NotTaken(NotTaken),
}

pub struct Ring<'a> {
    header: &'a [AtomicU32],
    bytes: &'a [AtomicU8],
    lot: &'a ParkingLot,
}

impl<'a> Ring<'a> {
    /// `bytes` has the length that [`Ring::make`] returned.
    pub fn new(header: &'a [AtomicU32], bytes: &'a [AtomicU8], lot: &'a ParkingLot) -> Self {
        assert!(bytes.len().is_power_of_two() && header.len() >= 8 * LINE);
        Self { header, bytes, lot }
    }

    /// Makes a ring of zeroed words. Returns the capacity of the ring that is there; `None` if the words hold
    /// something else.
    pub fn make(header: &[AtomicU32], capacity: usize) -> Option<usize> {
        let word = EXISTS | capacity.trailing_zeros();
        match header[SHAPE].compare_exchange(0, word, AcqRel, Acquire) {
            Ok(_) => Some(capacity),
            Err(found) => Self::capacity_of(found),
        }
    }

    /// The capacity that the first word of a ring records.
    pub fn capacity_of(word: u32) -> Option<usize> {
        let shift = word & !EXISTS;
        (word & EXISTS != 0 && shift <= LARGEST).then(|| 1 << shift)
    }

    pub fn signal(&self, side: Side) -> Signal<'a> {
        Signal::new(&self.header[Self::signal_word(side)], self.lot)
    }

    /// The offset of a side's signal in words.
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

    /// Makes the thread with this number the only user of this end. False when another thread has claimed it.
    pub fn claim(&self, side: Side, holder: u32) -> bool {
        match self.claim_word(side).compare_exchange(0, holder, AcqRel, Acquire) {
            Ok(_) => true,
            Err(found) => found == holder,
        }
    }

    /// Releases the end: another thread may claim it.
    pub fn release(&self, side: Side, holder: u32) {
        let _ = self.claim_word(side).compare_exchange(holder, 0, AcqRel, Acquire);
    }

    fn state(&self) -> u32 {
        self.header[STATE].load(Acquire)
    }

    /// Returns the number of bytes written, which is 0 only for an empty `from`. Only for the thread that has
    /// claimed the end.
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

    /// Returns the number of bytes read; 0 at the end of the stream. Only for the thread that has claimed the
    /// end.
    pub fn try_read(&self, into: &mut [u8]) -> Result<usize, RingError> {
        // Read before the tail, so that bytes written before the end are seen.
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

    /// Whether there is no work for a waiter of this side.
    pub fn must_wait(&self, side: Side) -> bool {
        let state = self.header[STATE].load(SeqCst);
        let head = self.header[HEAD].load(SeqCst);
        let used = self.header[TAIL].load(SeqCst).wrapping_sub(head) as usize;
        match side {
            Side::Out => used == 0 && state & (ENDED | WRITER_LOST | DESTROYED) == 0,
            Side::In => used >= self.bytes.len() && state & (ENDED | READER_LOST | DESTROYED) == 0,
        }
    }

    /// Ends the stream: later writes fail.
    pub fn end(&self) {
        self.mark(ENDED);
    }

    /// Makes all later calls of both sides fail.
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

    /// The thread with this number has ended. The other side gets an error instead of waiting for it.
    pub fn abandon(&self, holder: u32) {
        self.lose(Side::In, holder);
        self.lose(Side::Out, holder);
    }

    /// Marks the end as lost, if the thread with this number has claimed it. No other thread can claim it.
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
