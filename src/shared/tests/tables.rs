//! Runs the tables of `__test__/fixtures/shared`, which JavaScript's classes and the SDK run too.

mod locks;
mod queues;
mod rings;

use isothreads_codec::protocol::{barrier_state, lock_word, ring_state};
use serde_json::Value;

use crate::shared::holder;

/// Stands for any other thread that has ended, too.
fn other() -> u32 {
    holder() + 1
}

/// A word of memory that a table names, such as `"poisoned|2"`.
fn word(text: &Value) -> u32 {
    let Some(text) = text.as_str() else {
        return u32::try_from(text.as_u64().unwrap()).unwrap();
    };
    let part = |name: &str| match name {
        "self" => holder(),
        "other" => other(),
        "poisoned" => lock_word::POISONED,
        "waiting" => lock_word::WAITING,
        "writer" => lock_word::WRITER,
        "done" => lock_word::DONE,
        "broken" => barrier_state::BROKEN,
        "ended" => ring_state::ENDED,
        "writerLost" => ring_state::WRITER_LOST,
        "readerLost" => ring_state::READER_LOST,
        "destroyed" => ring_state::DESTROYED,
        "hasReason" => ring_state::HAS_REASON,
        number => number.parse().unwrap(),
    };
    text.split('|').map(part).fold(0, |word, part| word | part)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap_or_default() as usize
}

fn name(step: &Value) -> &str {
    step["do"].as_str().unwrap()
}

/// Calls `run` with each row of a table.
fn rows(table: &str, run: impl Fn(&Value)) {
    let rows: Vec<Value> = serde_json::from_str(table).unwrap();
    rows.iter().for_each(run);
}

/// Calls `perform` with each step, compares what it gives, and then calls `check`. What is refused because of its arguments
/// does not come this far.
fn run_steps(row: &Value, mut perform: impl FnMut(&Value) -> Value, check: impl Fn(&Value)) {
    for step in list(&row["steps"]) {
        if step["gives"].as_str().is_some_and(|gives| gives.starts_with("ERR_")) {
            continue;
        }
        assert_eq!(perform(step), step["gives"], "{step} of {row}");
        check(step);
    }
}
