//! Declarations of the C interfaces. The headers document each function and its thread.

mod isolate;
mod lean;
mod node;
mod uv;

pub use self::isolate::*;
pub use self::lean::*;
pub use self::node::*;
pub use self::uv::*;
