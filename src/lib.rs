//! What JavaScript sees of the addon: thin functions over the modules below, used by `lib/` only.
//!
//! `postMessage`, `receiveMessage` and `structuredClone`, the hot path, are not here: they come
//! from `engine/shim/realm.cc` and bypass Node-API.

// The test binary is not loaded by Node: what needs V8 stays out of it.
#[cfg(not(test))]
mod engine;
pub mod event_loop;
#[cfg(not(test))]
mod exports;
#[cfg(not(test))]
mod message;
#[cfg(not(test))]
mod native;
pub mod pool;
pub mod port;
#[cfg(not(test))]
mod realm;
pub mod shared;
pub mod variables;
pub mod worker;
