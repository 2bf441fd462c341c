//! Compares each operation with a loop over a plain array.

mod stress;

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use proptest::prelude::*;

use super::element::Element;
use super::threads::IS_ALONE;
use super::{Answer, Failure, KINDS, Kind, Operation, Scalar, View, with_type};
use crate::shared::Memory;

/// A view of these numbers, at an offset that puts its first elements before the first whole word.
fn view<T: Element>(kind: Kind, numbers: &[T]) -> View {
    let offset = size_of::<T>();
    let memory = Memory::zeroed(offset + size_of_val(numbers));
    let view = View::new(memory, kind, offset, numbers.len()).unwrap();
    for (cell, number) in view.cells::<T>().iter().zip(numbers) {
        number.store(cell);
    }
    view
}

fn numbers<T: Element>(view: &View) -> Vec<T> {
    view.cells::<T>().iter().map(T::load).collect()
}

fn number(answer: Result<Answer, Failure>) -> f64 {
    match answer {
        Ok(Answer::Scalar(Scalar::Number(number))) => number,
        other => panic!("{other:?}"),
    }
}

/// Arrays of one block and of several blocks.
fn some<T: Arbitrary + 'static>() -> impl Strategy<Value = Vec<T>> {
    prop_oneof![
        proptest::collection::vec(any::<T>(), 0..20),
        proptest::collection::vec(any::<T>(), 2040..2060),
    ]
}

macro_rules! integers {
    ($($name:ident: $number:ty, $kind:expr;)*) => {$(
        mod $name {
            use super::*;

            fn scalar(number: i128) -> Scalar {
                if <$number>::BITS == 64 { Scalar::BigInt(number) } else { Scalar::Number(number as f64) }
            }

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(64))]

                #[test]
                fn reduces(all in some::<$number>(), wanted: $number) {
                    let view = view($kind, &all);
                    let sum = all.iter().map(|&each| i128::from(each)).sum();
                    prop_assert_eq!(view.run(Operation::Sum), Ok(Answer::Scalar(scalar(sum))));
                    let range = all.iter().min().zip(all.iter().max());
                    let range = range.map(|(&min, &max)| (scalar(min.into()), scalar(max.into())));
                    prop_assert_eq!(view.run(Operation::MinMax), Ok(Answer::Range(range)));
                    for wanted in all.first().copied().into_iter().chain([wanted]) {
                        let count = all.iter().filter(|&&each| each == wanted).count();
                        let answer = view.run(Operation::CountEqual(scalar(wanted.into())));
                        prop_assert_eq!(number(answer), count as f64);
                    }
                }

                #[test]
                fn adds(all in some::<$number>(), summand: $number, times: u64) {
                    let view = view($kind, &all);
                    view.run(Operation::AddNumber(scalar(summand.into()))).unwrap();
                    let mut expected: Vec<_> = all.iter().map(|each| each.wrapping_add(summand)).collect();
                    prop_assert_eq!(&numbers::<$number>(&view), &expected);
                    view.run(Operation::AddElements(super::view($kind, &all))).unwrap();
                    for (expected, each) in expected.iter_mut().zip(&all) {
                        *expected = expected.wrapping_add(*each);
                    }
                    prop_assert_eq!(&numbers::<$number>(&view), &expected);
                    if let Some(first) = expected.first_mut() {
                        let delta = scalar(summand.into());
                        view.run(Operation::AddMany { index: 0, delta, times }).unwrap();
                        *first = first.wrapping_add(summand.wrapping_mul(times as $number));
                        prop_assert_eq!(&numbers::<$number>(&view), &expected);
                    }
                }

                #[test]
                fn sorts(all in some::<$number>()) {
                    let view = view($kind, &all);
                    view.run(Operation::Sort).unwrap();
                    let mut expected = all;
                    expected.sort_unstable();
                    prop_assert_eq!(numbers::<$number>(&view), expected);
                }

                #[test]
                fn copies_bytes(all in some::<$number>(), value: $number) {
                    let view = view($kind, &all);
                    let copy = super::view($kind, &vec![value; all.len()]);
                    copy.run(Operation::CopyFrom(view.clone(), 0)).unwrap();
                    prop_assert_eq!(&numbers::<$number>(&copy), &all);
                    let (start, end) = (all.len() / 3, all.len() / 2);
                    view.run(Operation::Fill(scalar(value.into()), start, end)).unwrap();
                    let mut expected = all;
                    expected[start..end].fill(value);
                    prop_assert_eq!(numbers::<$number>(&view), expected);
                }

                #[test]
                fn counts(all in some::<$number>(), a: $number, b: $number, bins in 1_usize..300) {
                    let (min, max) = (a.min(b), a.max(b));
                    let (low, width) = (i128::from(min), i128::from(max) - i128::from(min));
                    let mut expected = vec![0.0; bins];
                    for &each in all.iter().filter(|each| (min..=max).contains(each)) {
                        let bin = ((i128::from(each) - low) * bins as i128).checked_div(width).unwrap_or(bins as i128);
                        expected[(bin as usize).min(bins - 1)] += 1.0;
                    }
                    let (min, max) = (Some(scalar(min.into())), Some(scalar(max.into())));
                    let answer = view($kind, &all).run(Operation::Histogram { bins, min, max });
                    prop_assert_eq!(answer, Ok(Answer::Counts(expected)));
                }

                #[test]
                fn scatters(all in some::<$number>(), picks in some::<u32>(), summand: $number) {
                    let view = view($kind, &all);
                    let length = all.len() as u32;
                    let picks: Vec<u32> = picks.into_iter().filter_map(|pick| pick.checked_rem(length)).collect();
                    let indices = super::view(Kind::Uint32, &picks);
                    let values: Vec<$number> = picks.iter().map(|&pick| pick as $number).collect();
                    let mut expected = all;
                    for (&pick, &value) in picks.iter().zip(&values) {
                        let cell = &mut expected[pick as usize];
                        *cell = cell.wrapping_add(value).wrapping_add(summand);
                    }
                    let values = Ok(super::view($kind, &values));
                    view.run(Operation::ScatterAdd { indices: indices.clone(), values }).unwrap();
                    view.run(Operation::ScatterAdd { indices, values: Err(scalar(summand.into())) }).unwrap();
                    prop_assert_eq!(numbers::<$number>(&view), expected);
                }
            }
        }
    )*};
}

integers! {
    int8: i8, Kind::Int8;
    uint8: u8, Kind::Uint8;
    int16: i16, Kind::Int16;
    uint16: u16, Kind::Uint16;
    int32: i32, Kind::Int32;
    uint32: u32, Kind::Uint32;
    int64: i64, Kind::BigInt64;
    uint64: u64, Kind::BigUint64;
}

/// The results of `Math.min` and `Math.max`.
fn naive_range(all: &[f64]) -> Option<(f64, f64)> {
    let all = all.iter().map(|&each| if each.is_nan() { f64::NAN } else { each });
    all.map(|each| (each, each)).reduce(|a, b| {
        if a.0.is_nan() || b.0.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let min = if b.0.total_cmp(&a.0).is_lt() { b.0 } else { a.0 };
        let max = if b.1.total_cmp(&a.1).is_gt() { b.1 } else { a.1 };
        (min, max)
    })
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// All floats, NaNs and both zeros often.
fn floats() -> impl Strategy<Value = Vec<f64>> {
    let usual = prop_oneof![any::<f64>(), Just(0.0), Just(-0.0), Just(1.0)];
    let any = prop_oneof![usual.clone(), Just(f64::NAN), Just(-f64::NAN)];
    prop_oneof![
        proptest::collection::vec(any.clone(), 0..20),
        proptest::collection::vec(usual.clone(), 0..70),
        proptest::collection::vec(usual, 2040..2060),
        proptest::collection::vec(any, 2040..2060),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn float_ranges(all in floats()) {
        let answer = view(Kind::Float64, &all).run(Operation::MinMax);
        let Ok(Answer::Range(range)) = answer else { panic!("{answer:?}") };
        let range = range.map(|(min, max)| (min.to_f64().to_bits(), max.to_f64().to_bits()));
        prop_assert_eq!(range, naive_range(&all).map(|(min, max)| (min.to_bits(), max.to_bits())));
    }

    #[test]
    fn float_counts(all in floats()) {
        for wanted in [0.0, f64::NAN, 1.0] {
            let count = all.iter().filter(|&&each| each == wanted).count();
            let answer = view(Kind::Float64, &all).run(Operation::CountEqual(Scalar::Number(wanted)));
            prop_assert_eq!(number(answer), count as f64);
        }
    }

    #[test]
    fn float_order(all in floats()) {
        let view = view(Kind::Float64, &all);
        view.run(Operation::Sort).unwrap();
        let mut expected = all;
        // As in JavaScript, all NaNs are equal and come last.
        expected.iter_mut().filter(|each| each.is_nan()).for_each(|each| *each = f64::NAN);
        expected.sort_by(f64::total_cmp);
        prop_assert_eq!(bits(&numbers(&view)), bits(&expected));
    }

    #[test]
    fn float_additions(all in floats(), summand: f64) {
        let view = view(Kind::Float64, &all);
        view.run(Operation::AddNumber(Scalar::Number(summand))).unwrap();
        for (sum, each) in numbers::<f64>(&view).into_iter().zip(all) {
            prop_assert!(sum == each + summand || sum.is_nan() && (each + summand).is_nan());
        }
    }

    #[test]
    fn overlapping_copies(all in some::<u16>(), shift in 0_usize..30, is_forward: bool) {
        let shift = shift.min(all.len());
        let memory = view(Kind::Uint16, &all);
        let rest = all.len() - shift;
        let part = View { length: rest, ..memory.clone() };
        let shifted = View { byte_offset: memory.byte_offset + 2 * shift, ..part.clone() };
        let mut expected = all;
        if is_forward {
            memory.run(Operation::CopyFrom(part, shift)).unwrap();
            expected.copy_within(..rest, shift);
        } else {
            memory.run(Operation::CopyFrom(shifted, 0)).unwrap();
            expected.copy_within(shift.., 0);
        }
        prop_assert_eq!(numbers::<u16>(&memory), expected);
    }

    #[test]
    fn converts(all in floats()) {
        let source = view(Kind::Float64, &all);
        let target = view(Kind::Int32, &vec![0_i32; all.len()]);
        target.run(Operation::CopyFrom(source, 0)).unwrap();
        for (&from, to) in all.iter().zip(numbers::<i32>(&target)) {
            let expected = if from.is_finite() { (from.trunc() % 4_294_967_296.0) as i64 as i32 } else { 0 };
            prop_assert_eq!(to, expected);
        }
    }
}

fn alone(view: &View, operation: Operation) -> Result<Answer, Failure> {
    IS_ALONE.set(true);
    let answer = view.run(operation);
    IS_ALONE.set(false);
    answer
}

/// Awkward numbers, in no order.
fn awkward<T: Element>(kind: Kind, length: usize) -> Vec<T> {
    let special = [
        f64::NAN,
        -0.0,
        0.0,
        0.1,
        -1e30,
        3e38,
        -3e38,
        16_777_216.0,
        1.0,
        127.0,
        128.0,
    ];
    let is_big = matches!(kind, Kind::BigInt64 | Kind::BigUint64);
    let mut state = 12345_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if is_big {
            return Scalar::BigInt(i128::from(state.cast_signed()) << 20);
        }
        let chosen = special.get((state >> 8) as usize % (special.len() * 3));
        Scalar::Number(chosen.copied().unwrap_or(f64::from(state.cast_signed()) / 64.0))
    };
    (0..length).map(|_| T::from_scalar(next())).collect()
}

fn one_thread_and_several_do_the_same<T: Element>(kind: Kind) {
    let length = ((1 << 18) / size_of::<T>() + 1001).max(70_001);
    let all: Vec<T> = awkward(kind, length);
    let source = view(kind, &all);
    let indices: Vec<u32> = (0..100_000).map(|index| index * 7919 % 1000).collect();
    let indices = view(Kind::Uint32, &indices);
    let of = |number: f64| match kind {
        Kind::BigInt64 | Kind::BigUint64 => Scalar::BigInt(number as i128),
        _ => Scalar::Number(number),
    };
    let is_float = matches!(kind, Kind::Float32 | Kind::Float64);
    let delta = if is_float { Scalar::Number(0.1) } else { of(127.0) };
    let part = View {
        length: length - 5,
        byte_offset: source.byte_offset + 5 * size_of::<T>(),
        ..source.clone()
    };
    let mut operations: Vec<Box<dyn Fn() -> Operation>> = vec![
        Box::new(|| Operation::Sum),
        Box::new(|| Operation::MinMax),
        Box::new(|| Operation::CountEqual(of(0.0))),
        Box::new(|| Operation::Fill(of(7.0), 3, length - 3)),
        Box::new(|| Operation::AddNumber(delta)),
        Box::new(|| Operation::AddElements(source.clone())),
        Box::new(|| Operation::CopyFrom(part.clone(), 0)),
        Box::new(|| Operation::Histogram {
            bins: 100,
            min: Some(of(0.0)),
            max: Some(of(100.0)),
        }),
        Box::new(|| Operation::Sort),
    ];
    // Additions of floats are rounded, so that their order shows.
    if !is_float {
        operations.push(Box::new(|| Operation::ScatterAdd {
            indices: indices.clone(),
            values: Err(of(3.0)),
        }));
    }
    for (index, operation) in operations.iter().enumerate() {
        let (here, there) = (view(kind, &all), view(kind, &all));
        // As text, in which NaN is itself.
        let answers = (alone(&here, operation()), there.run(operation()));
        assert_eq!(
            format!("{:?}", answers.0),
            format!("{:?}", answers.1),
            "{kind:?}, {index}"
        );
        let words = [here, there].map(|view| {
            let bytes = view.memory.cells::<AtomicU8>(0, view.memory.len()).unwrap();
            bytes.iter().map(|byte| byte.load(Relaxed)).collect::<Vec<_>>()
        });
        assert!(words[0] == words[1], "{kind:?}, {index}");
    }
}

#[test]
fn threads_do_the_same() {
    for kind in KINDS {
        with_type!(kind, T => one_thread_and_several_do_the_same::<T>(kind));
    }
}

#[test]
fn threads_make_the_same_sum() {
    let all: Vec<f64> = (0..1_000_000).map(|index| 1.0 / f64::from(index + 1)).collect();
    let view = view(Kind::Float64, &all);
    let spread = number(view.run(Operation::Sum));
    let alone = number(alone(&view, Operation::Sum));
    assert_eq!(spread.to_bits(), alone.to_bits());
    assert!((spread - all.iter().sum::<f64>()).abs() < 1e-9);
}

#[test]
fn large_views_are_spread_and_right() {
    let all: Vec<i32> = (0..700_001_i32)
        .map(|index| index.wrapping_mul(0x9e37_79b1_u32.cast_signed()))
        .collect();
    let view = view(Kind::Int32, &all);
    assert_eq!(
        number(view.run(Operation::Sum)),
        all.iter().map(|&each| f64::from(each)).sum::<f64>()
    );
    view.run(Operation::AddNumber(Scalar::Number(3.0))).unwrap();
    view.run(Operation::AddElements(view.clone())).unwrap();
    view.run(Operation::Sort).unwrap();
    let mut expected: Vec<i32> = all.iter().map(|each| each.wrapping_add(3).wrapping_mul(2)).collect();
    expected.sort_unstable();
    assert_eq!(numbers::<i32>(&view), expected);
    let doubles = super::tests::view(Kind::Float64, &vec![0.0; all.len()]);
    doubles.run(Operation::CopyFrom(view, 0)).unwrap();
    assert!(
        numbers::<f64>(&doubles)
            .into_iter()
            .eq(expected.into_iter().map(f64::from))
    );
}

#[test]
fn a_wrong_index_changes_nothing() {
    for (index, kind) in [(3_i32, Kind::Int32), (-1, Kind::Int32), (3, Kind::Uint32)] {
        let view = view(Kind::Uint8, &[0_u8; 3]);
        let indices = super::tests::view(kind, &[0, 1, index].map(i32::cast_unsigned));
        let values = Err(Scalar::Number(1.0));
        assert_eq!(
            view.run(Operation::ScatterAdd { indices, values }),
            Err(Failure::OutOfBounds)
        );
        assert_eq!(numbers::<u8>(&view), [0; 3]);
    }
}

#[test]
fn views_lie_within_their_memory() {
    for kind in KINDS {
        let size = kind.size();
        let memory = Memory::zeroed(64);
        assert!(View::new(memory.clone(), kind, 0, 64 / size).is_some());
        assert!(View::new(memory.clone(), kind, 64, 0).is_some());
        assert!(View::new(memory.clone(), kind, 0, 64 / size + 1).is_none());
        assert!(View::new(memory.clone(), kind, 64 + size, 0).is_none());
        assert!(View::new(memory.clone(), kind, 0, usize::MAX).is_none());
        assert_eq!(View::new(memory, kind, 1, 0).is_some(), size == 1);
    }
}

#[test]
fn histograms_of_the_widest_ranges() {
    let all = [f64::MIN, -1.0e300, 0.0, 1.0, f64::MAX, f64::NAN, f64::INFINITY];
    let range = [f64::MIN, f64::MAX].map(|end| Some(Scalar::Number(end)));
    let histogram = |min, max| view(Kind::Float64, &all).run(Operation::Histogram { bins: 2, min, max });
    assert_eq!(histogram(range[0], range[1]), Ok(Answer::Counts(vec![2.0, 3.0])));
    assert_eq!(histogram(None, None), Err(Failure::NoRange));
    let one = Some(Scalar::Number(1.0));
    assert_eq!(histogram(one, one), Ok(Answer::Counts(vec![0.0, 1.0])));
}
