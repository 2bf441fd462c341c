//! How deep a value may be: reading and writing recurse, and must not overflow the stack.

use std::cell::Cell;

use crate::failure::{Failure, Result};

/// Of arrays and objects in each other; as `serde_json` has it. What serde has buffered (enums with a tag
/// inside) it reads again with no limit but this.
const DEEPEST: u32 = 128;
/// Types with large frames reach this first, in debug builds most types do.
const MOST_STACK: usize = 128 << 10;
/// Of the stack of this thread this is left to others.
const LEFT: usize = 128 << 10;

thread_local! {
    /// Below this no value goes on; 0 when it is not known how large the stack is.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// This thread has a stack that is so large, and little of it is used yet. Of others 256 KB are assumed.
pub fn set_stack_size(bytes: usize) {
    LIMIT.set(stack_pointer().saturating_sub(bytes.saturating_sub(LEFT)));
}

pub(crate) struct Nesting {
    left: u32,
    /// The address below which the stack must not grow.
    limit: usize,
}

impl Nesting {
    pub fn new() -> Self {
        let limit = match LIMIT.get() {
            0 => stack_pointer().saturating_sub(MOST_STACK),
            limit => limit,
        };
        Self { left: DEEPEST, limit }
    }

    #[inline]
    pub fn enter(&mut self) -> Result<()> {
        if self.left == 0 || stack_pointer() < self.limit {
            return Err(too_deep());
        }
        self.left -= 1;
        Ok(())
    }

    /// For what nests without an array or an object: a type that contains itself may have no other end.
    #[inline]
    pub fn pass(&self) -> Result<()> {
        if stack_pointer() < self.limit {
            return Err(too_deep());
        }
        Ok(())
    }

    #[inline]
    pub fn leave(&mut self) {
        self.left += 1;
    }
}

#[cold]
fn too_deep() -> Failure {
    Failure::new("the value is nested too deep, or contains itself")
}

/// About where the stack is. It grows towards 0 everywhere that Node runs.
#[inline(always)]
fn stack_pointer() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker).addr()
}
