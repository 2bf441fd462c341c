//! Rust threads that use shared memory together with JavaScript's, for the tests: the promise that
//! both sides keep to the same protocols can only be checked by both at once.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::locks::{invalid_place, memory_of};
use super::realm;
use crate::realm::{Outcome, Value};
use crate::shared::queue::{SharedQueue, kind};
use crate::shared::{LockKind, Memory, SharedLock};

fn counter(memory: &Memory) -> &AtomicU64 {
    &memory.cells(0, 1).expect("checked by the caller")[0]
}

/// An operation that ends when so many Rust threads have done this, each so many times: take the lock,
/// add 1 to a 64-bit number by a read and a write, give it back.
#[napi]
pub fn hammer_lock(
    kind: String,
    buffer: Unknown,
    byte_offset: f64,
    request: u32,
    number: Unknown,
    threads: u32,
    times: u32,
) -> Result<u32> {
    let kind = LockKind::from_name(&kind).ok_or_else(invalid_place)?;
    let lock = SharedLock::new(memory_of(buffer), byte_offset as usize, kind).ok_or_else(invalid_place)?;
    let number = memory_of(number);
    number.cells::<AtomicU64>(0, 1).ok_or_else(invalid_place)?;
    run(threads, move || {
        for _ in 0..times {
            let _guard = lock.take(request, None);
            let number = counter(&number);
            number.store(number.load(Relaxed) + 1, Relaxed);
        }
    })
}

/// The same without a lock, by the machine's atomic addition.
#[napi]
pub fn hammer_number(number: Unknown, threads: u32, times: u32) -> Result<u32> {
    let number = memory_of(number);
    number.cells::<AtomicU64>(0, 1).ok_or_else(invalid_place)?;
    run(threads, move || {
        for _ in 0..times {
            counter(&number).fetch_add(1, Relaxed);
        }
    })
}

/// An operation that ends when so many Rust threads have each pushed the numbers below `times`.
#[napi]
pub fn hammer_push(buffer: Unknown, byte_offset: f64, threads: u32, times: u32) -> Result<u32> {
    let queue = SharedQueue::new(memory_of(buffer), byte_offset as usize, None).ok_or_else(invalid_place)?;
    run(threads, move || {
        for number in 0..times {
            let bytes = f64::from(number).to_ne_bytes();
            queue.push(kind::NUMBER, &bytes, None).expect("nobody closes it");
        }
    })
}

/// An operation that ends when so many Rust threads have each popped so many numbers, which they have added
/// to a 64-bit number.
#[napi]
pub fn hammer_pop(buffer: Unknown, byte_offset: f64, sum: Unknown, threads: u32, times: u32) -> Result<u32> {
    let queue = SharedQueue::new(memory_of(buffer), byte_offset as usize, None).ok_or_else(invalid_place)?;
    let sum = memory_of(sum);
    sum.cells::<AtomicU64>(0, 1).ok_or_else(invalid_place)?;
    run(threads, move || {
        for _ in 0..times {
            let item = queue.pop(None).expect("nobody closes it");
            assert_eq!(item.kind, kind::NUMBER);
            let number = f64::from_ne_bytes(item.bytes[..8].try_into().expect("8 bytes"));
            counter(&sum).fetch_add(number as u64, Relaxed);
        }
    })
}

fn run(threads: u32, work: impl Fn() + Send + Sync + 'static) -> Result<u32> {
    let completion = realm()?.begin_operation();
    let id = completion.id();
    let work = Arc::new(work);
    let started: Vec<_> = (0..threads)
        .map(|_| {
            let work = work.clone();
            thread::spawn(move || work())
        })
        .collect();
    thread::spawn(move || {
        let is_panicked = started.into_iter().any(|thread| thread.join().is_err());
        completion.complete(Outcome::Value(match is_panicked {
            true => Value::Failure("a Rust thread panicked".into()),
            false => Value::Nothing,
        }));
    });
    Ok(id as u32)
}
