//! Sorting: out, in private memory, and back.

use rayon::prelude::*;

use super::element::Element;
use super::reduce::for_blocks;
use super::threads::{self, BLOCK};
use super::{Cell, Failure};
use crate::shared::memory::blocks;

/// In the order of `TypedArray.prototype.sort`. What others write meanwhile may be lost.
pub fn sort<T: Element>(cells: &[Cell<T>]) -> Result<(), Failure> {
    match T::KEYS {
        Some(keys) if cells.len() > keys / 8 => count_and_write::<T>(cells, keys),
        _ => return sort_keys::<T>(cells),
    }
    Ok(())
}

fn sort_keys<T: Element>(cells: &[Cell<T>]) -> Result<(), Failure> {
    let mut keys = Vec::new();
    keys.try_reserve_exact(cells.len()).map_err(|_| Failure::OutOfMemory)?;
    for_blocks(cells, |block: &[T]| {
        keys.extend(block.iter().map(|&element| element.key()))
    });
    if threads::is_spread(cells.len()) {
        threads::install(|| keys.par_sort_unstable());
    } else {
        keys.sort_unstable();
    }
    threads::for_chunks(cells.len(), |range| {
        let mut block = [T::default(); BLOCK];
        for (cells, keys) in cells[range.clone()].chunks(BLOCK).zip(keys[range].chunks(BLOCK)) {
            let block = &mut block[..keys.len()];
            for (element, &key) in block.iter_mut().zip(keys) {
                *element = T::from_key(key);
            }
            blocks::write(cells, block);
        }
    });
    Ok(())
}

/// There are few different elements: how often there is each, says all.
fn count_and_write<T: Element>(cells: &[Cell<T>], keys: usize) {
    let parts = threads::fold(
        cells.len(),
        || vec![0_usize; keys],
        |counts, range| {
            for_blocks(&cells[range], |block: &[T]| {
                for &element in block {
                    counts[element.key_index()] += 1;
                }
            });
        },
    );
    let mut rest = cells;
    for index in 0..keys {
        let count = parts.iter().map(|counts| counts[index]).sum();
        let (cells, behind) = rest.split_at(count);
        super::copy::fill(cells, T::from_key_index(index));
        rest = behind;
    }
}
