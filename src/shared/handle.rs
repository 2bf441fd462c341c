//! Locks in shared memory, as values that can be stored and sent to other threads.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use isothreads_codec::protocol::word_count;

use super::lock::{Lock, Taken};
use super::memory::Memory;
use super::mutex::Mutex;
use super::once::Once;
use super::parking_lot::ParkingLot;
use super::rw_lock::RwLock;
use super::semaphore::Semaphore;
use super::signal::Signal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockKind {
    Mutex,
    RwLock,
    Semaphore,
    Once,
}

impl LockKind {
    /// Finds the kind by the name of its JavaScript class.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Mutex" => Some(LockKind::Mutex),
            "RwLock" => Some(LockKind::RwLock),
            "Semaphore" => Some(LockKind::Semaphore),
            "Once" => Some(LockKind::Once),
            _ => None,
        }
    }

    /// The number of 4-byte words.
    fn words(self) -> usize {
        match self {
            LockKind::Mutex => word_count::MUTEX,
            LockKind::RwLock => word_count::RW_LOCK,
            LockKind::Semaphore => word_count::SEMAPHORE,
            LockKind::Once => word_count::ONCE,
        }
    }
}

/// A lock in memory. Keeps the memory alive.
#[derive(Clone)]
pub struct SharedLock {
    memory: Memory,
    byte_offset: usize,
    kind: LockKind,
    count: Option<Memory>,
}

impl SharedLock {
    /// `None` when the offset is not a multiple of 4, or the lock would end outside the memory. Zeroed bytes
    /// are a free lock.
    pub fn new(memory: Memory, byte_offset: usize, kind: LockKind) -> Option<Self> {
        memory.cells::<AtomicU32>(byte_offset, kind.words())?;
        Some(Self {
            memory,
            byte_offset,
            kind,
            count: None,
        })
    }

    /// Counts how many permits or read locks a thread holds, which the lock's words do not record. The count is
    /// in 4 bytes that only this thread writes; they are read when the thread has ended.
    pub fn with_count(self, count: Memory) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// The thread's count.
    pub fn count(&self) -> u32 {
        self.count_cell().map_or(0, |cell| cell.load(Relaxed))
    }

    /// The thread has taken the lock. Called by that thread.
    pub fn add_to_count(&self, request: u32) {
        if let Some(cell) = self.count_cell() {
            cell.store(cell.load(Relaxed).wrapping_add(request), Relaxed);
        }
    }

    /// The thread is about to release the lock. Called by that thread.
    pub fn take_from_count(&self, request: u32) {
        self.add_to_count(request.wrapping_neg());
    }

    fn count_cell(&self) -> Option<&AtomicU32> {
        self.count.as_ref()?.cells(0, 1)?.first()
    }

    /// True for the first call, whose caller must then set the permits.
    pub fn make_semaphore(&self, permits: u32) -> bool {
        let words = self.memory.cells::<AtomicU32>(self.byte_offset, self.kind.words());
        let limit = words.and_then(|words| words.get(1));
        limit.is_some_and(|limit| limit.compare_exchange(0, permits + 1, AcqRel, Relaxed).is_ok())
    }

    /// The thread with this number has run this [`Once`].
    pub fn finish_once(&self, holder: u32) {
        let words = self.memory.cells(self.byte_offset, 1).expect("checked by new()");
        Once::new(&words[0], ParkingLot::global()).finish(holder);
    }

    /// For a [`RwLock`] that this thread reads already; see [`RwLock::read_once_more`].
    pub fn read_once_more(&self) -> Option<Taken> {
        let words = self.memory.cells(self.byte_offset, 1).expect("checked by new()");
        RwLock::new(&words[0], ParkingLot::global()).read_once_more()
    }

    /// The address of the first byte, unique while the memory lives.
    pub fn address(&self) -> usize {
        self.memory.address() + self.byte_offset
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
            LockKind::RwLock => run(&RwLock::new(&words[0], lot)),
            LockKind::Semaphore => run(&Semaphore::new(&words[0], lot)),
            LockKind::Once => run(&Once::new(&words[0], lot)),
        }
    }
}

/// A signal in memory. Keeps the memory alive.
#[derive(Clone)]
pub struct SharedSignal {
    memory: Memory,
    byte_offset: usize,
}

impl SharedSignal {
    /// `None` when the offset is not a multiple of 4, or outside the memory.
    pub fn new(memory: Memory, byte_offset: usize) -> Option<Self> {
        memory.cells::<AtomicU32>(byte_offset, 1)?;
        Some(Self { memory, byte_offset })
    }

    pub fn get(&self) -> Signal<'_> {
        let words = self.memory.cells(self.byte_offset, 1).expect("checked by new()");
        Signal::new(&words[0], ParkingLot::global())
    }
}
