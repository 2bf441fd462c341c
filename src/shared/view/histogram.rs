//! Histograms: counts of elements by parts of a range.

use super::element::Element;
use super::reduce::{self, for_blocks};
use super::threads::{self, BLOCK, Cost};
use super::{Answer, Cell, Failure, Scalar};

/// `bins` parts of the same width; the last one includes the end of the range. A missing end is that of the
/// elements.
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
            // Scaled only where the range is so large that a result would be infinite.
            let scale = if ((max - min) * bins as f64).is_finite() {
                1.0
            } else {
                2.0_f64.powi(-64)
            };
            let (from, width) = (min * scale, max * scale - min * scale);
            let (last, outside, parts) = (bins as u32 - 1, bins as u32, bins as f64);
            // All elements of a range without width are in its last part.
            let first = if width > 0.0 { 0 } else { last };
            count(cells, bins, move |block: &[T], found: &mut [u32]| {
                for (found, &element) in found.iter_mut().zip(block) {
                    let element = element.scalar().to_f64();
                    let bin = ((element * scale - from) * parts / width) as i32 as u32;
                    // No branches: the order of elements is unpredictable.
                    let is_within = u32::from((element >= min) & (element <= max)).wrapping_neg();
                    *found = (bin.wrapping_add(first).min(last) & is_within) | (outside & !is_within);
                }
            })
        }
    };
    Ok(Answer::Counts(counts))
}

/// The number of interleaved tables, a power of two, so that repeated counts in one bin do not wait for each
/// other.
const TABLES: usize = 4;

/// Counts elements by bin. `find` computes the bins of a block; `bins` means outside the range.
fn count<T: Element>(cells: &[Cell<T>], bins: usize, find: impl Fn(&[T], &mut [u32]) + Sync) -> Vec<f64> {
    if let Some(keys @ ..=256) = T::KEYS {
        return count_by_key(cells, bins, keys, find);
    }
    // Counts in large tables rarely hit the same bin in a row.
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

/// Counts equal elements first: the type has few different ones.
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
