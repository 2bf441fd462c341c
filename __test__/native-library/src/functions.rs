//! Functions: one argument, one result.

use std::time::{SystemTime, UNIX_EPOCH};

use isothreads::{Bytes, Error, Result, Task, Transfer, Value, println, worker};
use serde::{Deserialize, Serialize};

/// Returns its argument.
#[worker]
fn echo(value: Value) -> Value {
    value
}

/// Takes no argument.
#[worker]
fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    first_name: String,
    age: u8,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Greeting {
    text: String,
    tag_count: usize,
}

#[worker]
fn greet(person: Person) -> Greeting {
    Greeting {
        text: format!("{} is {}", person.first_name, person.age),
        tag_count: person.tags.len(),
    }
}

/// Bytes that are borrowed from the message.
#[worker]
fn checksum(data: &[u8]) -> u64 {
    data.iter().map(|&byte| u64::from(byte)).sum()
}

/// Changes a transferred buffer in place, and returns it.
#[worker]
fn invert(mut data: Bytes) -> Transfer<Bytes> {
    data.iter_mut().for_each(|byte| *byte = !*byte);
    Transfer::from(data)
}

/// A number of numbers, in a vector whose memory is transferred.
#[worker]
fn squares(count: u32) -> Transfer<Vec<f64>> {
    Transfer::from((0..count).map(|number| f64::from(number).powi(2)).collect::<Vec<_>>())
}

#[worker]
fn fail(message: String) -> Result<()> {
    Err(Error::new(message).with_name("RangeError").with_code("ERR_TEST"))
}

#[derive(Deserialize)]
struct Named {
    name: String,
    message: String,
}

#[worker]
fn fail_as(Named { name, message }: Named) -> Result<()> {
    Err(Error::new(message).with_name(name))
}

/// Fails as the standard library does.
#[worker]
fn parse(text: String) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

#[worker(name = "panic")]
fn panics(message: String) {
    panic!("{message}");
}

/// Prints, and returns.
#[worker]
fn print(text: String) -> usize {
    println!("{text}");
    isothreads::eprintln!("{text}!");
    text.len()
}

/// Reports the numbers from 1 to a limit.
#[worker]
fn progress(count: u32, task: &Task) -> Result<u32> {
    for number in 1..=count {
        task.report(number)?;
    }
    Ok(count)
}

/// Reports that it runs, then runs until it must end.
#[worker]
fn run_until_cancelled(task: &Task) -> Result<()> {
    task.report("running")?;
    while !task.is_cancelled() {
        std::thread::yield_now();
    }
    task.check()
}

#[worker]
fn fib(n: u32) -> u64 {
    if n < 2 { u64::from(n) } else { fib(n - 1) + fib(n - 2) }
}

/// Reports that it runs, and never checks whether it must end.
#[worker]
fn stubborn(task: &Task) -> Result<()> {
    task.report("running")?;
    loop {
        std::thread::park();
    }
}
