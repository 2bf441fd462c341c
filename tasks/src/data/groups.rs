//! Groups of numbers by the keys of their rows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::ops::Range;

use isothreads::Result;

use super::element::Element;
use super::summary::{Summary, Wanted, summarize};
use crate::check;
use crate::memory;
use crate::progress::Step;

/// The number of elements between two checks whether the task must stop.
const PART: usize = if cfg!(test) { 1 << 10 } else { 1 << 16 };

/// The groups of the rows.
pub struct Groups {
    /// The group of each row.
    of_rows: Vec<u32>,
    /// The first row of each group.
    first_rows: Vec<usize>,
}

impl Groups {
    /// Groups are in the order of the first occurrences of their keys.
    pub fn of<K: Hash + Eq>(keys: impl ExactSizeIterator<Item = K>, step: &Step<'_>) -> Result<Self> {
        let count = keys.len();
        let mut numbers = HashMap::new();
        let mut of_rows = Vec::new();
        memory::reserve(&mut of_rows, count)?;
        let mut first_rows = Vec::new();
        for (row, key) in keys.enumerate() {
            if row % PART == 0 {
                step.reached(row, 2 * count)?;
            }
            let number = match numbers.entry(key) {
                Entry::Occupied(entry) => *entry.get(),
                Entry::Vacant(entry) => {
                    let number = u32::try_from(first_rows.len())
                        .map_err(|_| check::invalid("keys", "has too many different values"))?;
                    first_rows.push(row);
                    *entry.insert(number)
                }
            };
            of_rows.push(number);
        }
        Ok(Self { of_rows, first_rows })
    }

    /// A row of each group, which has the group's key.
    pub fn first_rows(&self) -> &[usize] {
        &self.first_rows
    }

    /// The summary of each group in order. There is one value per key.
    pub fn summarize<T: Element>(&self, values: &[T], wanted: &Wanted, step: &Step<'_>) -> Result<Vec<Summary>> {
        let (mut grouped, ranges) = self.gather(values, step)?;
        let quiet = step.quiet();
        ranges
            .into_iter()
            .map(|range| {
                step.reached(values.len() + range.start, 2 * values.len())?;
                summarize(&mut grouped[range], wanted, &quiet)
            })
            .collect()
    }

    /// The values by group, and the range of each group.
    fn gather<T: Element>(&self, values: &[T], step: &Step<'_>) -> Result<(Vec<T>, Vec<Range<usize>>)> {
        let mut ends = vec![0_usize; self.first_rows.len()];
        for group in &self.of_rows {
            ends[*group as usize] += 1;
        }
        let mut start = 0;
        for end in &mut ends {
            // The start of the group for now: the place of its next value.
            start += std::mem::replace(end, start);
        }
        let Some(first) = values.first() else {
            return Ok((Vec::new(), Vec::new()));
        };
        let mut grouped = memory::filled(*first, values.len())?;
        for (groups, part) in self.of_rows.chunks(PART).zip(values.chunks(PART)) {
            step.check()?;
            for (group, value) in groups.iter().zip(part) {
                let place = &mut ends[*group as usize];
                grouped[*place] = *value;
                *place += 1;
            }
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let ranges = starts.zip(ends.iter()).map(|(start, end)| start..*end).collect();
        Ok((grouped, ranges))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::summary::Exact;
    use crate::progress::testing::{Nobody, ends_at_every_check};

    #[test]
    fn by_text() {
        let keys = ["b", "a", "b", "c", "a", "b"];
        let step = Step::only(&Nobody, "aggregate");
        let groups = Groups::of(keys.iter(), &step).unwrap();
        assert_eq!(groups.first_rows(), [0, 1, 3]);
        let found = groups
            .summarize(&[1_i32, 2, 3, 4, 5, 6], &Wanted::default(), &step)
            .unwrap();
        let sums: Vec<_> = found.iter().map(|summary| (summary.count, summary.sum)).collect();
        assert_eq!(
            sums,
            [(3, Exact::Whole(10)), (2, Exact::Whole(7)), (1, Exact::Whole(4))]
        );
    }

    #[test]
    fn by_number() {
        let keys = [0.0, f64::NAN, -0.0, 1.0, -f64::NAN];
        let step = Step::only(&Nobody, "aggregate");
        let groups = Groups::of(keys.iter().map(|key| key.key()), &step).unwrap();
        assert_eq!(groups.first_rows(), [0, 1, 3]);
        let groups = Groups::of([-1_i8, 1, -1].iter().map(|key| key.key()), &step).unwrap();
        assert_eq!(groups.first_rows(), [0, 1]);
    }

    #[test]
    fn nothing() {
        let step = Step::only(&Nobody, "aggregate");
        let groups = Groups::of(Vec::<u64>::new().into_iter(), &step).unwrap();
        assert!(
            groups
                .summarize::<f64>(&[], &Wanted::default(), &step)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn ends_when_told() {
        let keys: Vec<u32> = (0..3 * PART as u32).map(|row| row % 5).collect();
        let values: Vec<f64> = keys.iter().map(|key| f64::from(*key)).collect();
        ends_at_every_check(|observer| {
            let step = Step::only(observer, "aggregate");
            Groups::of(keys.iter(), &step)?.summarize(&values, &Wanted::default(), &step)
        });
    }

    proptest! {
        #[test]
        fn as_filtered_by_hand(rows in proptest::collection::vec((0..6_u8, -100..100_i32), 1..60)) {
            let step = Step::only(&Nobody, "aggregate");
            let groups = Groups::of(rows.iter().map(|(key, _)| *key), &step).unwrap();
            let values: Vec<i32> = rows.iter().map(|(_, value)| *value).collect();
            let found = groups.summarize(&values, &Wanted::default(), &step).unwrap();
            for (first, summary) in groups.first_rows().iter().zip(found) {
                let mut own: Vec<i32> = rows.iter().filter(|row| row.0 == rows[*first].0).map(|row| row.1).collect();
                prop_assert_eq!(summary, summarize(&mut own, &Wanted::default(), &step).unwrap());
            }
        }
    }
}
