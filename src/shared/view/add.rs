//! Additions that lose no concurrent additions of other threads.

use std::iter;

use super::convert::ConvertFrom;
use super::element::Element;
use super::reduce::for_blocks;
use super::threads::{self, BLOCK, Cost};
use super::{Cell, Failure, View, with_type};
use crate::shared::memory::blocks;

/// Adds to each cell the summand of the same index.
fn add_block<T: Element>(cells: &[Cell<T>], summands: &[T]) {
    let mut old = [T::default(); BLOCK];
    let mut new = [T::default(); BLOCK];
    let (old, new) = (&mut old[..cells.len()], &mut new[..cells.len()]);
    blocks::read(cells, old);
    for ((new, &old), &summand) in new.iter_mut().zip(&*old).zip(summands) {
        *new = old.plus(summand);
    }
    blocks::replace(cells, old, new, |first, count| {
        // Another thread has changed them, or they cannot be replaced together.
        for index in first..first + count {
            summands[index].add_to(&cells[index]);
        }
    });
}

pub fn add_number<T: Element>(cells: &[Cell<T>], summand: T) {
    let summands = [summand; BLOCK];
    threads::for_chunks(cells.len(), Cost::of_exchange::<T>(), |range| {
        for cells in cells[range].chunks(BLOCK) {
            add_block(cells, &summands[..cells.len()]);
        }
    });
}

/// The source has the same type and length. It does not overlap the view, or is at the same address.
pub fn add_elements<T: Element>(cells: &[Cell<T>], source: &View) {
    let source = source.cells::<T>();
    threads::for_chunks(cells.len(), Cost::of_exchange::<T>(), |range| {
        let mut at = range.start;
        for_blocks(&source[range], |summands: &[T]| {
            add_block(&cells[at..at + summands.len()], summands);
            at += summands.len();
        });
    });
}

/// How many indices ahead cells are prefetched.
const AHEAD: usize = 16;

/// Values have the view's type and do not overlap the view.
pub fn scatter_add<T: Element>(cells: &[Cell<T>], indices: &View, values: Result<View, T>) -> Result<(), Failure> {
    // A copy: indices that are checked must not change before they are used.
    let indices = indices_below(cells.len(), indices)?;
    let add = |indices: &[u32], values: &mut dyn Iterator<Item = T>| {
        for (position, (&index, value)) in iter::zip(indices, values).enumerate() {
            if let Some(&next) = indices.get(position + AHEAD) {
                prefetch(&cells[next as usize]);
            }
            value.add_to(&cells[index as usize]);
        }
    };
    match values {
        Ok(values) => {
            let values = values.cells::<T>();
            threads::for_chunks(indices.len(), Cost::SCATTERED, |range| {
                let mut at = range.start;
                for_blocks(&values[range], |values: &[T]| {
                    add(&indices[at..at + values.len()], &mut values.iter().copied());
                    at += values.len();
                });
            });
        }
        Err(value) => {
            threads::for_chunks(indices.len(), Cost::SCATTERED, |range| {
                add(&indices[range], &mut iter::repeat(value))
            });
        }
    }
    Ok(())
}

fn indices_below(length: usize, indices: &View) -> Result<Vec<u32>, Failure> {
    with_type!(indices.kind, I => read_indices(indices.cells::<I>(), length, |index: I| u64::convert(index)))
}

/// `number` maps negative indices to large numbers.
fn read_indices<I: Element>(cells: &[Cell<I>], length: usize, number: impl Fn(I) -> u64) -> Result<Vec<u32>, Failure> {
    let mut indices = Vec::new();
    indices
        .try_reserve_exact(cells.len())
        .map_err(|_| Failure::OutOfMemory)?;
    let limit = (length as u64).min(1 << 32);
    let mut is_within = true;
    for_blocks(cells, |block: &[I]| {
        is_within &= block.iter().fold(true, |all, &index| all & (number(index) < limit));
        indices.extend(block.iter().map(|&index| number(index) as u32));
    });
    if is_within {
        Ok(indices)
    } else {
        Err(Failure::OutOfBounds)
    }
}

#[inline(always)]
fn prefetch<C>(cell: &C) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch is a hint without an observable read.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(cell).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = cell;
}
