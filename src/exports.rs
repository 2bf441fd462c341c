//! The Node-API exports. `key` is always the number under which this thread's realm knows a port
//! or a worker; an unknown key does nothing.

mod conduits;
mod list;
mod locks;
mod meeting;
mod native;
mod operations;
mod pools;
mod variables;
mod views;
mod workers;

use std::rc::Rc;
use std::sync::atomic::Ordering::Relaxed;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use self::list::List;
use crate::engine;
use crate::engine::realm::RealmHandle;
use crate::port;
use crate::realm::{PROCESS_EXIT_CODE, Realm};

/// The version of the package that this binary belongs to; lib/node/binding.js refuses another one's.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

fn realm() -> Result<Rc<Realm>> {
    Realm::current().ok_or_else(|| Error::from_reason("isothreads: attach() was not called on this thread"))
}

/// What the native half calls in JavaScript.
#[napi(object)]
pub struct Callbacks<'env> {
    /// `(port, kind, value, ports)`
    pub receive: Unknown<'env>,
    /// `(port, kind, make, ...leaves)`
    pub receive_record: Unknown<'env>,
    /// `(key) -> port`
    pub create_port: Unknown<'env>,
    /// `(kind of refusal, detail) -> error`
    pub clone_error: Unknown<'env>,
    /// `() -> symbols`
    pub find_clone_symbols: Unknown<'env>,
    /// `(object that Node clones itself) -> object | [object] | undefined`
    pub take_apart: Unknown<'env>,
    /// The way back.
    pub put_together: Unknown<'env>,
    /// `(object that may be Node's own) -> whether it is`
    pub is_host_object: Unknown<'env>,
    /// `(object of a class, its name)`
    pub check_cloneable: Unknown<'env>,
    /// What `instance()` returns from now on.
    pub instance: Unknown<'env>,
}

/// Makes the realm of this environment and returns the functions of the hot path. Throws when
/// called twice, or when the event loop is out of resources.
#[napi]
pub fn attach<'env>(
    env: &'env Env,
    callbacks: Callbacks<'env>,
    is_main_thread: bool,
    package_root: String,
) -> Result<Unknown<'env>> {
    if Realm::current().is_some() {
        return Err(Error::from_reason("isothreads: this thread is attached already"));
    }
    engine::process::initialize().map_err(Error::from_reason)?;
    engine::library::set_root(package_root);
    let callbacks = engine::realm::Callbacks {
        receive: callbacks.receive.raw().cast(),
        receive_record: callbacks.receive_record.raw().cast(),
        create_port: callbacks.create_port.raw().cast(),
        clone_error: callbacks.clone_error.raw().cast(),
        find_clone_symbols: callbacks.find_clone_symbols.raw().cast(),
        take_apart: callbacks.take_apart.raw().cast(),
        put_together: callbacks.put_together.raw().cast(),
        is_host_object: callbacks.is_host_object.raw().cast(),
        check_cloneable: callbacks.check_cloneable.raw().cast(),
        instance: callbacks.instance.raw().cast(),
    };
    let realm = Realm::create(is_main_thread, |owner| {
        // SAFETY: called by JavaScript of this environment with values of this scope; the owner
        // is leaked into the handle.
        unsafe { RealmHandle::new(owner, &callbacks) }
    })
    .map_err(Error::from_reason)?;
    // SAFETY: the shim returns a napi value of this environment, in the scope of this call.
    Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), realm.handle().functions().cast()) })
}

/// The JavaScript half that made the realm of this thread; `undefined` before `attach`.
#[napi]
pub fn instance<'env>(env: &'env Env) -> Option<Unknown<'env>> {
    let realm = Realm::current()?;
    // SAFETY: as in `attach`.
    Some(unsafe { Unknown::from_raw_unchecked(env.raw(), realm.handle().instance().cast()) })
}

/// The folder of the package that made the first realm: where workers find their JavaScript.
#[napi]
pub fn package_root() -> Option<&'static str> {
    engine::library::root()
}

/// The process's working directory as it is now; `null` when it was removed.
#[napi]
pub fn current_directory() -> Option<String> {
    std::env::current_dir().ok()?.into_os_string().into_string().ok()
}

/// The two ports of a new channel; give each an object with `bindPort`.
#[napi]
pub fn create_channel() -> Result<List<i32>> {
    let realm = realm()?;
    let (first, second) = port::channel();
    Ok(List(vec![
        realm.add_port(first, false) as i32,
        realm.add_port(second, false) as i32,
    ]))
}

/// The object hears of messages and of the closing; it lives until then.
#[napi]
pub fn bind_port(key: u32, object: Unknown) -> Result<()> {
    let realm = realm()?;
    // SAFETY: an object of this environment, checked by JavaScript, in the scope of this call.
    let object = unsafe { realm.handle().hold(object.raw().cast()) };
    realm.set_object(key as usize, object);
    Ok(())
}

#[napi]
pub fn set_receiving(key: u32, receiving: bool) -> Result<()> {
    realm()?.set_receiving(key as usize, receiving);
    Ok(())
}

/// Whether the port keeps the event loop alive.
#[napi]
pub fn set_port_ref(key: u32, referenced: bool) -> Result<()> {
    realm()?.set_port_referenced(key as usize, referenced);
    Ok(())
}

#[napi]
pub fn has_port_ref(key: u32) -> Result<bool> {
    Ok(realm()?.is_port_referenced(key as usize))
}

#[napi]
pub fn close_port(key: u32) -> Result<()> {
    realm()?.close_port(key as usize);
    Ok(())
}

/// The code that the process is about to end with, in case workers cannot be joined then.
#[napi]
pub fn set_process_exit_code(code: i32) {
    PROCESS_EXIT_CODE.store(code, Relaxed);
}
