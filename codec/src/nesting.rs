//! Limits nesting: reading and writing recurse, and must not overflow the stack.

use std::cell::Cell;

use crate::failure::{Failure, Result};

/// Maximum nesting of arrays and objects, as in `serde_json`. Values that serde has buffered (for internally tagged
/// enums) are read again without any other limit.
const DEEPEST: u32 = 128;
/// The limit in bytes of stack. Types with large frames reach it first; in debug builds most types do.
const MOST_STACK: usize = 128 << 10;
/// The part of this thread's stack that is reserved for other code.
const LEFT: usize = 128 << 10;

thread_local! {
    /// Nesting stops below this address; 0 when the stack's size is unknown.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

/// Declares the size of this thread's stack, little of which is in use yet. For other threads 256 KB are assumed.
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

    /// For nesting without an array or an object: a type that contains itself may have no other limit.
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

/// The approximate stack pointer. The stack grows towards 0 on every platform that Node supports.
#[inline(always)]
fn stack_pointer() -> usize {
    let marker = 0u8;
    std::hint::black_box(&raw const marker).addr()
}
