//! Every signature that the macro accepts. It must compile under the strictest lints.
#![deny(missing_docs, clippy::pedantic, unsafe_op_in_unsafe_fn)]
#![allow(clippy::unnecessary_wraps, clippy::float_cmp, clippy::needless_pass_by_value)]

use std::time::Duration;

use isothreads::{BroadcastChannel, Error, ParentPort, Task, worker};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub struct Input<'a> {
    text: &'a str,
}

#[worker]
fn now() -> f64 {
    0.5
}

/// Adds two numbers.
///
///  And says it in two lines.  
#[worker]
pub(crate) fn add((a, b): (f64, f64)) -> f64 {
    a + b
}

#[worker]
fn nothing() {}

#[worker]
fn length(data: &[u8]) -> usize {
    data.len()
}

/** A block. */
#[worker]
fn borrows<'a>(Input { text }: Input<'a>, task: &'a Task) -> isothreads::Result<&'a str> {
    task.check()?;
    Ok(text)
}

#[worker]
fn only_a_task(task: &isothreads::Task) -> bool {
    task.is_cancelled()
}

/// Posts a number on a channel, and answers with what it hears there.
#[worker]
fn broadcasts(task: &Task) -> isothreads::Result<Vec<Result<String, String>>> {
    let channel = BroadcastChannel::open("a name", task);
    channel.post(1u8)?;
    let mut heard = vec![channel.receive::<String>(), channel.receive::<String>()];
    heard.extend(channel.receive_timeout::<String>(Duration::ZERO).transpose());
    heard.extend(channel.messages());
    let texts = heard.into_iter();
    Ok(texts
        .map(|text| text.map_err(|error| error.message().to_owned()))
        .collect())
}

#[worker]
fn parses(text: String) -> Result<i64, std::num::ParseIntError> {
    text.parse()
}

#[worker]
fn fails() -> Result<(), Error> {
    Err(Error::new("it fails").with_name("RangeError").with_code("ERR_IT_FAILS"))
}

#[worker]
fn panics() -> u32 {
    panic!("it panics")
}

#[worker]
fn opaque(limit: u32) -> impl Serialize {
    (0..limit).collect::<Vec<_>>()
}

#[worker(name = "another-name")]
fn named() {}

/// Names that the expansion uses itself.
mod names {
    use isothreads::worker;

    #[worker]
    fn call(value: u8) -> u8 {
        value
    }

    #[worker]
    fn run() {}

    #[worker]
    fn value(call: u8, task: &isothreads::Task) -> u8 {
        u8::from(task.is_cancelled()) + call
    }

    #[worker]
    fn task() {}

    #[worker]
    fn r#type() {}

    #[allow(non_snake_case)]
    #[worker]
    fn Ok() -> u8 {
        0
    }
}

#[worker]
#[deprecated]
fn old() {}

#[worker]
#[cfg(any())]
fn absent() {}

macro_rules! squares {
    ($(#[doc = $text:literal] $name:ident: $number:ty => $result:ty;)*) => { $(
        #[doc = $text]
        #[worker]
        fn $name(number: $number) -> $result {
            Ok(number * number)
        }
    )* };
}

squares! {
    #[doc = "A square."] square: u32 => Result<u32, Error>;
    #[doc = "A large square."] large_square: u64 => isothreads::Result<u64>;
}

#[worker]
fn echo(port: ParentPort) {
    for message in port.messages::<String>() {
        let Ok(message) = message else { return };
        if port.post(message).is_err() {
            return;
        }
    }
}

#[worker]
fn counts(port: ParentPort, (start, step): (i32, i32)) -> isothreads::Result<()> {
    let mut count = start;
    for message in port.messages::<()>() {
        message?;
        count += step;
        port.post(count)?;
    }
    Ok(())
}

#[test]
fn functions_stay_callable() {
    assert_eq!(add((1.0, 2.0)), 3.0);
    assert_eq!(square(3).ok(), Some(9));
}
