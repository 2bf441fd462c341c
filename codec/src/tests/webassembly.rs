//! Modules, memories, and their buffers, which V8 flags from Node 24 on.

use std::sync::atomic::Ordering::SeqCst;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::*;
use crate::attachments::Attachments;
use crate::testing::Store;
use crate::{SharedBuffer, SharedView, Value, WebAssemblyMemory, WebAssemblyModule};

/// The JavaScript, the message, and the output for the value that was read.
type Fixture = (&'static str, &'static str, &'static str);

const UNMARKED: &[Fixture] = &[
    ("module", "ff0f7700", "ff0f7700"),
    ("[module, module]", "ff0f410277005e01240002", "ff0f410277007701240002"),
    ("memory, on Node 20", "ff0f6d067500", "ff0f6d067500"),
    ("memory", "ff0f6d06007500", "ff0f6d06007500"),
    (
        "[memory, new Error()]",
        "ff0f41026d06007500722e240002",
        "ff0f41026d06007500726d22002e240002",
    ),
    ("memory.buffer", "ff0f7500", "ff0f7500"),
    (
        "new Uint8Array(memory.buffer, 0, 4)",
        "ff0f75005642000400",
        "ff0f75005642000400",
    ),
];

const MARKED: &[Fixture] = &[
    ("memory", "ff0f6d0600750066", "ff0f6d0600750066"),
    ("memory of 64-bit addresses", "ff0f6d0601750066", "ff0f6d0601750066"),
    ("memory.buffer", "ff0f750066", "ff0f750066"),
    (
        "new Uint8Array(memory.buffer, 0, 4)",
        "ff0f7500665642000400",
        "ff0f7500665642000400",
    ),
    (
        "[memory, memory, memory.buffer]",
        "ff0f41036d06007500665e015e02240003",
        "ff0f41036d06007500666d0600750166750266240003",
    ),
    (
        "[memory.buffer, memory]",
        "ff0f41027500666d06005e01240002",
        "ff0f41027500666d0600750166240002",
    ),
    (
        "[memory, new Error()]",
        "ff0f41026d0600750066722e240002",
        "ff0f41026d0600750066726d22002e240002",
    ),
    (
        "[new SharedArrayBuffer(8), new Error()]",
        "ff0f41027500722e240002",
        "ff0f41027500726d22002e240002",
    ),
    // On Node 26, after memory.toResizableBuffer().
    ("memory", "ff0f6d0600750072", "ff0f6d0600750072"),
    (
        "[memory, new Error()]",
        "ff0f41026d0600750072722e240002",
        "ff0f41026d0600750072726d22002e240002",
    ),
];

/// Buffers of resizable memories, which can only be sent together with them, and the value that is read.
const RESIZABLE: &[(&str, &str)] = &[
    ("ff0f7500776d06005e00", "SharedBuffer"),
    ("ff0f41026d06007500725e02240002", "[WebAssemblyMemory, SharedBuffer]"),
    (
        "ff0f41037500776d06005e0156420000015e025e01240003",
        "[SharedView, WebAssemblyMemory, SharedBuffer]",
    ),
    ("ff0f41027500776d06005e01722e240002", "[SharedBuffer, Error]"),
];

fn received(hex: &str, marks_memories: bool, store: &'static Store) -> Received {
    Received::new(Message {
        bytes: memory(bytes(hex)),
        attachments: Attachments {
            shared_buffers: vec![store.buffer()],
            modules: vec![store.module()],
            ..Attachments::default()
        },
        marks_memories,
    })
}

fn every_fixture() -> impl Iterator<Item = (Fixture, bool)> {
    let unmarked = UNMARKED.iter().map(|fixture| (*fixture, false));
    unmarked.chain(MARKED.iter().map(|fixture| (*fixture, true)))
}

#[test]
fn what_v8_writes_is_read_and_written_for_it() {
    for ((javascript, hex, expected), marks_memories) in every_fixture() {
        let store = Store::new();
        let value: Value = received(hex, marks_memories, store).read().expect(javascript);
        assert_eq!(written(&value), expected, "{javascript}");
        drop(value);
        store.free();
    }
}

#[test]
fn what_v8_writes_can_be_ignored() {
    let resizable = RESIZABLE.iter().map(|(hex, read)| ((*read, *hex, ""), true));
    for ((javascript, hex, _), marks_memories) in every_fixture().chain(resizable) {
        let message = format!("ff0f4102{}490e240002", &hex[4..]);
        let store = Store::new();
        // References in it count from 0, the number of the array; nothing resolves them.
        let (_, seven): (IgnoredAny, i32) = received(&message, marks_memories, store).read().expect(javascript);
        assert_eq!(seven, 7, "{javascript}");
        store.free();
    }
}

#[test]
fn the_buffer_of_a_resizable_memory_is_read_and_is_not_sent_without_it() {
    for (hex, expected) in RESIZABLE {
        let store = Store::new();
        let value: Value = received(hex, true, store).read().expect(hex);
        assert_eq!(name(&value), *expected, "{hex}");
        let error = write(&value).err().expect(hex);
        assert!(error.message().contains("send the memory"), "{error}");
        drop(value);
        store.free();
    }
}

fn name(value: &Value) -> String {
    match value {
        Value::Array(elements) => format!("[{}]", elements.iter().map(name).collect::<Vec<_>>().join(", ")),
        value => {
            let text = format!("{value:?}");
            text.split(['(', ' ']).next().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn as_types_of_their_own() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(#[expect(dead_code)] f64),
        Module(#[expect(dead_code)] WebAssemblyModule),
    }
    let store = Store::new();
    {
        let module = received("ff0f7700", true, store);
        module.read::<WebAssemblyModule>().unwrap();
        assert!(matches!(module.read().unwrap(), Either::Module(_)));
        let error = module.read::<WebAssemblyMemory>().unwrap_err();
        assert_eq!(
            error.message(),
            "invalid type: another object, expected a WebAssembly.Memory"
        );
    }
    for (hex, marks_memories) in [
        ("ff0f6d067500", false),
        ("ff0f6d06007500", false),
        ("ff0f6d0600750066", true),
    ] {
        let store = Store::new();
        let message = received(hex, marks_memories, store);
        assert_eq!(message.read::<WebAssemblyMemory>().unwrap().buffer().len(), 8);
        let error = message.read::<SharedBuffer>().unwrap_err();
        assert_eq!(
            error.message(),
            "invalid type: a WebAssembly.Memory, expected a SharedArrayBuffer"
        );
        drop(message);
        store.free();
    }
    let message = received("ff0f7500665642000800", true, store);
    assert_eq!(message.read::<SharedView>().unwrap().byte_length(), 8);
}

/// The output would be ambiguous: it could be read as a memory with a flag.
#[test]
fn a_memory_without_a_mark_where_others_have_one_is_refused() {
    let store = Store::new();
    let error = received("ff0f41026d06750000722e240002", true, store)
        .read::<Value>()
        .unwrap_err();
    assert!(error.message().contains("malformed"), "{error}");
    store.free();
}

#[test]
fn every_reference_is_given_back() {
    let store = Store::new();
    let value: Value = received("ff0f410277006d0600750066240002", true, store).read().unwrap();
    assert_eq!(store.references.load(SeqCst), 2);
    drop(write(&value).unwrap());
    assert_eq!(store.references.load(SeqCst), 2);
    drop(value);
    store.free();
}
