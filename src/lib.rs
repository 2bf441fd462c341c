//! The addon. What JavaScript sees of it is in `bindings`: thin functions over the other modules, used by `lib/` only.
//!
//! `postMessage`, `receiveMessage` and `structuredClone`, the hot path, are not there: they come
//! from `engine/shim/isolate/realm.cc`.

// The test binary is not loaded by Node: what needs V8 stays out of it.
#[cfg(not(test))]
mod backing;
#[cfg(not(test))]
mod bindings;
#[cfg(not(test))]
mod engine;
pub mod event_loop;
#[cfg(not(test))]
mod message;
#[cfg(not(test))]
mod native;
pub mod pool;
pub mod port;
#[cfg(not(test))]
mod realm;
pub mod record;
pub mod shared;
pub mod variables;
pub mod worker;
