//! V8 reads this crate's output, and this crate reads V8's output for the result.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::arbitrary::value;
use super::fixtures::FIXTURES;
use super::*;
use crate::Value;

/// Reads lines of hexadecimal digits, and writes the same values again.
const SCRIPT: &str = "
const { Serializer, Deserializer } = require('v8')
class Cloner extends Serializer {}
for (const line of require('fs').readFileSync(0, 'latin1').trim().split('\\n')) {
  const deserializer = new Deserializer(Buffer.from(line, 'hex'))
  deserializer.readHeader()
  const value = deserializer.readValue()
  const serializer = new Cloner()
  // As in structured clone.
  serializer._setTreatArrayBufferViewsAsHostObjects(false)
  serializer.writeHeader()
  serializer.writeValue(value)
  console.log(serializer.releaseBuffer().toString('hex'))
}
";

/// Reads lines of JavaScript, and writes the values that this version of Node supports.
const WRITES: &str = "
const { Serializer } = require('v8')
class Cloner extends Serializer {
  _getSharedArrayBufferId () { return 0 }
}
function stack (error) {
  error.stack = 'stack'
  return error
}
for (const line of require('fs').readFileSync(0, 'utf8').trim().split('\\n')) {
  const serializer = new Cloner()
  serializer._setTreatArrayBufferViewsAsHostObjects(false)
  serializer.writeHeader()
  const transfer = (buffer) => {
    serializer.transferArrayBuffer(0, buffer)
    return buffer
  }
  try {
    serializer.writeValue(new Function('stack', 'transfer', `return (${line})`)(stack, transfer))
    console.log(serializer.releaseBuffer().toString('hex'))
  } catch {
    console.log('')
  }
}
";

/// The script's output for these lines.
fn through_node(script: &str, lines: &str) -> String {
    let mut node = Command::new("node")
        .args(["-e", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    // It reads all input before it writes.
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let output = node.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_fixtures_are_what_v8_writes() {
    let lines: String = FIXTURES
        .iter()
        .map(|(javascript, ..)| format!("{javascript}\n"))
        .collect();
    let output = through_node(WRITES, &lines);
    assert_eq!(output.lines().count(), FIXTURES.len());
    let mut known = 0;
    for (line, (javascript, ..)) in output.lines().zip(FIXTURES) {
        let mut versions = FIXTURES.iter().filter(|(other, ..)| other == javascript);
        if !line.is_empty() {
            known += 1;
            assert!(versions.any(|(_, hex, _)| *hex == line), "{javascript} is {line}");
        }
    }
    // The oldest Node lacks the newest features.
    assert!(known >= FIXTURES.len() - 3, "{known} of {}", FIXTURES.len());
}

/// Values that JavaScript would change: equal keys, index keys, invalid patterns.
fn made_possible(value: Value) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.into_iter().map(made_possible).collect()),
        Value::Set(elements) => {
            let elements = elements.into_iter().map(|element| vec![made_possible(element)].into());
            Value::Set(elements.collect())
        }
        Value::Object(properties) => {
            let properties = properties.into_iter().enumerate();
            let properties = properties.map(|(number, (key, value))| (format!("{number} {key}"), made_possible(value)));
            Value::Object(properties.collect())
        }
        Value::Map(entries) => {
            let entries = entries.into_iter();
            Value::Map(
                entries
                    .map(|(key, value)| (vec![made_possible(key)].into(), made_possible(value)))
                    .collect(),
            )
        }
        Value::Error(mut error) => {
            error.cause = error.cause.map(made_possible);
            Value::Error(error)
        }
        Value::RegExp(mut pattern) => {
            pattern.source = "日?a".into();
            Value::RegExp(pattern)
        }
        other => other,
    }
}

#[test]
fn v8_reads_what_is_written() {
    let mut runner = TestRunner::deterministic();
    let values: Vec<_> = (0..500)
        .map(|_| made_possible(value().new_tree(&mut runner).unwrap().current()))
        .collect();
    let lines: String = values.iter().map(|value| written(value) + "\n").collect();
    let output = through_node(SCRIPT, &lines);
    assert_eq!(output.lines().count(), values.len());
    for (line, value) in output.lines().zip(&values) {
        assert_eq!(format!("{:?}", read::<Value>(line)), format!("{value:?}"));
    }
}
