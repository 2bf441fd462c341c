//! What travels beside the bytes of a message: each is a handle of the addon's, with the functions that clone and
//! release it.

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

/// All that travels beside the bytes, each by the number that they name it by.
#[derive(Default)]
pub struct Attachments {
    /// `ArrayBuffer`s that move.
    pub array_buffers: Vec<Memory>,
    pub shared_buffers: Vec<SharedBuffer>,
    pub ports: Vec<MessagePort>,
    pub modules: Vec<WebAssemblyModule>,
}
