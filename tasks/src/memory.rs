//! Allocations whose size depends on the input. A failure is an error and does not end the process.

use isothreads::{Error, Result};

use crate::check;

/// As [`Vec::reserve_exact`].
pub fn reserve<T>(vec: &mut Vec<T>, additional: usize) -> Result<()> {
    vec.try_reserve_exact(additional).map_err(|_| shortage())
}

/// As `vec![value; length]`.
pub fn filled<T: Copy>(value: T, length: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    reserve(&mut vec, length)?;
    vec.resize(length, value);
    Ok(vec)
}

pub fn shortage() -> Error {
    check::range_error("ERR_MEMORY_ALLOCATION_FAILED", "Not enough memory for the result")
}
