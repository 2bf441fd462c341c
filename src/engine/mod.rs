//! The only place that touches V8 and Node's C++ API, through the C interface of `shim/`.

pub mod environment;
mod ffi;
pub mod library;
pub mod memory;
pub mod module;
pub mod process;
pub mod realm;
pub mod store;
pub mod timer;
pub mod wire;
