use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Instant;

use isothreads_codec::protocol::{cache_line, queue_line, queue_slot};
use serde_json::{Value, json};

use super::{list, name, number, rows, run_steps};
use crate::shared::Memory;
use crate::shared::queue::{Item, PopError, PushError, Shape, SharedQueue, kind};

const TAIL: usize = queue_line::TAIL * cache_line::WORDS;
const HEAD: usize = queue_line::HEAD * cache_line::WORDS;

fn make(capacity: usize, slot_size: usize, is_bytes: bool) -> SharedQueue {
    let shape = Shape::new(capacity, slot_size / 4, is_bytes).unwrap();
    SharedQueue::new(Memory::zeroed(4 * shape.words().unwrap()), 0, Some(shape)).unwrap()
}

fn words(queue: &SharedQueue) -> &[AtomicU32] {
    let shape = queue.shape();
    queue.memory().cells(0, shape.words().unwrap()).unwrap()
}

/// The index of the turn of a slot.
fn turn(queue: &SharedQueue, slot: usize) -> usize {
    queue_line::SLOTS * cache_line::WORDS + slot * (queue_slot::HEADER + queue.shape().value_words())
}

#[test]
fn each_step_of_the_table_of_queues() {
    rows(
        include_str!("../../../../__test__/fixtures/shared/queues.json"),
        |row| {
            let (capacity, slot_size) = (number(&row["capacity"]), number(&row["slotSize"]));
            let queue = make(capacity, slot_size, row["type"] == "bytes");
            let words = words(&queue);
            words[TAIL].store(number(&row["tail"]) as u32, SeqCst);
            words[HEAD].store(number(&row["head"]) as u32, SeqCst);
            for (slot, value) in list(&row["turns"]).iter().enumerate() {
                words[turn(&queue, slot)].store(number(value) as u32, SeqCst);
            }
            let word = |index: usize| words[index].load(SeqCst) as usize;
            run_steps(
                row,
                |step| perform(&queue, step),
                |step| {
                    let turns: Vec<_> = (0..capacity).map(|slot| word(turn(&queue, slot))).collect();
                    let found = json!([word(TAIL), word(HEAD), turns]);
                    assert_eq!(
                        found,
                        json!([step["tail"], step["head"], step["turns"]]),
                        "{step} of {row}"
                    );
                },
            );
        },
    );
}

fn perform(queue: &SharedQueue, step: &Value) -> Value {
    let now = Some(Instant::now());
    let pushed = |result| match result {
        Ok(()) => json!("pushed"),
        Err(PushError::Closed) => json!("closed"),
        Err(PushError::TooLong) => json!("too long"),
        Err(PushError::Full | PushError::NotTaken(_)) => json!("full"),
    };
    match name(step) {
        "push" => pushed(queue.push(kind::NUMBER, &step["number"].as_f64().unwrap().to_ne_bytes(), now)),
        "pushBytes" => pushed(queue.push(kind::BYTES, &bytes_of(&step["bytes"]), now)),
        "pop" => match queue.pop(now) {
            Ok(Item {
                kind: kind::NUMBER,
                bytes,
            }) => of_number(f64::from_ne_bytes(bytes.try_into().unwrap())),
            Ok(Item { bytes, .. }) => json!({ "bytes": hex_of(&bytes) }),
            Err(PopError::Closed) => json!("closed"),
            Err(PopError::Empty | PopError::NotTaken(_)) => json!("empty"),
        },
        _ => {
            queue.get().close();
            Value::Null
        }
    }
}

/// Whole numbers are whole in the table, too.
fn of_number(number: f64) -> Value {
    match number.fract() == 0.0 {
        true => json!(number as i64),
        false => json!(number),
    }
}

fn bytes_of(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let byte = |index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn kind_of(name: &str) -> u8 {
    match name {
        "UNDEFINED" => kind::UNDEFINED,
        "NULL" => kind::NULL,
        "TRUE" => kind::TRUE,
        "FALSE" => kind::FALSE,
        "NUMBER" => kind::NUMBER,
        "LATIN1" => kind::LATIN1,
        "UTF16" => kind::UTF16,
        "BIGINT" => kind::BIGINT,
        "BYTES" => kind::BYTES,
        other => panic!("no kind {other}"),
    }
}

#[test]
fn each_row_of_the_table_of_slots() {
    rows(include_str!("../../../../__test__/fixtures/shared/slots.json"), |row| {
        if row["bytes"].is_null() {
            return;
        }
        let queue = make(1, 32, false);
        let (kind, bytes) = (kind_of(row["kind"].as_str().unwrap()), bytes_of(&row["bytes"]));
        queue.push(kind, &bytes, None).unwrap();
        let slot = &words(&queue)[turn(&queue, 0)..];
        assert_eq!(
            slot[1].load(SeqCst),
            u32::from(kind) | (bytes.len() as u32) << 8,
            "{row}"
        );
        let stored = slot[queue_slot::HEADER..]
            .iter()
            .flat_map(|word| word.load(SeqCst).to_ne_bytes());
        assert_eq!(stored.take(bytes.len()).collect::<Vec<_>>(), bytes, "{row}");
        assert_eq!(queue.pop(None), Ok(Item { kind, bytes }), "{row}");
    });
}
