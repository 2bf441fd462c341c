//! The element types with JavaScript's arithmetic for each.

use std::iter;
use std::ops::Add;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};

use super::convert::ConvertFromAny;
use super::{Answer, Scalar};
use crate::shared::memory::blocks::Plain;

/// A cell whose bit pattern can be read, and replaced if it has not changed.
pub trait Bits {
    type Pattern: Copy + Eq;

    fn load(&self) -> Self::Pattern;

    /// `Err` has the current pattern, which may equal `old` after a spurious failure.
    fn replace(&self, old: Self::Pattern, new: Self::Pattern) -> Result<(), Self::Pattern>;
}

macro_rules! bits {
    ($($cell:ty: $pattern:ty, $ordering:expr;)*) => {$(
        impl Bits for $cell {
            type Pattern = $pattern;

            fn load(&self) -> $pattern {
                self.load($ordering)
            }

            fn replace(&self, old: $pattern, new: $pattern) -> Result<(), $pattern> {
                self.compare_exchange_weak(old, new, $ordering, $ordering).map(drop)
            }
        }
    )*};
}

bits! {
    AtomicU8: u8, Relaxed;
    AtomicU16: u16, Relaxed;
    AtomicU32: u32, Relaxed;
    AtomicU64: u64, Relaxed;
}

#[cfg(all(test, loom))]
bits! {
    loom::sync::atomic::AtomicU64: u64, Relaxed;
}

/// Replaces a cell's pattern by `change` of it, and repeats until no other thread interferes.
pub fn update<B: Bits>(cell: &B, mut change: impl FnMut(B::Pattern) -> B::Pattern) {
    let mut old = cell.load();
    while let Err(current) = cell.replace(old, change(old)) {
        old = current;
    }
}

pub trait Element: Plain + ConvertFromAny + PartialEq + Default + Send + Sync {
    /// The type in which sums are computed.
    type Sum: Copy + Default + Send + Sync + Add<Output = Self::Sum>;
    /// A key in the order of `TypedArray.prototype.sort`. There are only two key types, to keep the binary
    /// small.
    type Key: Ord + Copy + Default + Send + Sync;

    fn from_scalar(scalar: Scalar) -> Self;
    fn scalar(self) -> Scalar;

    fn plus(self, other: Self) -> Self;
    /// Adds to a cell without losing concurrent additions.
    fn add_to(self, cell: &Self::Cell);
    /// Adds to a cell `times` times.
    fn add_many_to(self, cell: &Self::Cell, times: u64);

    /// The sum of at most a block.
    fn sum(block: &[Self]) -> Self::Sum;
    fn answer(sum: Self::Sum) -> Answer;
    fn count(block: &[Self], value: Self) -> usize;
    /// The smallest and the largest element of a non-empty block.
    fn range(block: &[Self]) -> (Self, Self);
    /// As `Math.min`.
    fn lesser(self, other: Self) -> Self;
    /// As `Math.max`.
    fn greater(self, other: Self) -> Self;

    fn key(self) -> Self::Key;
    fn from_key(key: Self::Key) -> Self;
    /// The number of different keys, for types that have few. Then `key_index` is the index of a key.
    const KEYS: Option<usize> = None;
    fn key_index(self) -> usize {
        0
    }
    fn from_key_index(_index: usize) -> Self {
        Self::default()
    }
}

/// Sums and counts of a block of integers, computed in a type that is wide enough.
trait BlockSum: Sized {
    fn block_sum(block: &[Self]) -> i128;
    fn block_count(block: &[Self], value: Self) -> usize;
}

macro_rules! block_sum {
    // `$elements` values fit the narrow type, which fills vectors best.
    ($($number:ty: $narrow:ty, $elements:expr, $counter:ty, $counted:expr;)*) => {$(
        impl BlockSum for $number {
            fn block_sum(block: &[Self]) -> i128 {
                let sums = block.chunks($elements).map(|part| {
                    part.iter().fold(0, |sum: $narrow, &element| sum + element as $narrow)
                });
                sums.map(|sum| sum as i128).sum()
            }

            fn block_count(block: &[Self], value: Self) -> usize {
                let counts = block.chunks($counted).map(|part| {
                    part.iter().fold(0, |count: $counter, &element| count + (element == value) as $counter)
                });
                counts.map(|count| count as usize).sum()
            }
        }
    )*};
}

block_sum! {
    i8: i16, 256, u8, 255;
    u8: u16, 256, u8, 255;
    i16: i32, 65536, u16, 32768;
    u16: u32, 65536, u16, 32768;
    i32: i64, 1 << 31, u32, 1 << 31;
    u32: u64, 1 << 31, u32, 1 << 31;
    i64: i128, 1 << 31, u64, 1 << 31;
    u64: i128, 1 << 31, u64, 1 << 31;
}

macro_rules! integer {
    ($number:ty, $scalar:ident($as:ty), $answer:expr, $key:ty, $($few:tt)*) => {
        impl Element for $number {
            type Sum = i128;
            type Key = $key;

            fn from_scalar(scalar: Scalar) -> Self {
                match scalar {
                    Scalar::Number(number) => number as i64 as Self,
                    Scalar::BigInt(number) => number as Self,
                }
            }

            fn scalar(self) -> Scalar {
                Scalar::$scalar(self as $as)
            }

            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            fn add_to(self, cell: &Self::Cell) {
                cell.fetch_add(self as _, Relaxed);
            }

            fn add_many_to(self, cell: &Self::Cell, times: u64) {
                self.wrapping_mul(times as Self).add_to(cell);
            }

            fn sum(block: &[Self]) -> i128 {
                Self::block_sum(block)
            }

            fn answer(sum: i128) -> Answer {
                $answer(sum)
            }

            fn count(block: &[Self], value: Self) -> usize {
                Self::block_count(block, value)
            }

            fn range(block: &[Self]) -> (Self, Self) {
                let first = (block[0], block[0]);
                block.iter().fold(first, |(min, max), &element| (min.min(element), max.max(element)))
            }

            fn lesser(self, other: Self) -> Self {
                self.min(other)
            }

            fn greater(self, other: Self) -> Self {
                self.max(other)
            }

            fn key(self) -> $key {
                // Maps the type's minimum to the key's minimum.
                (self as $key).wrapping_add(<$key>::MIN.wrapping_sub(Self::MIN as $key))
            }

            fn from_key(key: $key) -> Self {
                key.wrapping_sub(<$key>::MIN.wrapping_sub(Self::MIN as $key)) as Self
            }

            $($few)*
        }
    };
}

macro_rules! few_keys {
    ($number:ty) => {
        const KEYS: Option<usize> = Some(1 << <$number>::BITS);

        fn key_index(self) -> usize {
            (i32::from(self) - i32::from(<$number>::MIN)) as usize
        }

        fn from_key_index(index: usize) -> Self {
            (index as i32 + i32::from(<$number>::MIN)) as Self
        }
    };
}

fn number(sum: i128) -> Answer {
    Answer::Scalar(Scalar::Number(sum as f64))
}

fn big_int(sum: i128) -> Answer {
    Answer::Scalar(Scalar::BigInt(sum))
}

integer!(i8, Number(f64), number, i32, few_keys! { i8 });
integer!(u8, Number(f64), number, i32, few_keys! { u8 });
integer!(i16, Number(f64), number, i32, few_keys! { i16 });
integer!(u16, Number(f64), number, i32, few_keys! { u16 });
integer!(i32, Number(f64), number, i32,);
integer!(u32, Number(f64), number, i32,);
integer!(i64, BigInt(i128), big_int, i64,);
integer!(u64, BigInt(i128), big_int, i64,);

/// Independent accumulators, so that no addition or comparison waits for the one before.
const LANES: usize = 16;

/// The largest number of additions between two checks for changes by other threads.
const LONGEST_BATCH: u64 = 4096;

/// Adds to a cell `times` times and rounds each time, as a loop would. While no other thread changes the cell,
/// many additions are stored at once. After an interference the batch is computed again at half the size, down
/// to a single addition, so the function ends under any contention.
pub fn add_many<B: Bits>(cell: &B, times: u64, add: impl Fn(B::Pattern) -> B::Pattern) {
    let mut left = times;
    let mut batch = 1;
    let mut old = cell.load();
    while left > 0 {
        let count = batch.min(left);
        let mut new = old;
        for _ in 0..count {
            let next = add(new);
            if next == new {
                // Further additions change nothing.
                break;
            }
            new = next;
        }
        match cell.replace(old, new) {
            Ok(()) => {
                left -= count;
                batch = (batch * 2).min(LONGEST_BATCH);
                old = new;
            }
            Err(current) => {
                batch = (batch / 2).max(1);
                old = current;
            }
        }
    }
}

macro_rules! float {
    ($number:ty, $key:ty) => {
        impl Element for $number {
            type Sum = f64;
            type Key = $key;

            fn from_scalar(scalar: Scalar) -> Self {
                match scalar {
                    Scalar::Number(number) => number as Self,
                    Scalar::BigInt(number) => number as Self,
                }
            }

            fn scalar(self) -> Scalar {
                Scalar::Number(f64::from(self))
            }

            fn plus(self, other: Self) -> Self {
                self + other
            }

            fn add_to(self, cell: &Self::Cell) {
                update(cell, |bits| (Self::from_bits(bits) + self).to_bits());
            }

            fn add_many_to(self, cell: &Self::Cell, times: u64) {
                add_many(cell, times, |bits| (Self::from_bits(bits) + self).to_bits());
            }

            fn sum(block: &[Self]) -> f64 {
                let mut sums = [0.0; LANES];
                let (groups, rest) = block.as_chunks::<LANES>();
                for group in groups {
                    for (sum, &element) in iter::zip(&mut sums, group) {
                        *sum += f64::from(element);
                    }
                }
                let rest: f64 = rest.iter().fold(0.0, |sum, &element| sum + f64::from(element));
                sums.iter().sum::<f64>() + rest
            }

            fn answer(sum: f64) -> Answer {
                Answer::Scalar(Scalar::Number(sum))
            }

            fn count(block: &[Self], value: Self) -> usize {
                block
                    .iter()
                    .fold(0 as $key, |count, &element| count + (element == value) as $key) as usize
            }

            fn range(block: &[Self]) -> (Self, Self) {
                let mut smallest = [Self::INFINITY; LANES];
                let mut largest = [Self::NEG_INFINITY; LANES];
                let mut is_nan = [0 as $key; LANES];
                let (groups, rest) = block.as_chunks::<LANES>();
                for group in groups {
                    for lane in 0..LANES {
                        let element = group[lane];
                        smallest[lane] = if element < smallest[lane] {
                            element
                        } else {
                            smallest[lane]
                        };
                        largest[lane] = if element > largest[lane] {
                            element
                        } else {
                            largest[lane]
                        };
                        is_nan[lane] |= element.is_nan() as $key;
                    }
                }
                if is_nan != [0; LANES] || rest.iter().any(|element| element.is_nan()) {
                    return (Self::NAN, Self::NAN);
                }
                let mut min = smallest
                    .iter()
                    .chain(rest)
                    .fold(Self::INFINITY, |min, &element| min.min(element));
                let mut max = largest
                    .iter()
                    .chain(rest)
                    .fold(Self::NEG_INFINITY, |max, &element| max.max(element));
                // Comparisons do not tell the two zeros apart.
                if min == 0.0 {
                    min = if block
                        .iter()
                        .any(|element| element.to_bits() == Self::to_bits(-0.0))
                    {
                        -0.0
                    } else {
                        0.0
                    };
                }
                if max == 0.0 {
                    max = if block.iter().any(|element| element.to_bits() == 0) {
                        0.0
                    } else {
                        -0.0
                    };
                }
                (min, max)
            }

            fn lesser(self, other: Self) -> Self {
                if self.is_nan() || other.is_nan() {
                    return Self::NAN;
                }
                if self.total_cmp(&other).is_lt() {
                    self
                } else {
                    other
                }
            }

            fn greater(self, other: Self) -> Self {
                if self.is_nan() || other.is_nan() {
                    return Self::NAN;
                }
                if self.total_cmp(&other).is_gt() {
                    self
                } else {
                    other
                }
            }

            fn key(self) -> $key {
                // NaNs may have either sign. JavaScript sorts all of them last.
                let bits = if self.is_nan() { Self::NAN } else { self }.to_bits() as $key;
                bits ^ ((bits >> (<$key>::BITS - 1)) & <$key>::MAX)
            }

            fn from_key(key: $key) -> Self {
                Self::from_bits((key ^ ((key >> (<$key>::BITS - 1)) & <$key>::MAX)) as _)
            }
        }
    };
}

float!(f32, i32);
float!(f64, i64);
