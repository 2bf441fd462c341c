//! A realm of JavaScript with the addon in it, as Rust sees it. The shim translates between them.

mod callbacks;
mod handle;
mod owner;

pub use self::handle::{Dispatch, Held, Host, RealmHandle};
pub use self::owner::{Delivery, QueueStatus, RealmOwner};
pub use super::ffi::Callbacks;
