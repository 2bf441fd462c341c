//! Sorting: elements are copied to private memory, sorted there and copied back.

use super::element::Element;
use super::reduce::for_blocks;
use super::threads::{self, BLOCK, Cost};
use super::{Cell, Failure};
use crate::shared::memory::blocks;

/// Sorts in the order of `TypedArray.prototype.sort`. Concurrent writes may be lost.
pub fn sort<T: Element>(cells: &[Cell<T>]) -> Result<(), Failure> {
    match T::KEYS {
        Some(keys) if cells.len() > keys / 8 => count_and_write::<T>(cells, keys),
        _ => return sort_keys::<T>(cells),
    }
    Ok(())
}

fn sort_keys<T: Element>(cells: &[Cell<T>]) -> Result<(), Failure> {
    let mut keys = zeroed::<T::Key>(cells.len())?;
    if threads::is_spread(cells.len(), Cost::SCATTERED) {
        let mut aside = zeroed::<T::Key>(cells.len())?;
        threads::install(|| sort_parts::<T>(cells, &mut keys, &mut aside, num_cpus::get(), false));
    } else {
        read_keys::<T>(cells, &mut keys);
        keys.sort_unstable();
    }
    threads::for_chunks(cells.len(), Cost::of_move::<T>(), |range| {
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

/// Memory that the system zeroes on first access, by the thread that makes it.
fn zeroed<K: Copy + Default>(length: usize) -> Result<Vec<K>, Failure> {
    let mut keys: Vec<K> = Vec::new();
    keys.try_reserve_exact(length).map_err(|_| Failure::OutOfMemory)?;
    drop(keys);
    Ok(vec![K::default(); length])
}

fn read_keys<T: Element>(cells: &[Cell<T>], keys: &mut [T::Key]) {
    let mut rest = keys.iter_mut();
    for_blocks(cells, |block: &[T]| {
        for (&element, key) in block.iter().zip(&mut rest) {
            *key = element.key();
        }
    });
}

/// Sorts one part per thread in parallel, then merges the parts in pairs, each time into the other of the two
/// buffers. The result ends up in `aside` or in `keys`.
fn sort_parts<T: Element>(
    cells: &[Cell<T>],
    keys: &mut [T::Key],
    aside: &mut [T::Key],
    threads: usize,
    is_left_aside: bool,
) {
    if threads < 2 {
        let keys = if is_left_aside { aside } else { keys };
        read_keys::<T>(cells, keys);
        return keys.sort_unstable();
    }
    let middle = keys.len() / 2;
    let (low_cells, high_cells) = cells.split_at(middle);
    let (low, high) = keys.split_at_mut(middle);
    let (low_aside, high_aside) = aside.split_at_mut(middle);
    rayon::join(
        || sort_parts::<T>(low_cells, low, low_aside, threads / 2, !is_left_aside),
        || sort_parts::<T>(high_cells, high, high_aside, threads - threads / 2, !is_left_aside),
    );
    match is_left_aside {
        true => merge(low, high, aside, threads),
        false => merge(low_aside, high_aside, keys, threads),
    }
}

/// Merges two sorted lists on several threads.
fn merge<K: Ord + Copy + Send + Sync>(low: &[K], high: &[K], into: &mut [K], threads: usize) {
    if threads < 2 || low.is_empty() || high.is_empty() {
        return merge_alone(low, high, into);
    }
    let middle = low.len() / 2;
    let place = high.partition_point(|key| key < &low[middle]);
    let (into_below, into_above) = into.split_at_mut(middle + place);
    let ((low_below, low_above), (high_below, high_above)) = (low.split_at(middle), high.split_at(place));
    rayon::join(
        || merge(low_below, high_below, into_below, threads / 2),
        || merge(low_above, high_above, into_above, threads - threads / 2),
    );
}

/// Merges without branches on the comparisons, which are unpredictable.
fn merge_alone<K: Ord + Copy>(low: &[K], high: &[K], into: &mut [K]) {
    let (mut at_low, mut at_high) = (0, 0);
    while at_low < low.len() && at_high < high.len() {
        let (a, b) = (low[at_low], high[at_high]);
        let is_high = b < a;
        into[at_low + at_high] = if is_high { b } else { a };
        at_high += usize::from(is_high);
        at_low += usize::from(!is_high);
    }
    let (low, high) = (&low[at_low..], &high[at_high..]);
    into[at_low + at_high..][..low.len()].copy_from_slice(low);
    into[at_low + at_high + low.len()..].copy_from_slice(high);
}

/// Counting sort, for types with few different elements.
fn count_and_write<T: Element>(cells: &[Cell<T>], keys: usize) {
    let parts = threads::fold(
        cells.len(),
        Cost::LOOKUP,
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

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::{merge, sort_parts};
    use crate::shared::memory::blocks;
    use crate::shared::view::element::Element;
    use std::sync::atomic::AtomicU32;

    fn keys(numbers: &[i32]) -> Vec<<i32 as Element>::Key> {
        numbers.iter().map(|&number| number.key()).collect()
    }

    proptest! {
        #[test]
        fn sorts_with_any_number_of_threads(
            numbers in prop::collection::vec(any::<i8>().prop_map(i32::from), 0..300),
            threads in 1_usize..9,
            is_left_aside: bool,
        ) {
            let cells: Vec<AtomicU32> = numbers.iter().map(|_| AtomicU32::new(0)).collect();
            blocks::write::<i32>(&cells, &numbers);
            let mut sorted = [keys(&numbers), keys(&numbers)];
            let [in_place, aside] = &mut sorted;
            sort_parts::<i32>(&cells, in_place, aside, threads, is_left_aside);
            let mut expected = keys(&numbers);
            expected.sort_unstable();
            prop_assert_eq!(&sorted[usize::from(is_left_aside)], &expected);
        }

        #[test]
        fn merges_with_any_number_of_threads(
            mut low in prop::collection::vec(0_u8..20, 0..100),
            mut high in prop::collection::vec(0_u8..20, 0..100),
            threads in 1_usize..9,
        ) {
            low.sort_unstable();
            high.sort_unstable();
            let mut merged = vec![0; low.len() + high.len()];
            merge(&low, &high, &mut merged, threads);
            let mut expected = [low, high].concat();
            expected.sort_unstable();
            prop_assert_eq!(merged, expected);
        }
    }
}
