//! Memory that several threads use at the same time, JavaScript threads among them.
//!
//! There is never a `&mut` to any of it, nor a `&` to plain numbers in it: either reference promises that no
//! other thread writes meanwhile, and that cannot be promised of a SharedArrayBuffer. There are only references
//! to atomics, whose methods take `&self` and whose bytes may change at any time. JavaScript's plain reads and
//! writes are outside Rust's memory model. For the machine they are loads and stores of the same size, which do
//! not tear an aligned number. `Atomics` compile to the machine's atomic instructions, as Rust's atomics do.
//! <https://tc39.es/ecma262/#sec-shared-memory-guarantees>

pub mod blocks;
mod weak;

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

pub use self::weak::{Watch, WeakMemory};

/// Keeps bytes at their address until it is dropped.
pub trait Owner: Send + Sync {
    /// For bytes that have other owners too. `None` when its own `Arc` counts all owners.
    fn watch(&self) -> Option<Arc<dyn Watch>> {
        None
    }
}

impl Owner for () {}
impl Owner for Arc<[AtomicU64]> {}
impl Owner for Vec<AtomicU64> {}

/// Bytes that stay at their address while any clone of this lives.
#[derive(Clone)]
pub struct Memory {
    data: NonNull<u8>,
    length: usize,
    owner: Arc<dyn Owner>,
}

// SAFETY: any thread may use the memory at any time through atomics, and `cells` is the only access. The owner
// is `Send + Sync` itself.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// A number that is only accessed atomically.
///
/// # Safety
/// Every access through `&self` is atomic, and every bit pattern is valid.
pub unsafe trait Atomic {}

// SAFETY: an atomic integer of the standard library.
unsafe impl Atomic for AtomicU8 {}
// SAFETY: as above.
unsafe impl Atomic for AtomicU16 {}
// SAFETY: as above.
unsafe impl Atomic for AtomicU32 {}
// SAFETY: as above.
unsafe impl Atomic for AtomicU64 {}

impl Memory {
    /// # Safety
    /// `data` points to `length` initialised bytes, aligned to 8 bytes. They stay valid until `owner` is
    /// dropped. Rust code accesses them only atomically.
    pub unsafe fn new(data: *mut u8, length: usize, owner: Arc<dyn Owner>) -> Self {
        // An empty buffer may have no memory at all.
        let data = NonNull::new(data).unwrap_or(NonNull::<u64>::dangling().cast());
        Self { data, length, owner }
    }

    /// Newly allocated zeroed memory, for Rust threads only.
    pub fn zeroed(length: usize) -> Self {
        let words: Arc<[AtomicU64]> = (0..length.div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
        let data = words.as_ptr().cast_mut().cast();
        // SAFETY: the words live as long as their owner, and are atomics.
        unsafe { Self::new(data, length, Arc::new(words)) }
    }

    /// As `zeroed`; `None` when the allocation fails.
    pub fn try_zeroed(length: usize) -> Option<Self> {
        let count = length.div_ceil(8);
        let mut words = Vec::new();
        words.try_reserve_exact(count).ok()?;
        words.resize_with(count, || AtomicU64::new(0));
        let data = words.as_mut_ptr().cast();
        // SAFETY: the words live as long as their owner, in the same place, and are atomics.
        Some(unsafe { Self::new(data, length, Arc::new(words)) })
    }

    /// Newly allocated memory with these bytes in it.
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

    /// The address of the first byte, to compare memories with each other.
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

    /// `count` numbers from `byte_offset` on; `None` when they are not aligned, or end outside the memory.
    pub fn cells<C: Atomic>(&self, byte_offset: usize, count: usize) -> Option<&[C]> {
        let end = count.checked_mul(size_of::<C>())?.checked_add(byte_offset)?;
        // SAFETY: within the bytes, or one past their end.
        let start = unsafe { self.data.as_ptr().add(byte_offset.min(self.length)) };
        if end > self.length || !start.cast::<C>().is_aligned() {
            return None;
        }
        // SAFETY: the bytes are initialised and aligned, and live as long as `self`. Other threads may change
        // atomics while this reference lives.
        Some(unsafe { std::slice::from_raw_parts(start.cast(), count) })
    }
}
