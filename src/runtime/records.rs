//! The fast path of small plain messages. Rust reads them instead of V8, and a JavaScript function, compiled once per
//! shape, creates their values.

use std::rc::Rc;

use crate::engine::realm::{Held, RealmHandle};
use isothreads_codec::record::{Leaf, RecordReader, ShapeCache};

#[derive(Default)]
pub struct Records {
    reader: RecordReader,
    shapes: ShapeCache<Rc<Held>>,
}

/// A message that was read.
pub struct Record {
    /// Creates the value from the leaves; `None`: the value is the only leaf.
    pub make: Option<Rc<Held>>,
    pub leaves: Vec<Leaf>,
}

impl Records {
    /// Returns `None` when V8 must read the message. Takes the reader's leaves along, because the listener may receive
    /// another message; [`reuse`](Self::reuse) gives them back.
    pub fn read(&mut self, realm: &RealmHandle, bytes: &[u8]) -> Option<Record> {
        let Self { reader, shapes } = self;
        if !reader.read(bytes) {
            return None;
        }
        let make = if reader.is_primitive() {
            None
        } else {
            let compile = |body: &str| realm.compile_record(body, reader.leaves.len()).map(Rc::new);
            Some(shapes.get(&reader.shape, compile)?.clone())
        };
        let leaves = std::mem::take(&mut reader.leaves);
        Some(Record { make, leaves })
    }

    pub fn reuse(&mut self, leaves: Vec<Leaf>) {
        self.reader.leaves = leaves;
    }
}
