//! Declarations of the C interfaces, whose headers say what each function does and on which thread.

mod isolate;
mod node;
mod uv;

pub use self::isolate::*;
pub use self::node::*;
pub use self::uv::*;
