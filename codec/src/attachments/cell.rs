//! Atomic numbers at any position in shared memory.

use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

mod sealed {
    pub trait Sealed {}
}

/// Every bit pattern is valid, and its alignment is its size.
pub trait Cell: sealed::Sealed {}

macro_rules! cells {
    ($($atomic:ty),*) => {$(
        impl sealed::Sealed for $atomic {}
        impl Cell for $atomic {}
    )*};
}

cells!(AtomicU8, AtomicU16, AtomicU32, AtomicU64);
