//! Concurrent additions to the same elements lose nothing.

use std::thread;

use super::{numbers, view};
use crate::shared::view::{Kind, Operation, Scalar, View};

const ROUNDS: usize = 200;
const LENGTH: usize = 100;

/// Adds three to each element per round: once all, once by index, once alone.
fn hammer(view: &View, one: Scalar) {
    let indices: Vec<u32> = (0..LENGTH as u32).rev().collect();
    let indices = super::view(Kind::Uint32, &indices);
    for _ in 0..ROUNDS {
        view.run(Operation::AddNumber(one)).unwrap();
        let values = Err(one);
        view.run(Operation::ScatterAdd {
            indices: indices.clone(),
            values,
        })
        .unwrap();
        for index in 0..LENGTH {
            view.run(Operation::AddMany {
                index,
                delta: one,
                times: 1,
            })
            .unwrap();
        }
    }
}

macro_rules! stress {
    ($($name:ident: $number:ty, $kind:expr, $one:expr;)*) => {$(
        #[test]
        fn $name() {
            let view = view($kind, &[<$number>::default(); LENGTH]);
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| hammer(&view, $one));
                }
            });
            assert_eq!(numbers::<$number>(&view), [(4 * 3 * ROUNDS) as $number; LENGTH]);
        }
    )*};
}

stress! {
    // Several elements share a word.
    stress_uint8: u8, Kind::Uint8, Scalar::Number(1.0);
    stress_int16: i16, Kind::Int16, Scalar::Number(1.0);
    stress_int32: i32, Kind::Int32, Scalar::Number(1.0);
    stress_int64: i64, Kind::BigInt64, Scalar::BigInt(1);
    stress_float32: f32, Kind::Float32, Scalar::Number(1.0);
    stress_float64: f64, Kind::Float64, Scalar::Number(1.0);
}

#[test]
fn stress_repeated_float_additions() {
    let view = view(Kind::Float64, &[0.0; 1]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let delta = Scalar::Number(1.0);
                view.run(Operation::AddMany {
                    index: 0,
                    delta,
                    times: 1_000_000,
                })
                .unwrap();
            });
        }
    });
    assert_eq!(numbers::<f64>(&view), [4_000_000.0]);
}
