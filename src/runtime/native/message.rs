//! Messages in transit between the addon and a library.

use std::ffi::c_void;
use std::ptr::{from_ref, null, null_mut};
use std::sync::Arc;

use isothreads::abi;
use isothreads_codec::tag;

use super::port::NativePort;
use super::worker::NativeWorker;
use crate::engine::module::Module;
use crate::engine::store::Store;
use crate::engine::wire::{Attachments, Wire, marks_memories};
use crate::message::{Kind, Message};

/// The attachment lists of a message that is passed to a library. They must stay alive while the message is read.
#[derive(Default)]
pub struct LentAttachments {
    array_buffers: Vec<abi::Memory>,
    shared_buffers: Vec<abi::SharedMemory>,
    ports: Vec<*mut c_void>,
    modules: Vec<*mut c_void>,
}

impl LentAttachments {
    /// Takes the attachments out of the message.
    pub fn new(message: &mut Message, worker: &Arc<NativeWorker>) -> Self {
        let mut lent = Self::without_ports(message);
        if !message.ports.is_empty() {
            lent.ports = std::mem::take(&mut message.ports)
                .into_iter()
                .map(|port| NativePort::new(port, worker.clone()).into_raw())
                .collect();
        }
        lent
    }

    /// The same for a thread that does not belong to a worker: ports stay in the message.
    pub fn without_ports(message: &mut Message) -> Self {
        if message.wire.plain_bytes().is_some() {
            return Self::default();
        }
        let attachments = message.wire.take_attachments();
        Self {
            array_buffers: attachments.array_buffers.into_iter().map(Store::into_memory).collect(),
            shared_buffers: attachments.shared_buffers.into_iter().map(shared_memory).collect(),
            ports: Vec::new(),
            modules: attachments.modules.into_iter().map(Module::into_raw).collect(),
        }
    }

    /// Adds these bytes. The result is valid as long as `self`, and for one reader, which becomes the owner of the
    /// attachments.
    pub fn raw(&self, bytes: abi::Memory) -> abi::Message {
        abi::Message {
            bytes,
            array_buffers: pointer(&self.array_buffers),
            array_buffer_count: self.array_buffers.len(),
            shared_buffers: pointer(&self.shared_buffers),
            shared_buffer_count: self.shared_buffers.len(),
            ports: pointer(&self.ports),
            port_count: self.ports.len(),
            modules: pointer(&self.modules),
            module_count: self.modules.len(),
            marks_memories: marks_memories(),
        }
    }
}

fn pointer<T>(list: &[T]) -> *const T {
    if list.is_empty() { null() } else { list.as_ptr() }
}

/// Borrowed bytes, valid as long as their owner.
pub fn lend(bytes: &[u8]) -> abi::Memory {
    abi::Memory {
        data: bytes.as_ptr().cast_mut(),
        length: bytes.len(),
        release: None,
        context: null_mut(),
    }
}

/// Bytes that the reader owns, together with their message.
pub fn give(message: Box<Message>) -> abi::Memory {
    unsafe extern "C" fn release(_: *mut c_void, _: usize, message: *mut c_void) {
        // SAFETY: the box below, released once.
        drop(unsafe { Box::from_raw(message.cast::<Message>()) });
    }
    let lent = lend(message.wire.bytes());
    abi::Memory {
        release: Some(release),
        context: Box::into_raw(message).cast(),
        ..lent
    }
}

pub fn shared_memory(store: Store) -> abi::SharedMemory {
    let (data, length) = store.memory();
    abi::SharedMemory {
        data,
        length,
        store: store.into_raw(),
    }
}

/// A message that a library has written.
///
/// # Safety
/// Its contents are given away, as `abi::Message` says.
pub unsafe fn take(raw: &abi::Message, kind: Kind) -> Message {
    // SAFETY: lists of the given lengths, whose entries are given away.
    unsafe {
        let array_buffers = list(raw.array_buffers, raw.array_buffer_count)
            .iter()
            .map(|memory| Store::from_memory(*memory))
            .collect();
        let shared_buffers = list(raw.shared_buffers, raw.shared_buffer_count)
            .iter()
            .map(|memory| Store::from_raw(memory.store))
            .collect();
        let ports = list(raw.ports, raw.port_count)
            .iter()
            .map(|port| NativePort::from_raw(*port).into_port())
            .collect();
        let modules = list(raw.modules, raw.module_count)
            .iter()
            .map(|module| Module::from_raw(*module))
            .collect();
        let attachments = Attachments {
            array_buffers,
            shared_buffers,
            modules,
        };
        Message {
            kind,
            wire: Wire::given(raw.bytes, attachments),
            ports,
        }
    }
}

/// # Safety
/// `length` entries at `data` stay alive as long as the result is used.
pub unsafe fn list<'a, T>(data: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { std::slice::from_raw_parts(data, length) }
}

/// # Safety
/// The bytes stay alive during this call.
pub unsafe fn bytes<'a>(slice: abi::Slice) -> &'a [u8] {
    // SAFETY: by the contract.
    unsafe { list(slice.data, slice.length) }
}

/// # Safety
/// As for [`bytes`].
pub unsafe fn text(slice: abi::Slice) -> String {
    // SAFETY: by the contract.
    String::from_utf8_lossy(unsafe { bytes(slice) }).into_owned()
}

pub fn slice(text: &str) -> abi::Slice {
    abi::Slice {
        data: text.as_ptr(),
        length: text.len(),
    }
}

/// `undefined`, as V8 writes it.
pub const UNDEFINED: abi::Message = {
    static BYTES: [u8; 3] = tag::UNDEFINED_MESSAGE;
    abi::Message {
        bytes: abi::Memory {
            data: from_ref(&BYTES).cast_mut().cast(),
            length: BYTES.len(),
            release: None,
            context: null_mut(),
        },
        array_buffers: null(),
        array_buffer_count: 0,
        shared_buffers: null(),
        shared_buffer_count: 0,
        ports: null(),
        port_count: 0,
        modules: null(),
        module_count: 0,
        marks_memories: false,
    }
};
