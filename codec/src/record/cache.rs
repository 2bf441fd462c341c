//! The compiled functions, by shape.

use super::source::source_of;

/// The functions of frequent shapes, one slot per hash.
pub struct ShapeCache<F> {
    slots: Vec<Slot<F>>,
}

struct Slot<F> {
    shape: Vec<u8>,
    seen: u32,
    function: Option<F>,
}

const SLOTS: usize = 64;
/// Compiling costs about as much as V8's reading of twenty messages.
pub(super) const SEEN_OFTEN: u32 = 8;

impl<F> Default for ShapeCache<F> {
    fn default() -> Self {
        let slot = || Slot {
            shape: Vec::new(),
            seen: 0,
            function: None,
        };
        Self {
            slots: std::iter::repeat_with(slot).take(SLOTS).collect(),
        }
    }
}

impl<F> ShapeCache<F> {
    /// The function for this shape; `compile` creates it once the shape has occurred often enough.
    pub fn get(&mut self, shape: &[u8], compile: impl FnOnce(&str) -> Option<F>) -> Option<&F> {
        let slot = &mut self.slots[hash(shape) as usize % SLOTS];
        if slot.shape != shape {
            slot.shape.clear();
            slot.shape.extend_from_slice(shape);
            slot.seen = 0;
            slot.function = None;
        }
        if slot.function.is_none() {
            slot.seen += 1;
            if slot.seen == SEEN_OFTEN {
                slot.function = compile(&source_of(shape));
            }
        }
        slot.function.as_ref()
    }

    pub fn clear(&mut self) {
        self.slots.clear();
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811C_9DC5, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
