//! The Rust side of a JavaScript realm with the addon in it. The shim translates between the two.

mod callbacks;
mod handle;
mod owner;

pub use self::handle::{Dispatch, Held, Host, RealmHandle};
pub use self::owner::{Carrier, Delivery, QueueStatus, RealmOwner};
pub use super::ffi::Callbacks;
