//! Workers written in Rust: libraries of them, and the threads that run them. Built-in ones and those of
//! plug-ins go the same way, through the C interface of `sdk/src/abi.rs`.

mod builtin;
mod failure;
mod host;
mod library;
mod library_file;
mod locks;
mod meeting;
mod message;
mod pool;
mod port;
mod queue;
mod ring;
mod sleeper;
mod thread;
mod worker;

pub use library::{Library, LoadError};
pub use thread::{Entry, start};
pub use worker::NativeWorker;
