//! A queue in shared memory, as a value that can be stored and sent to other threads.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Acquire;

use super::{Queue, Shape, Side};
use crate::shared::handle::SharedSignal;
use crate::shared::{Memory, ParkingLot};

/// A queue in memory. Keeps the memory alive.
#[derive(Clone)]
pub struct SharedQueue {
    memory: Memory,
    byte_offset: usize,
    shape: Shape,
}

impl SharedQueue {
    /// The queue that is there, whatever its shape, or a new one of `shape` in zeroed memory. `None` when the
    /// offset is not a multiple of 4, the queue would end outside the memory, or the memory holds something
    /// else.
    pub fn new(memory: Memory, byte_offset: usize, shape: Option<Shape>) -> Option<Self> {
        let first = memory.cells(byte_offset, 1)?;
        let fits = |shape: &Shape| {
            let cells = shape
                .words()
                .and_then(|words| memory.cells::<AtomicU32>(byte_offset, words));
            cells.is_some()
        };
        // Memory that is too small is not changed.
        let shape = match shape.filter(fits) {
            Some(shape) => Queue::make(first, shape)?,
            None => Shape::from_word(first[0].load(Acquire))?,
        };
        fits(&shape).then(|| Self {
            memory: memory.clone(),
            byte_offset,
            shape,
        })
    }

    pub fn get(&self) -> Queue<'_> {
        let words = self
            .shape
            .words()
            .and_then(|words| self.memory.cells(self.byte_offset, words));
        Queue::new(words.expect("checked by new()"), self.shape, ParkingLot::global())
    }

    pub fn signal(&self, side: Side) -> SharedSignal {
        let byte_offset = self.byte_offset + 4 * Queue::signal_word(side);
        SharedSignal::new(self.memory.clone(), byte_offset).expect("checked by new()")
    }

    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The address of the first byte, unique while the memory lives.
    pub fn address(&self) -> usize {
        let words: &[AtomicU32] = self.memory.cells(self.byte_offset, 1).expect("checked by new()");
        words.as_ptr().addr()
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }
}
