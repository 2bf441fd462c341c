//! What travels beside the bytes of a message. Each attachment is a handle of the addon, with the functions that clone
//! and release it.

mod buffer;
mod cell;
mod port;
mod view;
mod webassembly;

use crate::memory::Memory;

pub(crate) use buffer::MemoryMark;
pub use buffer::SharedBuffer;
pub use cell::Cell;
pub use port::MessagePort;
pub use view::SharedView;
pub(crate) use webassembly::MemoryLimits;
pub use webassembly::{WebAssemblyMemory, WebAssemblyModule};

/// All attachments of a message. The bytes refer to each by its number.
#[derive(Default)]
pub struct Attachments {
    /// Transferred `ArrayBuffer`s.
    pub array_buffers: Vec<Memory>,
    pub shared_buffers: Vec<SharedBuffer>,
    pub ports: Vec<MessagePort>,
    pub modules: Vec<WebAssemblyModule>,
}
