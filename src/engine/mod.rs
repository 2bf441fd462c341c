//! The only module that touches V8 and Node's C++ API, through the C interface of `shim/`.

pub mod bindings;
pub mod environment;
mod ffi;
pub mod immediate;
pub mod inspection;
pub mod lean;
pub mod library;
pub mod module;
pub mod process;
pub mod realm;
pub mod sources;
pub mod store;
pub mod thread_times;
pub mod timer;
mod uv_handle;
pub mod value;
pub mod wake_handle;
pub mod wire;
