//! How many elements there are in each part of a range.

use super::element::Element;
use super::reduce::{self, for_blocks};
use super::threads::{self, BLOCK, Cost};
use super::{Answer, Cell, Failure, Scalar};

/// `bins` parts of the same width; the last one has the range's end, too. Without an end, that of
/// the elements.
pub fn histogram<T: Element>(
    cells: &[Cell<T>],
    bins: usize,
    min: Option<Scalar>,
    max: Option<Scalar>,
) -> Result<Answer, Failure> {
    let range = match (min, max) {
        (Some(min), Some(max)) => (min, max),
        (min, max) => match reduce::range::<T>(cells) {
            Some((smallest, largest)) => (min.unwrap_or(smallest.scalar()), max.unwrap_or(largest.scalar())),
            None => return Ok(Answer::Counts(vec![0.0; bins])),
        },
    };
    let counts = match range {
        (Scalar::BigInt(min), Scalar::BigInt(max)) => {
            let width = max.saturating_sub(min).unsigned_abs();
            let find = |element: T| match element.scalar() {
                Scalar::BigInt(element) if (min..=max).contains(&element) => {
                    let part = (element - min).unsigned_abs() * bins as u128;
                    part.checked_div(width)
                        .map_or(bins - 1, |bin| (bin as usize).min(bins - 1))
                }
                _ => bins,
            };
            count(cells, bins, |block: &[T], found: &mut [u32]| {
                for (found, &element) in found.iter_mut().zip(block) {
                    *found = find(element) as u32;
                }
            })
        }
        (min, max) => {
            let (min, max) = (min.to_f64(), max.to_f64());
            if !min.is_finite() || !max.is_finite() {
                return Err(Failure::NoRange);
            }
            // As it is, but for ranges so large that something would be infinite.
            let scale = if ((max - min) * bins as f64).is_finite() {
                1.0
            } else {
                2.0_f64.powi(-64)
            };
            let (from, width) = (min * scale, max * scale - min * scale);
            let (last, outside, parts) = (bins as u32 - 1, bins as u32, bins as f64);
            // All of a range without a width is at its end.
            let first = if width > 0.0 { 0 } else { last };
            count(cells, bins, move |block: &[T], found: &mut [u32]| {
                for (found, &element) in found.iter_mut().zip(block) {
                    let element = element.scalar().to_f64();
                    let bin = ((element * scale - from) * parts / width) as i32 as u32;
                    // No branches: elements come in no order that a processor could foresee.
                    let is_within = u32::from((element >= min) & (element <= max)).wrapping_neg();
                    *found = (bin.wrapping_add(first).min(last) & is_within) | (outside & !is_within);
                }
            })
        }
    };
    Ok(Answer::Counts(counts))
}

/// How many tables are counted in, a power of two: the same bin again does not wait for the one before.
const TABLES: usize = 4;

/// Counts elements by what `find` says of a block: the bin of each; `bins` is nowhere.
fn count<T: Element>(cells: &[Cell<T>], bins: usize, find: impl Fn(&[T], &mut [u32]) + Sync) -> Vec<f64> {
    if let Some(keys @ ..=256) = T::KEYS {
        return count_by_key(cells, bins, keys, find);
    }
    // Large tables are not counted in at the same place again and again.
    let tables = if bins <= BLOCK { TABLES } else { 1 };
    let parts = threads::fold(
        cells.len(),
        Cost::LOOKUP,
        || vec![0_u64; (bins + 1) * tables],
        |counts, range| {
            let mut found = [0_u32; BLOCK];
            for_blocks(&cells[range], |block: &[T]| {
                let found = &mut found[..block.len()];
                find(block, found);
                for (index, &bin) in found.iter().enumerate() {
                    counts[bin as usize * tables + (index & (tables - 1))] += 1;
                }
            });
        },
    );
    let sum = |bin: usize| {
        parts
            .iter()
            .flat_map(|counts| &counts[bin * tables..(bin + 1) * tables])
            .sum::<u64>()
    };
    (0..bins).map(|bin| sum(bin) as f64).collect()
}

/// Counts the elements themselves first: there are few different ones.
fn count_by_key<T: Element>(
    cells: &[Cell<T>],
    bins: usize,
    keys: usize,
    find: impl Fn(&[T], &mut [u32]) + Sync,
) -> Vec<f64> {
    let parts = threads::fold(
        cells.len(),
        Cost::LOOKUP,
        || vec![[0_u64; TABLES]; keys],
        |counts, range| {
            for_blocks(&cells[range], |block: &[T]| {
                for (index, &element) in block.iter().enumerate() {
                    counts[element.key_index()][index % TABLES] += 1;
                }
            });
        },
    );
    let mut counts = vec![0.0; bins + 1];
    for key in 0..keys {
        let count: u64 = parts.iter().flat_map(|counts| counts[key]).sum();
        let mut bin = [0];
        find(&[T::from_key_index(key)], &mut bin);
        counts[bin[0] as usize] += count as f64;
    }
    counts.truncate(bins);
    counts
}
