//! The costs of reading and writing: `cargo test --release -p isothreads-sdk figures -- --ignored --nocapture`.

use std::hint::black_box;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use v8_valueserializer::{ValueDeserializer, ValueSerializer};

use super::*;
use crate::Value;

#[derive(Serialize, Deserialize)]
struct Item {
    id: u32,
    name: String,
    price: f64,
    tags: Vec<String>,
    is_new: bool,
    parent: Option<u64>,
}

fn item() -> Item {
    Item {
        id: 17,
        name: "A thing of some kind".into(),
        price: 12.75,
        tags: vec!["red".into(), "small".into()],
        is_new: true,
        parent: None,
    }
}

/// The best of several rounds, in nanoseconds.
fn time<T>(mut work: impl FnMut() -> T) -> f64 {
    const TIMES: u32 = 500;
    (0..600)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..TIMES {
                black_box(work());
            }
            start.elapsed().as_nanos() as f64 / f64::from(TIMES)
        })
        .fold(f64::INFINITY, f64::min)
}

#[test]
#[ignore = "measures"]
fn figures() {
    let item = item();
    let message = write(&item).unwrap().bytes.to_vec();
    let json = serde_json::to_vec(&item).unwrap();
    println!("{} bytes, as JSON {}", message.len(), json.len());
    println!("write                      {:8.1} ns", time(|| write(&item).unwrap()));
    println!(
        "write, serde_json          {:8.1} ns",
        time(|| serde_json::to_vec(&item).unwrap())
    );
    let received = received(message.clone());
    println!(
        "read                       {:8.1} ns",
        time(|| received.read::<Item>().unwrap())
    );
    println!(
        "read, serde_json           {:8.1} ns",
        time(|| serde_json::from_slice::<Item>(&json).unwrap())
    );
    println!(
        "read as Value              {:8.1} ns",
        time(|| received.read::<Value>().unwrap())
    );
    println!(
        "read as Value, serde_json  {:8.1} ns",
        time(|| serde_json::from_slice::<serde_json::Value>(&json).unwrap())
    );
    let read = || ValueDeserializer::default().read(&message).unwrap();
    println!("read, v8_valueserializer   {:8.1} ns", time(read));
    let (value, heap) = read();
    println!(
        "write, v8_valueserializer  {:8.1} ns",
        time(|| ValueSerializer::default().finish(&heap, &value).unwrap())
    );
    let numbers: Vec<f64> = (0..1000).map(f64::from).collect();
    let array = write(&crate::TypedArray::from(numbers.clone())).unwrap();
    let array = Received::new(array);
    let list = Received::new(write(&numbers).unwrap());
    println!(
        "1000 doubles of a Float64Array  {:8.1} ns",
        time(|| array.read::<Vec<f64>>().unwrap())
    );
    println!(
        "... as TypedArray               {:8.1} ns",
        time(|| array.read::<crate::TypedArray<f64>>().unwrap())
    );
    println!(
        "1000 doubles of an array        {:8.1} ns",
        time(|| list.read::<Vec<f64>>().unwrap())
    );
    println!(
        "1000 doubles written            {:8.1} ns",
        time(|| write(&numbers).unwrap())
    );
    println!(
        "a number written                {:8.1} ns",
        time(|| write(&5.5).unwrap())
    );
    let number = Received::new(write(&5.5).unwrap());
    println!(
        "a number read                   {:8.1} ns",
        time(|| number.read::<f64>().unwrap())
    );
}
