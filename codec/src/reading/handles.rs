//! Types without an equivalent in serde pass through it as numbers: indices into a table of this thread, from which the
//! target type takes the handle. Inside serde's buffers (tagged enums, flattened structs) the number is in two nested
//! newtype structs, which never represent a JavaScript value.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{self, Visitor};

use crate::attachments::MessagePort;
use crate::attachments::SharedView;
use crate::attachments::{WebAssemblyMemory, WebAssemblyModule};
use crate::bigint::BigInt;
use crate::failure::{Failure, Result};
use crate::memory::Memory;
use crate::storage::Storage;

pub(crate) enum Handle {
    BigInt(BigInt),
    Bytes(Storage),
    /// serde has a slice of it; the target type may discover that it can keep the memory.
    Lent(Arc<Memory>),
    Shared(SharedView),
    Port(MessagePort),
    Module(WebAssemblyModule),
    Memory(WebAssemblyMemory),
}

thread_local! {
    /// The number of handles, which is faster to check.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static HANDLES: RefCell<Vec<Option<Handle>>> = const { RefCell::new(Vec::new()) };
}

/// Drops handles that are added from now on and not taken, even when the author's code panics.
pub(crate) struct Mark(usize);

impl Mark {
    pub fn new() -> Self {
        Self(COUNT.get())
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if COUNT.get() > self.0 {
            let dropped = HANDLES.with_borrow_mut(|handles| handles.split_off(self.0.min(handles.len())));
            COUNT.set(self.0);
            drop(dropped);
        }
    }
}

/// Its number.
fn put(handle: Handle) -> u64 {
    HANDLES.with_borrow_mut(|handles| {
        handles.push(Some(handle));
        COUNT.set(handles.len());
        handles.len() as u64 - 1
    })
}

/// Each handle can be taken once, except that cloneable ones can be taken again when serde tries another variant of an
/// enum.
fn take(number: u64) -> Option<Handle> {
    HANDLES.with_borrow_mut(|handles| {
        let handle = handles.get_mut(usize::try_from(number).ok()?)?;
        match handle {
            Some(Handle::Shared(view)) => Some(Handle::Shared(view.clone())),
            Some(Handle::Module(module)) => Some(Handle::Module(module.clone())),
            Some(Handle::Memory(memory)) => Some(Handle::Memory(memory.clone())),
            _ => handle.take(),
        }
    })
}

fn put_back(number: u64, handle: Handle) {
    let replaced = HANDLES.with_borrow_mut(|handles| {
        let place = handles.get_mut(usize::try_from(number).ok()?)?;
        place.replace(handle)
    });
    // A reference to shared memory, which remained in the table.
    drop(replaced);
}

/// Passes it to the visitor of its target type.
pub(crate) fn visit<'de, V: Visitor<'de>>(handle: Handle, visitor: V) -> Result<V::Value> {
    let _mark = Mark::new();
    visitor.visit_newtype_struct(Outer(put(handle)))
}

/// Like [`visit`], for a visitor that may keep it until the whole value was read.
pub(crate) fn visit_buffered<'de, V: Visitor<'de>>(handle: Handle, visitor: V) -> Result<V::Value> {
    visitor.visit_newtype_struct(Outer(put(handle)))
}

/// [`lent`] finds it until the value was read.
pub(crate) fn lend(memory: &Arc<Memory>) {
    put(Handle::Lent(Arc::clone(memory)));
}

/// The memory of these bytes, if the message that is being read has lent it.
pub(crate) fn lent(bytes: &[u8]) -> Option<(Arc<Memory>, Range<usize>)> {
    let bytes = bytes.as_ptr_range();
    HANDLES.with_borrow(|handles| {
        handles.iter().flatten().find_map(|handle| {
            let Handle::Lent(memory) = handle else {
                return None;
            };
            let whole = memory.as_ptr_range();
            let start = bytes.start.addr().checked_sub(whole.start.addr())?;
            let is_inside = bytes.end <= whole.end;
            is_inside.then(|| (Arc::clone(memory), start..start + bytes.end.addr() - bytes.start.addr()))
        })
    })
}

struct Outer(u64);
struct Number(u64);

impl<'de> Deserializer<'de> for Outer {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(Number(self.0))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> Deserializer<'de> for Number {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_u64(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The inner of the two newtype structs. Returns `None` when the handle has another type: then it stays, because
/// another variant of an enum may have that type.
pub(crate) fn take_from<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    claim: impl FnOnce(Handle) -> Result<T, Handle>,
) -> Result<Option<T>, D::Error> {
    let number = deserializer.deserialize_u64(NumberVisitor)?;
    let handle = take(number).ok_or_else(|| de::Error::custom("it was already moved out of the message"))?;
    match claim(handle) {
        Ok(value) => Ok(Some(value)),
        Err(handle) => {
            put_back(number, handle);
            Ok(None)
        }
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = u64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what this crate reads")
    }

    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }
}
