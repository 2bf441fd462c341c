//! Calls into the JavaScript of a realm.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use super::RealmOwner;
use crate::engine::bindings::Call;
use crate::engine::ffi::{self, Callbacks};
use crate::engine::lean;
use crate::engine::value::Value;
use crate::engine::wire::Wire;
use isothreads_codec::protocol::dispatch_status;
use isothreads_codec::record::Leaf;

/// The outcome of a call into JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    Done,
    /// Already reported as an uncaught exception.
    Threw,
    /// JavaScript must not be called any more.
    Terminating,
}

impl From<i32> for Dispatch {
    fn from(status: i32) -> Self {
        match status {
            dispatch_status::DISPATCHED => Dispatch::Done,
            dispatch_status::THREW => Dispatch::Threw,
            _ => Dispatch::Terminating,
        }
    }
}

/// The host of a realm's isolate; it defines what a task is, see `shim/isolate/host.h`.
pub struct Host(*mut ffi::Host);

impl Host {
    /// The host of this thread's isolate: the bare isolate itself, or a Node environment, whoever created it.
    pub fn current() -> Self {
        // SAFETY: no preconditions; it lives forever.
        Self(lean::current_host().unwrap_or_else(|| unsafe { ffi::isothreads_node_host() }))
    }
}

/// The JavaScript side of an environment. Bound to its thread.
pub struct RealmHandle {
    realm: NonNull<ffi::Realm>,
}

impl RealmHandle {
    /// The functions in `callbacks` belong to the realm of the calling JavaScript, which `host` runs.
    pub fn new<'call, T: RealmOwner + 'static>(
        _: Call<'call>,
        host: Host,
        owner: &Rc<T>,
        callbacks: &Callbacks<'call>,
    ) -> Self {
        // A thin pointer to a fat one. Leaked, because JavaScript functions hold it for as long as the environment
        // lives.
        let owner: Box<Rc<dyn RealmOwner>> = Box::new(owner.clone());
        let owner = Box::into_raw(owner).cast();
        // SAFETY: JavaScript is calling, and the owner lives forever.
        let realm = unsafe { ffi::isothreads_realm_new(owner, host.0, callbacks) };
        Self {
            realm: NonNull::new(realm).expect("the shim returns a realm"),
        }
    }

    /// An object with the functions of the hot path.
    pub fn functions<'call>(&self, _: Call<'call>) -> Value<'call> {
        // SAFETY: JavaScript is calling, so the context is entered.
        unsafe { Value::from_raw(ffi::isothreads_realm_functions(self.realm.as_ptr())) }
    }

    /// The JavaScript half that created the realm.
    pub fn instance<'call>(&self, _: Call<'call>) -> Value<'call> {
        // SAFETY: JavaScript is calling.
        unsafe { Value::from_raw(ffi::isothreads_realm_instance(self.realm.as_ptr())) }
    }

    /// Keeps an object of this realm alive.
    pub fn hold(&self, object: Value) -> Held {
        // SAFETY: a value of the current call.
        let object = unsafe { ffi::isothreads_object_new(self.realm.as_ptr(), object.raw()) };
        Held(NonNull::new(object).expect("the shim returns an object"))
    }

    /// Sets the object's key; -1 for a detached port.
    pub fn set_key(&self, object: &Held, key: i32) {
        // SAFETY: the object belongs to this realm and lives.
        unsafe { ffi::isothreads_object_set_key(self.realm.as_ptr(), object.0.as_ptr(), key) };
    }

    /// Delivers a message to the port's JavaScript object, as a task by itself.
    pub fn dispatch(&self, port: &Held, kind: i32, wire: &Wire, port_keys: &[i32]) -> Dispatch {
        // SAFETY: on the realm's thread; everything pointed to lives until the call returns.
        unsafe {
            ffi::isothreads_realm_dispatch(
                self.realm.as_ptr(),
                port.0.as_ptr(),
                kind,
                &wire.lend(),
                port_keys.as_ptr(),
                port_keys.len(),
            )
        }
        .into()
    }

    /// The same for a message that Rust has read: `make` creates its value from the leaves; `None`: the value is the
    /// only leaf. The leaves were read from `bytes`.
    pub fn dispatch_record(
        &self,
        port: &Held,
        kind: i32,
        make: Option<&Held>,
        bytes: &[u8],
        leaves: &[Leaf],
    ) -> Dispatch {
        // SAFETY: on the realm's thread; everything pointed to lives until the call returns, and the reader of the
        // leaves has checked that their texts are within the bytes.
        unsafe {
            ffi::isothreads_record_dispatch(
                self.realm.as_ptr(),
                port.0.as_ptr(),
                kind,
                make.map_or(std::ptr::null_mut(), |make| make.0.as_ptr()),
                bytes.as_ptr(),
                leaves.as_ptr(),
                leaves.len(),
            )
        }
        .into()
    }

    /// Compiles a function with the parameters `a0`, `a1`, ... Returns `None` when V8 refuses it.
    pub fn compile_record(&self, body: &str, parameter_count: usize) -> Option<Held> {
        // SAFETY: on the realm's thread; V8 copies the text.
        let function = unsafe {
            ffi::isothreads_record_compile(self.realm.as_ptr(), body.as_ptr().cast(), body.len(), parameter_count)
        };
        NonNull::new(function).map(Held)
    }

    /// Everything that `run` dispatches to this port is one task: `process.nextTick` callbacks and microtasks run
    /// afterwards.
    pub fn batch<T>(&self, port: &Held, run: impl FnOnce() -> T) -> T {
        struct Call<F, T> {
            run: Option<F>,
            result: Option<T>,
        }
        extern "C" fn call<F: FnOnce() -> T, T>(data: *mut c_void) {
            // SAFETY: `data` is the `Call` below, which nothing else uses meanwhile.
            let call = unsafe { &mut *data.cast::<Call<F, T>>() };
            call.result = call.run.take().map(|run| run());
        }
        fn function_of<F: FnOnce() -> T, T>(_: &Call<F, T>) -> extern "C" fn(*mut c_void) {
            call::<F, T>
        }
        let mut data = Call {
            run: Some(run),
            result: None,
        };
        let function = function_of(&data);
        // SAFETY: on the realm's thread; the function is called before this returns.
        unsafe { ffi::isothreads_realm_batch(self.realm.as_ptr(), port.0.as_ptr(), function, (&raw mut data).cast()) };
        data.result.expect("the shim calls the function")
    }

    /// Runs microtasks in the middle of a batch.
    pub fn run_microtasks(&self) {
        // SAFETY: on the realm's thread, no JavaScript on the stack.
        unsafe { ffi::isothreads_realm_run_microtasks(self.realm.as_ptr()) };
    }

    /// Delivers an event to the port's JavaScript object, as a task by itself.
    pub fn notify(&self, port: &Held, kind: i32, number: i32) -> Dispatch {
        // SAFETY: on the realm's thread; the object lives.
        unsafe { ffi::isothreads_realm_notify(self.realm.as_ptr(), port.0.as_ptr(), kind, number) }.into()
    }

    /// The isolate is about to be disposed.
    pub fn delete(&self) {
        // SAFETY: called once, by the environment's cleanup hook, while the isolate still lives;
        // no JavaScript of this realm runs afterwards.
        unsafe { ffi::isothreads_realm_delete(self.realm.as_ptr()) };
    }

    pub(in crate::engine) fn event_loop(&self) -> *mut c_void {
        // SAFETY: the realm lives.
        unsafe { ffi::isothreads_realm_event_loop(self.realm.as_ptr()) }
    }
}

/// Keeps a JavaScript object alive: a port's object, or a function. Bound to its realm's thread.
pub struct Held(NonNull<ffi::Object>);

impl Held {
    /// Whether it is in another context than its realm, so that the realm cannot create its messages.
    pub fn is_elsewhere(&self) -> bool {
        // SAFETY: owned, on the realm's thread.
        unsafe { ffi::isothreads_object_is_elsewhere(self.0.as_ptr()) }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: owned, dropped on the realm's thread while its isolate lives.
        unsafe { ffi::isothreads_object_delete(self.0.as_ptr()) };
    }
}
