//! A message: the bytes of V8's serialiser, and what travels beside them.

use std::ptr::null;

use crate::abi;
use crate::memory::Memory;
use crate::port::MessagePort;
use crate::shared::SharedBuffer;
use crate::webassembly::WebAssemblyModule;

/// Everything here is owned; `wire` reads a value out of it, or writes one into it.
#[derive(Default)]
pub(crate) struct Message {
    pub bytes: Option<Memory>,
    /// `ArrayBuffer`s that move, by the number that the bytes name them by.
    pub array_buffers: Vec<Memory>,
    pub shared_buffers: Vec<SharedBuffer>,
    pub ports: Vec<MessagePort>,
    pub modules: Vec<WebAssemblyModule>,
    /// As in [`abi::Message`].
    pub marks_memories: bool,
}

impl Message {
    /// Whether there is nothing beside the bytes.
    pub(crate) fn is_plain(&self) -> bool {
        self.array_buffers.is_empty()
            && self.shared_buffers.is_empty()
            && self.ports.is_empty()
            && self.modules.is_empty()
    }

    /// # Safety
    /// What the lists name is given away.
    pub(crate) unsafe fn from_raw(raw: &abi::Message, host: &'static abi::Host) -> Self {
        // SAFETY: lists of the given lengths; their entries are given away.
        unsafe {
            Self {
                bytes: Some(Memory::from_raw(raw.bytes)),
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
                marks_memories: raw.marks_memories,
            }
        }
    }

    /// Lends it to a function that takes what is in it.
    pub(crate) fn give<R>(self, take: impl FnOnce(*const abi::Message) -> R) -> R {
        let array_buffers: Vec<_> = self.array_buffers.into_iter().map(Memory::into_raw).collect();
        let shared_buffers: Vec<_> = self.shared_buffers.into_iter().map(SharedBuffer::into_raw).collect();
        let ports: Vec<_> = self.ports.into_iter().map(MessagePort::into_raw).collect();
        let modules: Vec<_> = self.modules.into_iter().map(WebAssemblyModule::into_raw).collect();
        let bytes = self.bytes.unwrap_or_else(|| Memory::from_vec(Vec::<u8>::new()));
        take(&abi::Message {
            bytes: bytes.into_raw(),
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

fn pointer<T>(list: &[T]) -> *const T {
    if list.is_empty() { null() } else { list.as_ptr() }
}

/// # Safety
/// `length` entries at `data`, which stay as long as the result is used.
unsafe fn list<'a, T>(data: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by the contract above.
    unsafe { std::slice::from_raw_parts(data, length) }
}
