//! How many elements there are in each part of a range.

use super::element::Element;
use super::reduce::{self, for_blocks};
use super::{Answer, Cell, Failure, Scalar, threads};

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
            let find = |element: Scalar| match element {
                Scalar::BigInt(element) if (min..=max).contains(&element) => {
                    // There is an element between them.
                    let width = (max - min).unsigned_abs();
                    let part = (element - min).unsigned_abs() * bins as u128;
                    Some(part.checked_div(width).map_or(bins - 1, |bin| bin as usize))
                }
                _ => None,
            };
            count(cells, bins, |element: T| find(element.scalar()))
        }
        (min, max) => {
            let (min, max) = (min.to_f64(), max.to_f64());
            if !min.is_finite() || !max.is_finite() {
                return Err(Failure::NoRange);
            }
            // As it is, but for ranges so large that something would be infinite.
            let scale = if ((max - min) * bins as f64).is_finite() { 1.0 } else { 2.0_f64.powi(-64) };
            let (from, width) = (min * scale, max * scale - min * scale);
            let bin = |element: T| {
                let element = element.scalar().to_f64();
                let is_within = element >= min && element <= max;
                // The end of the range, and all of a range without a width, are behind the last bin.
                is_within.then(|| ((element * scale - from) * bins as f64 / width) as usize)
            };
            if width == 0.0 {
                count(cells, bins, |element: T| bin(element).map(|_| bins - 1))
            } else {
                count(cells, bins, bin)
            }
        }
    };
    Ok(Answer::Counts(counts))
}

/// What is behind the last bin is in the last.
fn count<T: Element>(cells: &[Cell<T>], bins: usize, find: impl Fn(T) -> Option<usize> + Sync) -> Vec<f64> {
    if let Some(keys @ ..=256) = T::KEYS {
        return count_by_key(cells, bins, keys, find);
    }
    let parts = threads::fold(
        cells.len(),
        || vec![0_u64; bins],
        |counts, range| {
            for_blocks(&cells[range], |block: &[T]| {
                for &element in block {
                    if let Some(bin) = find(element) {
                        counts[bin.min(bins - 1)] += 1;
                    }
                }
            });
        },
    );
    (0..bins).map(|bin| parts.iter().map(|counts| counts[bin]).sum::<u64>() as f64).collect()
}

/// Counts the elements themselves first: there are few different ones.
fn count_by_key<T: Element>(
    cells: &[Cell<T>],
    bins: usize,
    keys: usize,
    find: impl Fn(T) -> Option<usize> + Sync,
) -> Vec<f64> {
    let parts = threads::fold(
        cells.len(),
        // Several of each: the same element again does not wait for the one before.
        || vec![[0_u64; 4]; keys],
        |counts, range| {
            for_blocks(&cells[range], |block: &[T]| {
                for (index, &element) in block.iter().enumerate() {
                    counts[element.key_index()][index % 4] += 1;
                }
            });
        },
    );
    let mut counts = vec![0.0; bins];
    for key in 0..keys {
        if let Some(bin) = find(T::from_key_index(key)) {
            let count: u64 = parts.iter().map(|counts| counts[key].iter().sum::<u64>()).sum();
            counts[bin.min(bins - 1)] += count as f64;
        }
    }
    counts
}
