//! Sorting in place that can be stopped.
//!
//! Quicksort, until the pieces are small enough for the standard library to sort between two checks whether the
//! task must stop. The library would divide in the same way, so this costs almost nothing.

use isothreads::Result;

use super::element::Element;
use crate::progress::Step;

/// The size of a piece that is sorted in one call, about ten milliseconds.
const PIECE: usize = if cfg!(test) { 1 << 12 } else { 1 << 19 };

/// As `TypedArray.prototype.sort()` without a function: -0 before 0, NaN last.
pub fn sort<T: Element>(values: &mut [T], step: &Step<'_>) -> Result<()> {
    step.check()?;
    let length = nans_last(values);
    let values = &mut values[..length];
    if values.is_sorted_by(|a, b| a.order(b).is_le()) {
        return Ok(());
    }
    if values.is_sorted_by(|a, b| a.order(b).is_ge()) {
        values.reverse();
        return Ok(());
    }
    let depth = 2 * length.div_ceil(PIECE).ilog2() + 8;
    let mut pieces = vec![(0..length, depth)];
    while let Some((range, depth)) = pieces.pop() {
        let piece = &mut values[range.clone()];
        // Adversarial values that divide badly are left to the library, which handles them.
        if piece.len() <= PIECE || depth == 0 {
            piece.sort_unstable_by(T::order);
            step.reached(range.end, length)?;
            continue;
        }
        step.check()?;
        let (less, more) = divide(piece);
        pieces.push((range.start + more..range.end, depth - 1));
        pieces.push((range.start..range.start + less, depth - 1));
    }
    Ok(())
}

/// Moves NaNs to the end. Returns the number of other values.
fn nans_last<T: Element>(values: &mut [T]) -> usize {
    if !values.iter().any(|value| value.is_nan()) {
        return values.len();
    }
    partition(values, |value| !value.is_nan())
}

/// Moves values below a pivot to the front. Returns the end of these, and the start of the values above the pivot.
/// The values between are equal to the pivot and in their final place.
fn divide<T: Element>(values: &mut [T]) -> (usize, usize) {
    const SAMPLE: usize = 255;
    let mut sample: Vec<T> = (0..SAMPLE)
        .map(|place| values[place * (values.len() / SAMPLE)])
        .collect();
    let (_, pivot, _) = sample.select_nth_unstable_by(SAMPLE / 2, T::order);
    let pivot = *pivot;
    let less = partition(values, |value| value.order(&pivot).is_lt());
    if less > values.len() / 8 {
        return (less, less);
    }
    // Few values are less, so many may be equal.
    let equal = partition(&mut values[less..], |value| value.order(&pivot).is_le());
    (less, less + equal)
}

/// Moves the values for which `is_front` is true to the front, and returns their number. Has no branches that
/// depend on the values.
fn partition<T: Copy>(values: &mut [T], is_front: impl Fn(&T) -> bool) -> usize {
    let mut front = 0;
    for place in 0..values.len() {
        values.swap(place, front);
        front += usize::from(is_front(&values[front]));
    }
    front
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

    fn sorted<T: Element>(mut values: Vec<T>) -> Vec<T> {
        sort(&mut values, &Step::only(&Nobody, "sort")).unwrap();
        values
    }

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    /// A fixed pseudo-random sequence.
    fn random(length: usize) -> impl Iterator<Item = u64> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        })
        .take(length)
    }

    #[test]
    fn special_numbers() {
        let nan = f64::NAN;
        let values = vec![
            nan,
            1.0,
            0.0,
            f64::INFINITY,
            -0.0,
            -nan,
            f64::NEG_INFINITY,
            -1.0,
            f64::MIN_POSITIVE,
        ];
        let expected = [
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            f64::MIN_POSITIVE,
            1.0,
            f64::INFINITY,
        ];
        let values = sorted(values);
        assert_eq!(bits(&values[..7]), bits(&expected));
        assert!(values[7..].iter().all(|value| value.is_nan()));
        assert!(sorted(vec![f32::NAN; 3]).iter().all(|value| value.is_nan()));
        assert!(sorted(Vec::<f64>::new()).is_empty());
    }

    #[test]
    fn many_pieces() {
        let length = 5 * PIECE + 1;
        let patterns: [Vec<u64>; 6] = [
            random(length).collect(),
            random(length).map(|value| value % 4).collect(),
            (0..length as u64).collect(),
            (0..length as u64).rev().collect(),
            (0..length as u64)
                .map(|value| value.min(length as u64 - value))
                .collect(),
            random(length).map(|value| u64::from(value % 1000 == 0)).collect(),
        ];
        for values in patterns {
            let mut expected = values.clone();
            expected.sort_unstable();
            assert!(sorted(values) == expected);
        }
    }

    #[test]
    fn reports_and_ends() {
        let values: Vec<f64> = random(4 * PIECE).map(|value| value as f64).collect();
        let witness = Witness::new();
        sort(&mut values.clone(), &Step::only(&witness, "sort")).unwrap();
        let reports = witness.reports();
        assert!(reports.len() >= 4);
        assert!(reports.is_sorted_by(|a, b| a.fraction < b.fraction));
        ends_at_every_check(|observer| sort(&mut values.clone(), &Step::only(observer, "sort")));
    }

    proptest! {
        #[test]
        fn as_the_library(values: Vec<f64>, whole: Vec<i8>) {
            let mut expected = values.clone();
            expected.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
                (false, false) => a.total_cmp(b),
                (a, b) => a.cmp(&b),
            });
            let values = sorted(values);
            prop_assert!(values.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()));
            let mut expected = whole.clone();
            expected.sort();
            prop_assert_eq!(sorted(whole), expected);
        }

        #[test]
        fn partitions(values: Vec<u8>, pivot: u8) {
            let mut divided = values.clone();
            let front = partition(&mut divided, |value| *value < pivot);
            prop_assert!(divided[..front].iter().all(|value| *value < pivot));
            prop_assert!(divided[front..].iter().all(|value| *value >= pivot));
            prop_assert_eq!(sorted(divided), sorted(values));
        }
    }
}
