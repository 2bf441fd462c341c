//! Panics in every place where user code runs.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::{fmt, iter, thread};

use isothreads::shared::SharedQueue;
use isothreads::{ParentPort, Result, Task, Transfer, println, worker};
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

struct ReadPanics;

impl<'de> Deserialize<'de> for ReadPanics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?;
        panic!("read")
    }
}

#[worker]
fn panics_reading(_: Vec<ReadPanics>) {}

#[worker]
fn panics_receiving(port: ParentPort) -> Result<()> {
    port.receive::<ReadPanics>().map(drop)
}

struct WritePanics;

impl Serialize for WritePanics {
    fn serialize<S: Serializer>(&self, _: S) -> std::result::Result<S::Ok, S::Error> {
        panic!("written")
    }
}

/// A buffer that is transferred before belonged to the function.
type Half = (Transfer<Vec<u8>>, WritePanics);

fn half() -> Half {
    (vec![0; 100_000].into(), WritePanics)
}

#[worker]
fn panics_writing() -> Half {
    half()
}

#[worker]
fn panics_reporting(task: &Task) -> Result<()> {
    task.report(half())
}

#[worker]
fn panics_pushing(queue: SharedQueue) -> Result<bool> {
    queue.push(WritePanics, None)
}

/// A value that is written after a caught panic is complete.
#[worker]
fn writes_after_panics(task: &Task) -> Result<Transfer<Vec<u8>>> {
    for _ in 0..3 {
        assert!(catch_unwind(AssertUnwindSafe(|| task.report(half()))).is_err());
    }
    task.report(Transfer::from(vec![1u8; 5000]))?;
    Ok(vec![2; 5000].into())
}

struct IteratorPanics;

impl Serialize for IteratorPanics {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(iter::from_fn(|| -> Option<f64> { panic!("iterated") }))
    }
}

#[worker]
fn panics_iterating() -> IteratorPanics {
    IteratorPanics
}

struct DropPanics(&'static str);

impl Drop for DropPanics {
    fn drop(&mut self) {
        panic!("{} dropped", self.0)
    }
}

impl<'de> Deserialize<'de> for DropPanics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(|_| Self("argument"))
    }
}

impl Serialize for DropPanics {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

#[worker]
fn panics_dropping_argument(_argument: DropPanics) {}

#[worker]
fn panics_dropping_result() -> DropPanics {
    DropPanics("result")
}

#[worker]
fn panics_dropping_payload() {
    panic_any(DropPanics("payload"))
}

#[worker]
fn panics_with_a_number() {
    panic_any(7)
}

#[worker]
fn panics_again() {
    resume_unwind(Box::new("resumed"))
}

#[derive(Debug)]
struct DisplayPanics;

impl fmt::Display for DisplayPanics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("displayed")
    }
}

impl std::error::Error for DisplayPanics {}

#[worker]
fn panics_failing() -> std::result::Result<(), DisplayPanics> {
    Err(DisplayPanics)
}

#[worker]
fn panics_printing() {
    println!("{DisplayPanics}");
}

/// A thread that panics; its panic is resumed here.
#[worker]
fn panics_joining() {
    let panic = thread::spawn(|| resume_unwind(Box::new("elsewhere"))).join();
    panic.unwrap_or_else(|panic| resume_unwind(panic));
}

thread_local! {
    static LEFT: RefCell<Option<DropPanics>> = const { RefCell::new(None) };
}

/// The end of the process.
#[worker]
fn panics_leaving_thread() {
    LEFT.set(Some(DropPanics("thread-local")));
}

/// The end of the process.
#[worker]
fn exits_process(code: i32) {
    std::process::exit(code)
}
