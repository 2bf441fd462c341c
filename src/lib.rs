//! The addon: `worker_threads` on Rust threads. docs/architecture.md describes its layers.

// Node does not load the test binary, so code that needs V8 is left out of it.
#[cfg(not(test))]
mod agent;
#[cfg(not(test))]
mod backing;
#[cfg(not(test))]
mod bindings;
pub mod broadcasts;
#[cfg(not(test))]
mod engine;
pub mod event_loop;
#[cfg(not(test))]
mod message;
pub mod pool;
pub mod port;
#[cfg(not(test))]
mod runtime;
// What of it needs no V8.
#[cfg(test)]
#[allow(dead_code)]
mod runtime {
    mod lean {
        mod modules;
        mod urls;
    }
}
pub mod shared;
pub mod threads;
pub mod variables;
pub mod web_locks;
pub mod worker;
