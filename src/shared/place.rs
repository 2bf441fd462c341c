//! What threads meet at, somewhere in shared memory, as values that can be kept and sent to other
//! threads.

use std::sync::atomic::AtomicU32;

use super::barrier::Barrier;
use super::condvar::Condvar;
use super::latch::Latch;
use super::memory::Memory;
use super::parking_lot::ParkingLot;

/// Words in memory. Keeps the memory.
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

    fn words(&self) -> &[AtomicU32; WORDS] {
        let words = self.memory.cells(self.byte_offset, WORDS);
        words.and_then(|words| words.try_into().ok()).expect("checked by new()")
    }
}

macro_rules! shared {
    ($($name:ident: $count:literal words, $type:ident::new($words:ident $(, $index:literal)?);)*) => {$(
        #[derive(Clone)]
        pub struct $name(Place<$count>);

        impl $name {
            /// `None` when the offset is not a multiple of 4, or the bytes end outside. Zeroed bytes
            /// are a new one.
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
    SharedCondvar: 1 words, Condvar::new(words, 0);
    SharedLatch: 3 words, Latch::new(words);
    SharedBarrier: 2 words, Barrier::new(words);
}
