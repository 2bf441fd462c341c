//! Creates the realm of a context, and answers questions about the process.

use std::sync::atomic::Ordering::Relaxed;

use isothreads_codec::protocol::FINGERPRINT;

use super::Result;
use super::table::{bindings, from_object};
use crate::agent::PROCESS_EXIT_CODE;
use crate::engine;
use crate::engine::bindings::{Call, Error};
use crate::engine::realm::{Callbacks, Host, RealmHandle};
use crate::engine::value::Value;
use crate::runtime::javascript;

bindings! {
    c"attach" => attach(call, callbacks, is_main_thread, package_root, protocol);
    c"instance" => instance(call);
    c"packageRoot" => package_root();
    c"currentDirectory" => current_directory();
    c"setProcessExitCode" => set_process_exit_code(code);
    c"processors" => processors();
}

from_object!(Callbacks<'call> {
    receive: c"receive",
    receive_record: c"receiveRecord",
    create_port: c"createPort",
    clone_error: c"cloneError",
    find_clone_symbols: c"findCloneSymbols",
    take_apart: c"takeApart",
    put_together: c"putTogether",
    is_host_object: c"isHostObject",
    check_cloneable: c"checkCloneable",
    pack: c"pack",
    unpack: c"unpack",
    instance: c"instance",
});

/// Creates the realm of this environment and returns the functions of the hot path. Throws when called twice, when the
/// protocol's fingerprint differs, or when the event loop has no resources left.
fn attach<'call>(
    call: Call<'call>,
    callbacks: Callbacks<'call>,
    is_main_thread: bool,
    package_root: String,
    protocol: f64,
) -> Result<Value<'call>> {
    if protocol != f64::from(FINGERPRINT) {
        return Err(Error::new(
            "isothreads: the native part and the JavaScript were built from different sources: rebuild with `npx isothreads build`",
        ));
    }
    if javascript::current().is_some() {
        return Err(Error::new("isothreads: this thread is already attached"));
    }
    engine::process::initialize().map_err(Error::new)?;
    engine::library::set_root(package_root);
    let make_realm = |owner: &_| RealmHandle::new(call, Host::current(), owner, &callbacks);
    let agent = javascript::attach(is_main_thread, make_realm).map_err(Error::new)?;
    Ok(agent.host.realm().functions(call))
}

/// The JavaScript half that created the realm of this thread; `null` before `attach`.
fn instance(call: Call) -> Option<Value> {
    Some(javascript::current()?.host.realm().instance(call))
}

/// The folder of the package that created the first realm: workers load their JavaScript from it.
fn package_root() -> Option<&'static str> {
    engine::library::root()
}

/// The current working directory of the process; `null` when it was removed.
fn current_directory() -> Option<String> {
    std::env::current_dir().ok()?.into_os_string().into_string().ok()
}

/// The exit code that the process is about to end with, in case workers cannot be joined then.
fn set_process_exit_code(code: i32) {
    PROCESS_EXIT_CODE.store(code, Relaxed);
}

/// The number of threads that can run in parallel: processors, within the limits of a container.
fn processors() -> u32 {
    num_cpus::get() as u32
}
