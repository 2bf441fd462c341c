//! A message: the bytes of V8's serialiser, and its attachments. The C equivalent is [`abi::Message`].

use std::ptr::null;

use crate::abi;
use crate::attachments::{Attachments, MessagePort, SharedBuffer, WebAssemblyModule};
use crate::memory::Memory;

/// Owns its contents. [`write`](crate::write) makes one from a value, and a [`Received`](crate::Received) reads one.
#[derive(Default)]
pub struct Message {
    pub bytes: Memory,
    pub attachments: Attachments,
    /// As in [`abi::Message`].
    pub marks_memories: bool,
}

impl Message {
    /// Whether it has no attachments.
    pub fn is_plain(&self) -> bool {
        let Attachments {
            array_buffers,
            shared_buffers,
            ports,
            modules,
        } = &self.attachments;
        array_buffers.is_empty() && shared_buffers.is_empty() && ports.is_empty() && modules.is_empty()
    }

    /// # Safety
    /// The contents of the lists are given away.
    pub unsafe fn from_raw(raw: &abi::Message, host: &'static abi::Host) -> Self {
        // SAFETY: lists of the given lengths; their entries are given away.
        unsafe {
            Self {
                bytes: Memory::from_raw(raw.bytes),
                attachments: Attachments {
                    array_buffers: list(raw.array_buffers, raw.array_buffer_count)
                        .iter()
                        .map(|memory| Memory::from_raw(*memory))
                        .collect(),
                    shared_buffers: list(raw.shared_buffers, raw.shared_buffer_count)
                        .iter()
                        .map(|memory| SharedBuffer::from_raw(*memory, host))
                        .collect(),
                    ports: list(raw.ports, raw.port_count)
                        .iter()
                        .map(|port| MessagePort::from_raw(*port, host))
                        .collect(),
                    modules: list(raw.modules, raw.module_count)
                        .iter()
                        .map(|module| WebAssemblyModule::from_raw(*module, host))
                        .collect(),
                },
                marks_memories: raw.marks_memories,
            }
        }
    }

    /// Lends it to a function that takes its contents.
    pub fn give<R>(self, take: impl FnOnce(*const abi::Message) -> R) -> R {
        let attachments = self.attachments;
        let array_buffers = converted(attachments.array_buffers, Memory::into_raw);
        let shared_buffers = converted(attachments.shared_buffers, SharedBuffer::into_raw);
        let ports = converted(attachments.ports, MessagePort::into_raw);
        let modules = converted(attachments.modules, WebAssemblyModule::into_raw);
        take(&abi::Message {
            bytes: self.bytes.into_raw(),
            array_buffers: pointer(&array_buffers),
            array_buffer_count: array_buffers.len(),
            shared_buffers: pointer(&shared_buffers),
            shared_buffer_count: shared_buffers.len(),
            ports: pointer(&ports),
            port_count: ports.len(),
            modules: pointer(&modules),
            module_count: modules.len(),
            marks_memories: false,
        })
    }
}

/// Most messages have no attachments, and collecting nothing takes its time too.
pub(crate) fn converted<T, U>(entries: Vec<T>, convert: impl FnMut(T) -> U) -> Vec<U> {
    if entries.is_empty() {
        return Vec::new();
    }
    entries.into_iter().map(convert).collect()
}

fn pointer<T>(list: &[T]) -> *const T {
    if list.is_empty() { null() } else { list.as_ptr() }
}

/// # Safety
/// `length` entries at `data` stay valid as long as the result is used.
unsafe fn list<'a, T>(data: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by the contract above.
    unsafe { std::slice::from_raw_parts(data, length) }
}
