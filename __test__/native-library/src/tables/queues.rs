use isothreads::shared::SharedQueue;
use isothreads::{AtomicView, Error, Result, Value, ViewKind, worker};
use serde::Deserialize;

use super::{Gives, NOW, Observed, Step, run_steps};

#[derive(Deserialize)]
pub struct Row {
    steps: Vec<Step>,
    words: AtomicView<u32>,
    queue: SharedQueue,
}

pub fn run(Row { steps, words, queue }: Row) -> Vec<Observed> {
    run_steps(&steps, &words, |step| perform(&queue, step).into())
}

fn perform(queue: &SharedQueue, step: &Step) -> Result<Gives> {
    match &*step.r#do {
        "push" => queue.push(step.number, NOW).map(pushed),
        "pushBytes" => match queue.push_bytes(&bytes_of(step.bytes.as_deref().unwrap_or_default()), NOW) {
            Err(error) if error.code() == "ERR_OUT_OF_RANGE" => Ok(Gives::text("too long")),
            result => result.map(pushed),
        },
        "pop" => Ok(match queue.pop::<Value>(NOW)? {
            None => Gives::text("empty"),
            Some(Value::Number(number)) => Gives::Number(number),
            Some(Value::View(ViewKind::Uint8Array, bytes)) => Gives::Bytes { bytes: hex_of(&bytes) },
            Some(other) => return Err(Error::new(format!("popped {other:?}"))),
        }),
        "close" => {
            queue.close();
            Ok(Gives::Nothing)
        }
        other => Err(Error::new(format!("no operation {other}"))),
    }
}

fn pushed(is_pushed: bool) -> Gives {
    Gives::text(if is_pushed { "pushed" } else { "full" })
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = |index| u8::from_str_radix(&hex[index..index + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Deserialize)]
struct Passage {
    there: SharedQueue,
    back: SharedQueue,
}

/// Pops a value from one queue and pushes it into another.
#[worker]
fn pass_on(Passage { there, back }: Passage) -> Result<bool> {
    let value: Value = there.pop(NOW)?.ok_or_else(|| Error::new("the queue is empty"))?;
    back.push(value, NOW)
}
