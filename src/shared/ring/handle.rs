//! A ring in shared memory, as a value that can be stored and sent to other threads.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Acquire;

use super::{HEADER, LARGEST, Ring};
use crate::shared::handle::SharedSignal;
use crate::shared::queue::Side;
use crate::shared::{Memory, ParkingLot};

/// A ring in memory. Keeps the memory alive.
#[derive(Clone)]
pub struct SharedRing {
    memory: Memory,
    byte_offset: usize,
    capacity: usize,
}

impl SharedRing {
    /// The ring that is there, whatever its size, or a new one of `capacity` bytes in zeroed memory. `None`
    /// when the offset is not a multiple of 4, the ring would end outside the memory, the memory holds
    /// something else, or the capacity is not a power of two up to 2^30.
    pub fn new(memory: Memory, byte_offset: usize, capacity: Option<usize>) -> Option<Self> {
        let first = memory.cells(byte_offset, 1)?;
        let fits = |capacity: &usize| {
            capacity.is_power_of_two()
                && *capacity <= 1 << LARGEST
                && byte_offset
                    .checked_add(4 * HEADER + capacity)
                    .is_some_and(|end| end <= memory.len())
        };
        // Memory that is too small is not changed.
        let capacity = match capacity.filter(fits) {
            Some(capacity) => Ring::make(first, capacity)?,
            None => Ring::capacity_of(first[0].load(Acquire))?,
        };
        fits(&capacity).then(|| Self {
            memory: memory.clone(),
            byte_offset,
            capacity,
        })
    }

    pub fn get(&self) -> Ring<'_> {
        let header: Option<&[AtomicU32]> = self.memory.cells(self.byte_offset, HEADER);
        let bytes = self.memory.cells(self.byte_offset + 4 * HEADER, self.capacity);
        Ring::new(
            header.expect("checked by new()"),
            bytes.expect("checked by new()"),
            ParkingLot::global(),
        )
    }

    pub fn signal(&self, side: Side) -> SharedSignal {
        let byte_offset = self.byte_offset + 4 * Ring::signal_word(side);
        SharedSignal::new(self.memory.clone(), byte_offset).expect("checked by new()")
    }
}
