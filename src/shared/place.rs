//! Condition variables, latches and barriers in shared memory, as values that can be stored and sent to other
//! threads.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use isothreads_codec::protocol::word_count;

use super::barrier::Barrier;
use super::condvar::Condvar;
use super::known_barriers::members_of;
use super::latch::Latch;
use super::members::Members;
use super::memory::Memory;
use super::parking_lot::ParkingLot;

/// Words in memory. Keeps the memory alive.
#[derive(Clone)]
struct Place<const WORDS: usize> {
    memory: Memory,
    byte_offset: usize,
}

impl<const WORDS: usize> Place<WORDS> {
    fn new(memory: Memory, byte_offset: usize) -> Option<Self> {
        memory.cells::<AtomicU32>(byte_offset, WORDS)?;
        Some(Self { memory, byte_offset })
    }

    fn address(&self) -> usize {
        self.memory.address() + self.byte_offset
    }

    fn words(&self) -> &[AtomicU32; WORDS] {
        let words = self.memory.cells(self.byte_offset, WORDS);
        words.and_then(|words| words.try_into().ok()).expect("checked by new()")
    }
}

macro_rules! shared {
    ($($name:ident: $count:ident, $type:ident::new($words:ident $(, $index:literal)?);)*) => {$(
        #[derive(Clone)]
        pub struct $name(Place<{ word_count::$count }>);

        impl $name {
            /// `None` when the offset is not a multiple of 4, or the bytes end outside the memory. Zeroed bytes
            /// are the initial state.
            pub fn new(memory: Memory, byte_offset: usize) -> Option<Self> {
                Place::new(memory, byte_offset).map(Self)
            }

            pub fn get(&self) -> $type<'_> {
                let $words = self.0.words();
                $type::new($words$(.each_ref()[$index])?, ParkingLot::global())
            }
        }
    )*};
}

shared! {
    SharedCondvar: CONDVAR, Condvar::new(words, 0);
    SharedLatch: LATCH, Latch::new(words);
}

/// A barrier and the threads of its last round.
#[derive(Clone)]
pub struct SharedBarrier {
    place: Place<{ word_count::BARRIER }>,
    members: Arc<Members>,
}

impl SharedBarrier {
    /// `None` when the offset is not a multiple of 4, or the bytes end outside the memory.
    pub fn new(memory: Memory, byte_offset: usize) -> Option<Self> {
        let place = Place::new(memory, byte_offset)?;
        let members = members_of(&place.memory, place.address());
        Some(Self { place, members })
    }

    pub fn get(&self) -> Barrier<'_> {
        Barrier::new(self.place.words(), &self.members, ParkingLot::global())
    }

    pub(super) fn members(&self) -> &Arc<Members> {
        &self.members
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.place.memory
    }

    pub(super) fn byte_offset(&self) -> usize {
        self.place.byte_offset
    }

    /// Unique while the memory lives.
    pub(super) fn address(&self) -> usize {
        self.place.address()
    }
}
