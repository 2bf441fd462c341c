//! Summary statistics.

use isothreads::Result;

use super::element::Element;
use super::sort;
use crate::check;
use crate::progress::Step;

/// The requested statistics.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// 0 to 100.
    pub percentiles: Vec<f64>,
    /// Sample variance: the divisor is the count minus one.
    pub is_sample: bool,
}

/// The limit of percentiles. It is more than is needed in practice.
const MOST_PERCENTILES: usize = 1000;

impl Wanted {
    pub fn new(percentiles: Vec<f64>, is_sample: bool) -> Result<Self> {
        if percentiles.len() > MOST_PERCENTILES {
            let reason = format!(
                "must have at most {MOST_PERCENTILES} entries. Received {}",
                percentiles.len()
            );
            return Err(check::invalid("percentiles", &reason));
        }
        for percentile in &percentiles {
            check::number("percentiles", *percentile, 0.0..=100.0)?;
        }
        Ok(Self { percentiles, is_sample })
    }
}

/// Without numbers, and with a NaN among them, all values except the count are NaN. The sum of no numbers is 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    pub count: usize,
    pub sum: Exact,
    pub mean: f64,
    pub min: Exact,
    pub max: Exact,
    pub variance: f64,
    pub standard_deviation: f64,
    pub median: f64,
    /// In the requested order, interpolated linearly between two numbers.
    pub percentiles: Vec<f64>,
}

/// An integer of an integer type, or a float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Exact {
    Float(f64),
    Whole(i128),
}

impl Exact {
    pub fn of<T: Element>(number: T) -> Self {
        number
            .to_whole()
            .map_or_else(|| Self::Float(number.to_f64()), Self::Whole)
    }

    pub fn to_f64(self) -> f64 {
        match self {
            Self::Float(sum) => sum,
            Self::Whole(sum) => sum as f64,
        }
    }
}

/// The number of elements between two checks whether the task must stop.
const PART: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

/// Changes the order of the numbers.
pub fn summarize<T: Element>(values: &mut [T], wanted: &Wanted, step: &Step<'_>) -> Result<Summary> {
    let count = values.len();
    let (sum, range) = first_pass(values, step)?;
    let mean = sum.to_f64() / count as f64;
    let Some((min, max)) = range else {
        let nan = Exact::Float(f64::NAN);
        return Ok(Summary {
            count,
            sum: if count == 0 { sum } else { nan },
            mean: f64::NAN,
            min: nan,
            max: nan,
            variance: f64::NAN,
            standard_deviation: f64::NAN,
            median: f64::NAN,
            percentiles: vec![f64::NAN; wanted.percentiles.len()],
        });
    };
    let variance = squares(values, mean, step)? / (count - usize::from(wanted.is_sample)) as f64;
    let mut ranks = wanted.percentiles.clone();
    ranks.push(50.0);
    let mut percentiles = percentiles(values, &ranks, step)?;
    let median = percentiles.pop().unwrap_or(f64::NAN);
    Ok(Summary {
        count,
        sum,
        mean,
        min: Exact::of(min),
        max: Exact::of(max),
        variance,
        standard_deviation: variance.sqrt(),
        median,
        percentiles,
    })
}

/// The sum, and the smallest and the largest number; `None` without numbers, and with a NaN.
fn first_pass<T: Element>(values: &[T], step: &Step<'_>) -> Result<(Exact, Option<(T, T)>)> {
    let mut total = Total::default();
    let mut whole = Some(0_i128);
    let mut range = None;
    let mut has_nan = false;
    for (number, part) in values.chunks(PART).enumerate() {
        // The passes take about the same time.
        step.reached(number * PART, 3 * values.len())?;
        match part.iter().try_fold(0_i128, |sum, value| Some(sum + value.to_whole()?)) {
            Some(sum) => whole = whole.map(|whole| whole + sum),
            None => {
                whole = None;
                total.add_all(part, T::to_f64);
            }
        }
        let (mut min, mut max) = range.unwrap_or((part[0], part[0]));
        for value in part {
            min = if value.order(&min).is_lt() { *value } else { min };
            max = if value.order(&max).is_gt() { *value } else { max };
            has_nan |= value.is_nan();
        }
        range = Some((min, max));
    }
    let sum = whole.map_or_else(|| Exact::Float(total.sum()), Exact::Whole);
    Ok((sum, range.filter(|_| !has_nan)))
}

/// The sum of the squared deviations from the mean.
fn squares<T: Element>(values: &[T], mean: f64, step: &Step<'_>) -> Result<f64> {
    let (mut squares, mut distances) = (Total::default(), Total::default());
    for (number, part) in values.chunks(PART).enumerate() {
        step.reached(values.len() + number * PART, 3 * values.len())?;
        squares.add_all(part, |value| (value.to_f64() - mean) * (value.to_f64() - mean));
        distances.add_all(part, |value| value.to_f64() - mean);
    }
    let squares = squares.sum();
    if !squares.is_finite() {
        // Infinite numbers: the `max` below would turn NaN into 0.
        return Ok(squares);
    }
    // Corrects for the rounding of the mean, due to which the deviations do not add up to zero.
    let left = distances.sum();
    Ok((squares - left * left / values.len() as f64).max(0.0))
}

/// A sum with its rounding errors (Knuth's TwoSum), in lanes that the processor adds in parallel.
#[derive(Default)]
struct Total {
    sums: [f64; LANES],
    errors: [f64; LANES],
    /// The plain sum, which is the result if it is not finite.
    plain: f64,
}

const LANES: usize = 8;

impl Total {
    fn add_all<T: Element>(&mut self, values: &[T], number_of: impl Fn(T) -> f64) {
        let (groups, rest) = values.as_chunks::<LANES>();
        for group in groups {
            for (lane, value) in group.iter().enumerate() {
                let value = number_of(*value);
                (self.sums[lane], self.errors[lane]) = two_sum(self.sums[lane], self.errors[lane], value);
            }
        }
        for value in rest {
            (self.sums[0], self.errors[0]) = two_sum(self.sums[0], self.errors[0], number_of(*value));
        }
        // Cheap in comparison, and correct where the compensated sum is not: for infinite sums.
        self.plain += values.iter().map(|value| number_of(*value)).sum::<f64>();
    }

    fn sum(&self) -> f64 {
        let (sum, error) = self
            .sums
            .iter()
            .fold((0.0, 0.0), |(sum, error), lane| two_sum(sum, error, *lane));
        let sum = sum + (error + self.errors.iter().sum::<f64>());
        if sum.is_finite() { sum } else { self.plain }
    }
}

#[inline]
fn two_sum(sum: f64, error: f64, value: f64) -> (f64, f64) {
    let next = sum + value;
    let rounded = next - sum;
    (next, error + ((sum - (next - rounded)) + (value - rounded)))
}

/// As the default of NumPy's `percentile`. `values` is not empty and has no NaN.
fn percentiles<T: Element>(values: &mut [T], ranks: &[f64], step: &Step<'_>) -> Result<Vec<f64>> {
    /// Up to this number, each percentile is selected without sorting.
    const FEW: usize = 8;
    let is_sorted = ranks.len() > FEW;
    if is_sorted {
        sort::sort(values, step)?;
    }
    ranks
        .iter()
        .enumerate()
        .map(|(number, rank)| {
            step.reached(2 * ranks.len() + number, 3 * ranks.len())?;
            let place = rank / 100.0 * (values.len() - 1) as f64;
            let (below, share) = (place.floor() as usize, place.fract());
            let (low, high) = if is_sorted {
                (values[below], values.get(below + 1).copied())
            } else {
                let (_, low, above) = values.select_nth_unstable_by(below, T::order);
                (*low, above.iter().copied().min_by(T::order))
            };
            Ok(between(low.to_f64(), high.map_or(0.0, T::to_f64), share))
        })
        .collect()
}

fn between(low: f64, high: f64, share: f64) -> f64 {
    let distance = high - low;
    if share == 0.0 || low == high {
        low
    } else if !distance.is_finite() {
        low * (1.0 - share) + high * share
    } else if share < 0.5 {
        low + distance * share
    } else {
        high - distance * (1.0 - share)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::progress::testing::{Nobody, Witness, ends_at_every_check};

    fn summary<T: Element>(values: &[T], wanted: &Wanted) -> Summary {
        summarize(&mut values.to_vec(), wanted, &Step::only(&Nobody, "aggregate")).unwrap()
    }

    #[test]
    fn small_numbers() {
        let wanted = Wanted::new(vec![0.0, 25.0, 90.0, 100.0], false).unwrap();
        let found = summary(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], &wanted);
        assert_eq!(
            found,
            Summary {
                count: 8,
                sum: Exact::Float(40.0),
                mean: 5.0,
                min: Exact::Float(2.0),
                max: Exact::Float(9.0),
                variance: 4.0,
                standard_deviation: 2.0,
                median: 4.5,
                percentiles: vec![2.0, 4.0, 7.6, 9.0],
            }
        );
        let of_sample = Wanted {
            is_sample: true,
            ..Wanted::default()
        };
        assert_eq!(summary(&[1_u8, 2, 3, 4], &of_sample).variance, 5.0 / 3.0);
        assert!(summary(&[1_u8], &of_sample).variance.is_nan());
        assert_eq!(summary(&[7_i16], &wanted).percentiles, [7.0; 4]);
    }

    #[test]
    fn many_percentiles() {
        let ranks: Vec<f64> = (0..=100).map(f64::from).collect();
        let values: Vec<i32> = (0..=1000).rev().collect();
        let found = summary(&values, &Wanted::new(ranks.clone(), false).unwrap());
        assert_eq!(
            found.percentiles,
            ranks.iter().map(|rank| rank * 10.0).collect::<Vec<_>>()
        );
        assert_eq!(found.median, 500.0);
        assert!(Wanted::new(vec![1.0; 1001], false).is_err());
        assert!(Wanted::new(vec![-1.0], false).is_err());
        assert!(Wanted::new(vec![f64::NAN], false).is_err());
    }

    #[test]
    fn errors_do_not_add_up() {
        let found = summary(&[1e100, 1.0, -1e100], &Wanted::default());
        assert_eq!(found.sum, Exact::Float(1.0));
        let tenths = summary(&vec![0.1; 1_000_000], &Wanted::default());
        assert_eq!(tenths.sum, Exact::Float(1e5));
        assert!(tenths.variance < 1e-30);
        // Far from zero, where the squares of the values would swamp the variance.
        let far: Vec<f64> = [4.0, 7.0, 13.0, 16.0].map(|value| value + 1e9).to_vec();
        assert_eq!(summary(&far, &Wanted::default()).variance, 22.5);
    }

    #[test]
    fn large_whole_numbers() {
        let found = summary(&[i64::MAX, i64::MAX, 3], &Wanted::default());
        assert_eq!(found.sum, Exact::Whole(2 * i128::from(i64::MAX) + 3));
        assert_eq!((found.min, found.max), (Exact::Whole(3), Exact::Whole(i64::MAX.into())));
        assert_eq!(summary(&[u32::MAX; 3], &Wanted::default()).mean, f64::from(u32::MAX));
    }

    #[test]
    fn nothing_and_no_numbers() {
        let wanted = Wanted::new(vec![10.0], false).unwrap();
        let nothing = summary::<f64>(&[], &wanted);
        assert_eq!((nothing.count, nothing.sum), (0, Exact::Whole(0)));
        assert!(nothing.mean.is_nan() && nothing.min.to_f64().is_nan() && nothing.percentiles[0].is_nan());
        let with_nan = summary(&[1.0, f64::NAN, 3.0], &wanted);
        assert_eq!(with_nan.count, 3);
        assert!(with_nan.sum.to_f64().is_nan() && with_nan.max.to_f64().is_nan() && with_nan.median.is_nan());
        let infinite = summary(&[1.0, f64::INFINITY], &wanted);
        assert_eq!(
            (infinite.sum, infinite.max),
            (Exact::Float(f64::INFINITY), Exact::Float(f64::INFINITY))
        );
        assert_eq!(infinite.min, Exact::Float(1.0));
        assert!(infinite.variance.is_nan() && infinite.standard_deviation.is_nan());
        let huge = summary(&[-1e300, 1e300], &wanted);
        assert_eq!((huge.mean, huge.variance), (0.0, f64::INFINITY));
        assert_eq!(summary(&[f64::MAX, f64::MAX], &wanted).sum, Exact::Float(f64::INFINITY));
    }

    #[test]
    fn reports_and_ends() {
        let values: Vec<f64> = (0..3 * PART).map(|value| value as f64).collect();
        let witness = Witness::new();
        summarize(
            &mut values.clone(),
            &Wanted::default(),
            &Step::only(&witness, "aggregate"),
        )
        .unwrap();
        assert!(
            witness
                .reports()
                .is_sorted_by(|a, b| a.fraction < b.fraction && b.fraction <= 1.0)
        );
        assert!(witness.reports().len() > 4);
        ends_at_every_check(|observer| {
            summarize(
                &mut values.clone(),
                &Wanted::default(),
                &Step::only(observer, "aggregate"),
            )
        });
    }

    proptest! {
        #[test]
        fn as_done_by_hand(values in proptest::collection::vec(-1e6..1e6_f64, 1..50), rank in 0.0..=100.0_f64) {
            let found = summary(&values, &Wanted::new(vec![rank], false).unwrap());
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let count = values.len() as f64;
            let mean = values.iter().sum::<f64>() / count;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
            prop_assert!((found.mean - mean).abs() < 1e-6);
            prop_assert!((found.variance - variance).abs() <= variance * 1e-9);
            prop_assert_eq!((found.min, found.max), (Exact::of(sorted[0]), Exact::of(sorted[sorted.len() - 1])));
            let place = rank / 100.0 * (count - 1.0);
            let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            prop_assert!(found.percentiles[0] >= low && found.percentiles[0] <= high);
        }
    }
}
