//! Memory that several threads use at the same time, those of JavaScript among them.
//!
//! Nobody has a `&mut` to any of it, and nobody has a `&` to plain numbers in it: a reference of
//! either kind promises that no other thread writes meanwhile, which nobody can promise of a
//! SharedArrayBuffer. There are only references to atomics, whose methods take `&self` and whose
//! bytes may change at any time. JavaScript's own reads and writes are outside of Rust's memory
//! model: for the machine they are loads and stores of the same size, which cannot tear an aligned
//! number; `Atomics` are the machine's atomic instructions, as are those of Rust.
//! <https://tc39.es/ecma262/#sec-shared-memory-guarantees>

pub mod blocks;
mod weak;

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

pub use self::weak::{Watch, WeakMemory};

/// What keeps bytes where they are until it is dropped.
pub trait Owner: Send + Sync {
    /// For bytes that have other owners beside this one. Without, its `Arc` counts all of them.
    fn watch(&self) -> Option<Arc<dyn Watch>> {
        None
    }
}

impl Owner for () {}
impl Owner for Arc<[AtomicU64]> {}
impl Owner for Vec<AtomicU64> {}

/// Bytes that stay where they are for as long as one of its clones lives.
#[derive(Clone)]
pub struct Memory {
    data: NonNull<u8>,
    length: usize,
    owner: Arc<dyn Owner>,
}

// SAFETY: a pointer to memory that any thread may use at any time, only through atomics (`cells` is
// the one way in), and an owner that is `Send + Sync` itself.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

mod sealed {
    pub trait Sealed {}
}

/// An atomic number, of which every pattern of bits is valid.
pub trait Cell: sealed::Sealed {}

macro_rules! cells {
    ($($atomic:ty),*) => {$(
        impl sealed::Sealed for $atomic {}
        impl Cell for $atomic {}
    )*};
}

cells!(AtomicU8, AtomicU16, AtomicU32, AtomicU64);

impl Memory {
    /// # Safety
    /// `data` points to `length` initialised bytes that stay valid until `owner` is dropped and that
    /// nobody accesses otherwise than atomically, or from outside of Rust. It is aligned to 8 bytes.
    pub unsafe fn new(data: *mut u8, length: usize, owner: Arc<dyn Owner>) -> Self {
        // An empty buffer may have no memory at all.
        let data = NonNull::new(data).unwrap_or(NonNull::<u64>::dangling().cast());
        Self { data, length, owner }
    }

    /// Memory of its own, zeroed, for threads that are all Rust's.
    pub fn zeroed(length: usize) -> Self {
        let words: Arc<[AtomicU64]> = (0..length.div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
        let data = words.as_ptr().cast_mut().cast();
        // SAFETY: the words live as long as their owner, and are atomics.
        unsafe { Self::new(data, length, Arc::new(words)) }
    }

    /// As `zeroed`; `None` when there is not that much memory.
    pub fn try_zeroed(length: usize) -> Option<Self> {
        let count = length.div_ceil(8);
        let mut words = Vec::new();
        words.try_reserve_exact(count).ok()?;
        words.resize_with(count, || AtomicU64::new(0));
        let data = words.as_mut_ptr().cast();
        // SAFETY: the words live as long as their owner, in the same place, and are atomics.
        Some(unsafe { Self::new(data, length, Arc::new(words)) })
    }

    /// Memory of its own with these bytes in it.
    pub fn copy_of(bytes: &[u8]) -> Self {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words: Arc<[AtomicU64]> = words
            .iter()
            .chain(std::slice::from_ref(&last))
            .map(|word| AtomicU64::new(u64::from_ne_bytes(*word)))
            .collect();
        let data = words.as_ptr().cast_mut().cast();
        // SAFETY: the words live as long as their owner, and are atomics.
        unsafe { Self::new(data, bytes.len(), Arc::new(words)) }
    }

    /// Where it begins, as a number: to find out whether two memories overlap.
    pub fn address(&self) -> usize {
        self.data.as_ptr().addr()
    }

    /// In bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// `count` numbers from `byte_offset` on; `None` when that is not aligned, or ends outside.
    pub fn cells<C: Cell>(&self, byte_offset: usize, count: usize) -> Option<&[C]> {
        let end = count.checked_mul(size_of::<C>())?.checked_add(byte_offset)?;
        // SAFETY: within the bytes, or just behind them when it is none of them.
        let start = unsafe { self.data.as_ptr().add(byte_offset.min(self.length)) };
        if end > self.length || !start.cast::<C>().is_aligned() {
            return None;
        }
        // SAFETY: initialised bytes that live as long as `self`, aligned; atomics may be shared, and
        // may be changed by others while this reference lives.
        Some(unsafe { std::slice::from_raw_parts(start.cast(), count) })
    }
}
