//! Locks somewhere in shared memory, as values that can be kept and sent to other threads.

use std::sync::atomic::AtomicU32;

use super::lock::Lock;
use super::memory::Memory;
use super::mutex::Mutex;
use super::parking_lot::ParkingLot;
use super::signal::Signal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    Mutex,
}

impl LockKind {
    /// By the name of its JavaScript class.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Mutex" => Some(LockKind::Mutex),
            _ => None,
        }
    }

    /// 4-byte words.
    fn words(self) -> usize {
        match self {
            LockKind::Mutex => 1,
        }
    }
}

/// A lock in memory. Keeps the memory.
#[derive(Clone)]
pub struct SharedLock {
    memory: Memory,
    byte_offset: usize,
    kind: LockKind,
}

impl SharedLock {
    /// `None` when the offset is not a multiple of 4, or the lock would end outside. Zeroed bytes
    /// are a lock that nobody has.
    pub fn new(memory: Memory, byte_offset: usize, kind: LockKind) -> Option<Self> {
        memory.cells::<AtomicU32>(byte_offset, kind.words())?;
        Some(Self {
            memory,
            byte_offset,
            kind,
        })
    }

    pub fn kind(&self) -> LockKind {
        self.kind
    }

    pub fn with<T>(&self, run: impl FnOnce(&dyn Lock) -> T) -> T {
        let words = self.memory.cells(self.byte_offset, self.kind.words());
        let words: &[AtomicU32] = words.expect("checked by new()");
        let lot = ParkingLot::global();
        match self.kind {
            LockKind::Mutex => run(&Mutex::new(&words[0], lot)),
        }
    }
}

/// A signal in memory. Keeps the memory.
#[derive(Clone)]
pub struct SharedSignal {
    memory: Memory,
    byte_offset: usize,
}

impl SharedSignal {
    /// `None` when the offset is not a multiple of 4, or outside.
    pub fn new(memory: Memory, byte_offset: usize) -> Option<Self> {
        memory.cells::<AtomicU32>(byte_offset, 1)?;
        Some(Self { memory, byte_offset })
    }

    pub fn get(&self) -> Signal<'_> {
        let words = self.memory.cells(self.byte_offset, 1).expect("checked by new()");
        Signal::new(&words[0], ParkingLot::global())
    }
}
