//! The functions that JavaScript calls: one table, one part per subject. `key` always identifies something of this
//! thread's agent.

mod attach;
mod broadcasts;
mod coordination;
mod inspection;
mod lean;
mod library;
mod locks;
mod native;
mod node_api;
mod operations;
mod pools;
mod ports;
mod queues;
mod table;
mod threads;
mod variables;
mod views;
mod web_locks;
mod workers;

use std::ffi::c_void;
use std::rc::Rc;

use crate::engine::bindings::{self, Binding, Error};
use crate::runtime::javascript::{self, JavaScriptAgent};

type Result<T> = std::result::Result<T, Error>;

static TABLE: [&[Binding]; 16] = [
    attach::BINDINGS,
    broadcasts::BINDINGS,
    queues::BINDINGS,
    coordination::BINDINGS,
    inspection::BINDINGS,
    lean::BINDINGS,
    locks::BINDINGS,
    native::BINDINGS,
    operations::BINDINGS,
    pools::BINDINGS,
    ports::BINDINGS,
    threads::BINDINGS,
    variables::BINDINGS,
    views::BINDINGS,
    web_locks::BINDINGS,
    workers::BINDINGS,
];

/// Defines all functions, and `VERSION`, on an object.
///
/// # Safety
/// `target` is an object in a live handle scope of the current thread, whose context is entered.
unsafe fn define(target: *mut c_void) {
    for bindings in TABLE {
        // SAFETY: by the contract.
        unsafe { bindings::define(target, bindings) };
    }
    // SAFETY: by the contract. lib/binding.js refuses a binary of another version.
    unsafe { bindings::define_text(target, c"VERSION", env!("CARGO_PKG_VERSION")) };
}

/// The same in the context of a bare isolate.
///
/// # Safety
/// As for [`define`].
unsafe extern "C" fn define_for_lean(target: *mut c_void) {
    // SAFETY: by the contract.
    unsafe { define(target) };
}

fn agent() -> Result<Rc<JavaScriptAgent>> {
    javascript::current().ok_or_else(|| Error::new("isothreads: attach() was not called on this thread"))
}
