use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::Instant;

use isothreads_codec::protocol::{cache_line, ring_line};
use serde_json::{Value, json};

use super::{name, number, other, rows, run_steps, word};
use crate::shared::queue::Side;
use crate::shared::ring::{HEADER, RingError, SharedRing};
use crate::shared::{Memory, NotTaken, holder};

const PARTS: [(&str, usize); 5] = [
    ("tail", ring_line::TAIL),
    ("head", ring_line::HEAD),
    ("state", ring_line::STATE),
    ("writer", ring_line::WRITER),
    ("reader", ring_line::READER),
];

/// The bytes of a ring count up from 0.
#[derive(Default)]
struct Counts {
    written: usize,
    read: usize,
}

#[test]
fn each_step_of_the_table_of_rings() {
    rows(include_str!("../../../../__test__/fixtures/shared/rings.json"), |row| {
        let capacity = number(&row["capacity"]);
        let memory = Memory::zeroed(4 * HEADER + capacity);
        let ring = SharedRing::new(memory.clone(), 0, Some(capacity)).unwrap();
        let header: &[AtomicU32] = memory.cells(0, HEADER).unwrap();
        let part = |line: usize| &header[line * cache_line::WORDS];
        for (name, line) in PARTS {
            if !row[name].is_null() {
                part(line).store(word(&row[name]), SeqCst);
            }
        }
        let mut counts = Counts::default();
        run_steps(
            row,
            |step| perform(&ring, &mut counts, step),
            |step| {
                for (name, line) in PARTS {
                    let found = match part(line).load(SeqCst) {
                        thread if step[name] == "other" && ![0, holder()].contains(&thread) => other(),
                        found => found,
                    };
                    if !step[name].is_null() {
                        assert_eq!(found, word(&step[name]), "{name} after {step} of {row}");
                    }
                }
            },
        );
    });
}

fn perform(ring: &SharedRing, counts: &mut Counts, step: &Value) -> Value {
    match name(step) {
        "write" => return write(ring, counts, step),
        "read" => return read(ring, counts, step),
        "end" => ring.get().end(),
        "destroy" => ring.get().destroy_because(step["reason"].as_str().unwrap()),
        "releaseWriter" => ring.release_here(Side::In),
        "releaseReader" => ring.release_here(Side::Out),
        "dieAfter write" => die(ring, Side::In, || write(ring, counts, step)),
        "dieAfter read" => die(ring, Side::Out, || read(ring, counts, step)),
        other => panic!("no operation {other}"),
    }
    Value::Null
}

/// A thread ends with an end of the ring.
fn die(ring: &SharedRing, side: Side, run: impl FnOnce() -> Value + Send) {
    thread::scope(|scope| {
        scope.spawn(|| {
            run();
            ring.lose_here(side);
        });
    });
}

fn write(ring: &SharedRing, counts: &mut Counts, step: &Value) -> Value {
    if !ring.claim_here(Side::In) {
        return json!("claimed");
    }
    let count = number(&step["count"]);
    let bytes: Vec<_> = (counts.written..counts.written + count)
        .map(|byte| byte as u8)
        .collect();
    let result = ring.write(&bytes, Some(Instant::now()));
    counts.written += result.unwrap_or_default();
    outcome(ring, result, "full")
}

fn read(ring: &SharedRing, counts: &mut Counts, step: &Value) -> Value {
    if !ring.claim_here(Side::Out) {
        return json!("claimed");
    }
    let mut bytes = vec![0; number(&step["count"])];
    let result = ring.read(&mut bytes, Some(Instant::now()));
    bytes.truncate(result.unwrap_or_default());
    assert!(
        bytes
            .iter()
            .enumerate()
            .all(|(index, &byte)| byte == (counts.read + index) as u8)
    );
    counts.read += bytes.len();
    outcome(ring, result, "empty")
}

fn outcome(ring: &SharedRing, result: Result<usize, RingError>, not_yet: &str) -> Value {
    match result {
        Ok(count) => json!(count),
        Err(RingError::NotReady | RingError::NotTaken(NotTaken::TimedOut)) => json!(not_yet),
        Err(RingError::Ended) => json!("ended"),
        Err(RingError::Broken) => json!("broken"),
        Err(RingError::Destroyed) => json!(format!("destroyed: {}", ring.get().reason().unwrap_or_default())),
        Err(RingError::NotTaken(NotTaken::Interrupted)) => json!("interrupted"),
    }
}
