//! The fast path of small plain messages. Rust reads them instead of V8, and a JavaScript function, compiled once per
//! shape, creates their values.

use std::rc::Rc;

use crate::engine::realm::{Held, RealmHandle};
use isothreads_codec::record::{Leaf, MOST_LEAVES, RecordReader, ShapeCache};

#[derive(Default)]
pub struct Records {
    reader: RecordReader,
    shapes: ShapeCache<Rc<Held>>,
}

/// A message that was read.
pub struct Record {
    /// Creates the value from the leaves; `None`: the value is the only leaf.
    pub make: Option<Rc<Held>>,
    leaves: [Leaf; MOST_LEAVES],
    leaf_count: usize,
}

impl Record {
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves[..self.leaf_count]
    }
}

impl Records {
    /// Returns `None` when V8 must read the message.
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
        // Copied, because the listener may receive another message.
        let mut leaves = [Leaf::default(); MOST_LEAVES];
        leaves[..reader.leaves.len()].copy_from_slice(&reader.leaves);
        Some(Record {
            make,
            leaves,
            leaf_count: reader.leaves.len(),
        })
    }
}
