//! The attachments of a value that is being written. serde carries the number of an entry; the entry itself is in a
//! table of this thread.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use serde::Serializer;
use serde::ser::Error as _;

use crate::attachments::{
    Attachments, MemoryLimits, MemoryMark, MessagePort, SharedBuffer, WebAssemblyMemory, WebAssemblyModule,
};
use crate::magic;
use crate::memory::Memory;
use crate::view_kind::ViewKind;

/// How the bytes represent an entry.
#[derive(Clone, Copy)]
pub(crate) enum Attachment {
    /// Transferred memory, and the view on all or part of it.
    Transferred(u32, ViewPlace),
    Shared(u32, Option<MemoryMark>, Option<ViewPlace>),
    Port(u32),
    Module(u32),
    Memory(u32, Option<MemoryMark>, MemoryLimits),
}

/// The kind, and the offset and length in bytes.
pub(crate) type ViewPlace = (ViewKind, usize, usize);

/// The entries of one value; created for the first one.
struct Table {
    depth: u32,
    attachments: Attachments,
    entries: Vec<Attachment>,
}

thread_local! {
    /// How many values are being written: writes may nest.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static TABLES: RefCell<Vec<Table>> = const { RefCell::new(Vec::new()) };
    /// The number of tables, which is faster to check.
    static TABLE_COUNT: Cell<usize> = const { Cell::new(0) };
    /// The writer currently requests the elements of a typed array as bytes.
    static WANTS_ELEMENTS: Cell<bool> = const { Cell::new(false) };
}

/// A value is being written.
pub(crate) struct Scope;

impl Scope {
    pub fn enter() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        Self
    }

    /// The attachments, and the number of entries.
    pub fn leave(self) -> (Attachments, usize) {
        match take_table() {
            Some(table) => (table.attachments, table.entries.len()),
            None => (Attachments::default(), 0),
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        drop(take_table());
        WANTS_ELEMENTS.set(false);
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// The table of the value that is being written, if it has one.
fn take_table() -> Option<Table> {
    if TABLE_COUNT.get() == 0 {
        return None;
    }
    TABLES.with_borrow_mut(|tables| {
        let table = tables.pop_if(|table| table.depth == DEPTH.get());
        TABLE_COUNT.set(tables.len());
        table
    })
}

pub(crate) fn get(number: u64) -> Option<Attachment> {
    TABLES.with_borrow(|tables| {
        let table = tables.last().filter(|table| table.depth == DEPTH.get())?;
        table.entries.get(usize::try_from(number).ok()?).copied()
    })
}

/// Returns `None` when this thread is not writing a value.
fn attach(add: impl FnOnce(&mut Attachments) -> Attachment) -> Option<u64> {
    let depth = DEPTH.get();
    if depth == 0 {
        return None;
    }
    TABLES.with_borrow_mut(|tables| {
        if tables.last().is_none_or(|table| table.depth != depth) {
            tables.push(Table {
                depth,
                attachments: Attachments::default(),
                entries: Vec::new(),
            });
            TABLE_COUNT.set(tables.len());
        }
        let table = tables.last_mut()?;
        let attachment = add(&mut table.attachments);
        table.entries.push(attachment);
        Some(table.entries.len() as u64 - 1)
    })
}

fn serialize_entry<S: Serializer>(serializer: S, number: Option<u64>) -> Result<S::Ok, S::Error> {
    let number = number.ok_or_else(|| S::Error::custom("it can only be sent to JavaScript"))?;
    serializer.serialize_newtype_struct(magic::ATTACHMENT, &number)
}

/// Whether attaching is possible now, so that the contents are not lost.
pub(crate) fn is_writing() -> bool {
    DEPTH.get() != 0
}

pub(crate) fn serialize_transferred<S: Serializer>(
    serializer: S,
    memory: Memory,
    kind: ViewKind,
    range: Range<usize>,
) -> Result<S::Ok, S::Error> {
    let number = attach(|attachments| {
        attachments.array_buffers.push(memory);
        Attachment::Transferred(
            attachments.array_buffers.len() as u32 - 1,
            (kind, range.start, range.len()),
        )
    });
    serialize_entry(serializer, number)
}

/// The buffer, or a view on it.
pub(crate) fn serialize_shared<S: Serializer>(
    serializer: S,
    buffer: &SharedBuffer,
    view: Option<ViewPlace>,
) -> Result<S::Ok, S::Error> {
    let mark = buffer.mark();
    if mark == Some(MemoryMark::Resizable) {
        let message = "the resizable buffer of a WebAssembly.Memory cannot be sent: send the memory";
        return Err(S::Error::custom(message));
    }
    let buffer = buffer.clone();
    let number = attach(|attachments| {
        attachments.shared_buffers.push(buffer);
        Attachment::Shared(attachments.shared_buffers.len() as u32 - 1, mark, view)
    });
    serialize_entry(serializer, number)
}

pub(crate) fn serialize_module<S: Serializer>(serializer: S, module: &WebAssemblyModule) -> Result<S::Ok, S::Error> {
    let module = module.clone();
    let number = attach(|attachments| {
        attachments.modules.push(module);
        Attachment::Module(attachments.modules.len() as u32 - 1)
    });
    serialize_entry(serializer, number)
}

pub(crate) fn serialize_memory<S: Serializer>(serializer: S, memory: &WebAssemblyMemory) -> Result<S::Ok, S::Error> {
    let (buffer, limits) = (memory.buffer().clone(), memory.limits());
    let number = attach(|attachments| {
        let mark = buffer.mark();
        attachments.shared_buffers.push(buffer);
        Attachment::Memory(attachments.shared_buffers.len() as u32 - 1, mark, limits)
    });
    serialize_entry(serializer, number)
}

pub(crate) fn serialize_port<S: Serializer>(serializer: S, port: MessagePort) -> Result<S::Ok, S::Error> {
    let number = attach(|attachments| {
        attachments.ports.push(port);
        Attachment::Port(attachments.ports.len() as u32 - 1)
    });
    serialize_entry(serializer, number)
}

pub(crate) fn want_elements() {
    WANTS_ELEMENTS.set(true);
}

/// Returns true once after [`want_elements`].
pub(crate) fn wants_elements() -> bool {
    WANTS_ELEMENTS.take()
}
