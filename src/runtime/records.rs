//! The fast path of small plain messages: they are read here instead of by V8, and a function that is compiled once for each shape makes
//! their values.

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
    /// Makes the value of the leaves; `None`: it is the one leaf.
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
    /// `None` when the message is for V8 to read.
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
        // Copied: the listener may receive another message.
        let mut leaves = [Leaf::default(); MOST_LEAVES];
        leaves[..reader.leaves.len()].copy_from_slice(&reader.leaves);
        Some(Record {
            make,
            leaves,
            leaf_count: reader.leaves.len(),
        })
    }
}
