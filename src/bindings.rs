//! The functions that JavaScript calls: one table, one part per subject. `key` always identifies something of this
//! thread's agent.

mod attach;
mod broadcasts;
mod coordination;
mod inspection;
mod lean;
mod lean_library;
mod library;
mod locks;
mod native;
mod node_api;
mod operations;
mod pool_worker;
mod pools;
mod ports;
mod queues;
mod table;
mod threads;
mod variables;
mod views;
mod web_locks;
mod worker_self;
mod workers;

use std::ffi::{CStr, c_char, c_void};
use std::rc::Rc;

use crate::engine::bindings::{self, Binding, Error};
use crate::runtime::javascript::{self, JavaScriptAgent};

type Result<T> = std::result::Result<T, Error>;

static TABLE: [&[Binding]; 18] = [
    attach::BINDINGS,
    broadcasts::BINDINGS,
    queues::BINDINGS,
    coordination::BINDINGS,
    inspection::BINDINGS,
    lean::BINDINGS,
    locks::BINDINGS,
    native::BINDINGS,
    operations::BINDINGS,
    pool_worker::BINDINGS,
    pools::BINDINGS,
    ports::BINDINGS,
    threads::BINDINGS,
    variables::BINDINGS,
    views::BINDINGS,
    web_locks::BINDINGS,
    worker_self::BINDINGS,
    workers::BINDINGS,
];

/// For a bare isolate: without what needs a Node environment, and without what starts workers.
static LEAN_TABLE: [&[Binding]; 12] = [
    attach::BINDINGS,
    queues::BINDINGS,
    coordination::BINDINGS,
    lean::BINDINGS,
    locks::BINDINGS,
    operations::BINDINGS,
    pool_worker::BINDINGS,
    ports::BINDINGS,
    threads::BINDINGS,
    views::BINDINGS,
    web_locks::BINDINGS,
    worker_self::BINDINGS,
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

/// Defines one of those of lib/lean, lib/core and lib/shared. Returns false if there is none of this name.
///
/// # Safety
/// As for [`define`]; the name is a null-terminated string.
unsafe extern "C" fn define_for_lean(target: *mut c_void, name: *const c_char) -> bool {
    // SAFETY: by the contract.
    let name = unsafe { CStr::from_ptr(name) };
    // SAFETY: by the contract.
    LEAN_TABLE
        .iter()
        .any(|bindings| unsafe { bindings::define_one(target, bindings, name) })
}

fn agent() -> Result<Rc<JavaScriptAgent>> {
    javascript::current().ok_or_else(|| Error::new("isothreads: attach() was not called on this thread"))
}
