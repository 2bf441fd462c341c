//! The tables of `__test__/fixtures/shared`: performs each step of a row, and reads the memory after it.

mod locks;
mod queues;
mod rings;

use std::time::Duration;

use isothreads::shared::Mutex;
use isothreads::{AtomicView, Error, ParentPort, Result, worker};
use serde::{Deserialize, Serialize};

const NOW: Option<Duration> = Some(Duration::ZERO);

#[derive(Deserialize)]
struct Step {
    r#do: String,
    count: Option<f64>,
    number: Option<f64>,
    bytes: Option<String>,
    reason: Option<String>,
}

impl Step {
    fn count(&self) -> usize {
        self.count.unwrap_or_default() as usize
    }

    fn permits(&self) -> u32 {
        self.count() as u32
    }
}

/// What a step gives.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Gives {
    Nothing,
    Text(String),
    Number(f64),
    Bytes { bytes: String },
}

impl Gives {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The table's word for an error.
    fn error(error: &Error) -> Self {
        Self::text(match error.code() {
            "ERR_ISOTHREADS_DEADLOCK" => "deadlock",
            "ERR_ISOTHREADS_TIMEOUT" => "timed out",
            "ERR_ISOTHREADS_BARRIER_BROKEN" | "ERR_ISOTHREADS_RING_BROKEN" => "broken",
            "ERR_ISOTHREADS_QUEUE_CLOSED" => "closed",
            "ERR_ISOTHREADS_RING_CLAIMED" => "claimed",
            "ERR_ISOTHREADS_RING_ENDED" => "ended",
            "ERR_ISOTHREADS_RING_DESTROYED" => error.message().trim_start_matches("the ring was "),
            "" => error.message(),
            other => other,
        })
    }
}

impl From<Result<Gives>> for Gives {
    fn from(result: Result<Gives>) -> Self {
        result.unwrap_or_else(|error| Gives::error(&error))
    }
}

#[derive(Serialize)]
struct Observed {
    gives: Gives,
    words: Vec<u32>,
}

/// Performs the steps one after another.
fn run_steps(steps: &[Step], words: &AtomicView<u32>, mut perform: impl FnMut(&Step) -> Gives) -> Vec<Observed> {
    let observe = |step| Observed {
        gives: perform(step),
        words: (0..words.len()).map(|index| words.load(index)).collect(),
    };
    steps.iter().map(observe).collect()
}

/// A mutex, and its word.
#[derive(Deserialize)]
struct Own {
    mutex: Mutex,
    words: AtomicView<u32>,
}

/// Posts the number of this thread in locks, receives rows, and posts what was observed.
fn answer<T: for<'de> Deserialize<'de>>(own: &Own, port: &ParentPort, run: impl Fn(T) -> Vec<Observed>) -> Result<()> {
    let guard = own.mutex.lock()?;
    port.post(own.words.load(0))?;
    drop(guard);
    let rows: Vec<T> = port.receive()?;
    port.post(rows.into_iter().map(run).collect::<Vec<_>>())
}

#[worker]
fn locks_table(port: ParentPort, own: Own) -> Result<()> {
    answer(&own, &port, locks::run)
}

#[worker]
fn queues_table(port: ParentPort, own: Own) -> Result<()> {
    answer(&own, &port, queues::run)
}

#[worker]
fn rings_table(port: ParentPort, own: Own) -> Result<()> {
    answer(&own, &port, rings::run)
}
