//! A JavaScript environment that loaded the addon, as Rust sees it: calls into its JavaScript,
//! and the handle that wakes its event loop.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use isothreads_codec::record::Leaf;

use super::ffi;
pub use super::ffi::Callbacks;
use super::wire::Wire;
use crate::message::{Kind, Message};
use crate::shared::queue::{PopError, PushError};

/// What JavaScript asks of the owner of a realm. Called on the realm's thread.
pub trait RealmOwner {
    /// True when the channel of the port is lost, because its other side is in the message.
    fn post(&self, key: Option<usize>, kind: i32, wire: Wire, port_keys: &[i32]) -> bool;
    fn is_port_open(&self, key: usize) -> bool;
    fn close_port(&self, key: usize);
    fn receive(&self, key: usize) -> Option<Message>;
    /// Detaches the ports of these keys, so that they can travel.
    fn clone_to_self(&self, wire: Wire, port_keys: &[i32]) -> Message;
    /// Makes the ports of a received message belong to this thread.
    fn bind_ports(&self, message: &mut Message) -> Vec<i32>;
    fn push(&self, key: usize, kind: u8, bytes: &[u8]) -> Result<(), PushError>;
    fn is_full(&self, key: usize) -> bool;
    /// Its kind, and bytes that stay until the next call.
    fn pop(&self, key: usize) -> Result<(u8, *const [u8]), PopError>;
    /// Keeps the message for a queue, and returns its number.
    fn box_message(&self, key: usize, wire: Wire, port_keys: &[i32]) -> u64;
    fn unbox_message(&self, key: usize, number: u64) -> Option<Message>;
}

/// What became of a call into JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    Done,
    /// Reported as an uncaught exception already.
    Threw,
    /// JavaScript must not be called any more.
    Terminating,
}

impl From<i32> for Dispatch {
    fn from(status: i32) -> Self {
        match status {
            0 => Dispatch::Done,
            1 => Dispatch::Threw,
            _ => Dispatch::Terminating,
        }
    }
}

/// An array of napi values, as a napi value. No setter of a program's on `Array.prototype` is called.
///
/// # Safety
/// `values` are napi values of the current environment, in a live handle scope.
pub unsafe fn list(values: &[*mut c_void]) -> *mut c_void {
    // SAFETY: by the contract; they are copied.
    unsafe { ffi::isothreads_list(values.as_ptr(), values.len()) }
}

/// The JavaScript side of an environment. Bound to its thread.
pub struct RealmHandle {
    realm: NonNull<ffi::Realm>,
}

impl RealmHandle {
    /// # Safety
    /// Called with the environment's context entered, on its thread, with napi values of functions
    /// of its current scope; `owner` must outlive the handle.
    pub unsafe fn new<T: RealmOwner + 'static>(owner: &Rc<T>, callbacks: &Callbacks) -> Self {
        // A thin pointer to a fat one; leaked, because JavaScript functions hold it for as long
        // as the environment lives.
        let owner: Box<Rc<dyn RealmOwner>> = Box::new(owner.clone());
        let owner = Box::into_raw(owner).cast();
        // SAFETY: on the environment's thread, by the contract.
        let realm = unsafe { ffi::isothreads_realm_new(owner, callbacks) };
        Self {
            realm: NonNull::new(realm).expect("the shim returns a realm"),
        }
    }

    /// A napi value: the functions on the hot path.
    pub fn functions(&self) -> *mut c_void {
        // SAFETY: called while JavaScript calls us, so the context is entered.
        unsafe { ffi::isothreads_realm_functions(self.realm.as_ptr()) }
    }

    /// A napi value: the JavaScript half that made the realm.
    pub fn instance(&self) -> *mut c_void {
        // SAFETY: as above.
        unsafe { ffi::isothreads_realm_instance(self.realm.as_ptr()) }
    }

    /// # Safety
    /// `value` is a napi value of an object of this realm, in a live handle scope.
    pub unsafe fn hold(&self, value: *mut c_void) -> Held {
        // SAFETY: by the contract.
        let object = unsafe { ffi::isothreads_object_new(self.realm.as_ptr(), value) };
        Held(NonNull::new(object).expect("the shim returns an object"))
    }

    /// `key` is -1 for a port that no longer answers.
    pub fn set_key(&self, object: &Held, key: i32) {
        // SAFETY: the object is of this realm and lives.
        unsafe { ffi::isothreads_object_set_key(self.realm.as_ptr(), object.0.as_ptr(), key) };
    }

    /// Hands a message to the port's JavaScript object, as a task of its own.
    pub fn dispatch(&self, port: &Held, message: &Message, port_keys: &[i32]) -> Dispatch {
        // SAFETY: on the realm's thread; everything pointed to lives until the call returns.
        unsafe {
            ffi::isothreads_realm_dispatch(
                self.realm.as_ptr(),
                port.0.as_ptr(),
                message.kind.0,
                &message.wire.lend(),
                port_keys.as_ptr(),
                port_keys.len(),
            )
        }
        .into()
    }

    /// The same for a message that was read already: `make` makes its value of the leaves, `None`:
    /// it is the one leaf. `bytes` are those that the leaves were read from.
    pub fn dispatch_record(
        &self,
        port: &Held,
        kind: Kind,
        make: Option<&Held>,
        bytes: &[u8],
        leaves: &[Leaf],
    ) -> Dispatch {
        // SAFETY: on the realm's thread; everything pointed to lives until the call returns, and
        // the reader of the leaves checked that their texts are within the bytes.
        unsafe {
            ffi::isothreads_record_dispatch(
                self.realm.as_ptr(),
                port.0.as_ptr(),
                kind.0,
                make.map_or(std::ptr::null_mut(), |make| make.0.as_ptr()),
                bytes.as_ptr(),
                leaves.as_ptr(),
                leaves.len(),
            )
        }
        .into()
    }

    /// A function with the parameters `a0`, `a1`, ... `None` when V8 refuses it.
    pub fn compile_record(&self, body: &str, parameter_count: usize) -> Option<Held> {
        // SAFETY: on the realm's thread; V8 copies the text.
        let function = unsafe {
            ffi::isothreads_record_compile(self.realm.as_ptr(), body.as_ptr().cast(), body.len(), parameter_count)
        };
        NonNull::new(function).map(Held)
    }

    /// All that `run` dispatches to this port is one task: `process.nextTick` and microtasks run when
    /// it has returned.
    pub fn batch<T>(&self, port: &Held, run: impl FnOnce() -> T) -> T {
        struct Call<F, T> {
            run: Option<F>,
            result: Option<T>,
        }
        extern "C" fn call<F: FnOnce() -> T, T>(data: *mut c_void) {
            // SAFETY: `data` is the `Call` below, which nobody else uses meanwhile.
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

    /// In the middle of a batch.
    pub fn run_microtasks(&self) {
        // SAFETY: on the realm's thread, no JavaScript on the stack.
        unsafe { ffi::isothreads_realm_run_microtasks(self.realm.as_ptr()) };
    }

    /// Tells the port's JavaScript object that something happened, as a task of its own.
    pub fn notify(&self, port: &Held, kind: i32, number: i32) -> Dispatch {
        // SAFETY: on the realm's thread; the object lives.
        unsafe { ffi::isothreads_realm_notify(self.realm.as_ptr(), port.0.as_ptr(), kind, number) }.into()
    }

    /// The isolate is about to go.
    pub fn delete(&self) {
        // SAFETY: called once, by the environment's cleanup hook, while the isolate still lives;
        // no JavaScript of this realm runs afterwards.
        unsafe { ffi::isothreads_realm_delete(self.realm.as_ptr()) };
    }

    pub(super) fn event_loop(&self) -> *mut c_void {
        // SAFETY: the realm lives.
        unsafe { ffi::isothreads_realm_event_loop(self.realm.as_ptr()) }
    }

    /// Makes a handle that calls `callback` on this thread after each wake-up.
    pub fn wake_handle(&self, callback: Box<dyn Fn()>) -> Result<WakeHandle, i32> {
        // SAFETY: libuv says how large the handle is; it is freed by its close callback only.
        let handle = unsafe { libc::calloc(1, ffi::uv_handle_size(ffi::UV_ASYNC)) }.cast::<ffi::UvAsync>();
        let data = Box::into_raw(Box::new(callback));
        // SAFETY: the loop is the one of this thread and alive; the handle is zeroed memory.
        let status = unsafe {
            (*handle).data = data.cast();
            ffi::uv_async_init(self.event_loop(), handle, on_wake)
        };
        if status != 0 {
            // SAFETY: libuv did not take either.
            unsafe {
                drop(Box::from_raw(data));
                libc::free(handle.cast());
            }
            return Err(status);
        }
        // SAFETY: an initialised handle. It keeps the loop alive only while asked to.
        unsafe { ffi::uv_unref(handle.cast()) };
        Ok(WakeHandle(handle))
    }
}

extern "C" fn on_wake(handle: *mut ffi::UvAsync) {
    // SAFETY: `data` is the box made in wake_handle(), freed by on_closed() only.
    let callback = unsafe { &*(*handle).data.cast::<Box<dyn Fn()>>() };
    callback();
}

extern "C" fn on_closed(handle: *mut ffi::UvHandle) {
    let handle = handle.cast::<ffi::UvAsync>();
    // SAFETY: libuv is done with the handle; both allocations are those of wake_handle().
    unsafe {
        drop(Box::from_raw((*handle).data.cast::<Box<dyn Fn()>>()));
        libc::free(handle.cast());
    }
}

/// Wakes an event loop.
#[derive(Clone, Copy)]
pub struct WakeHandle(*mut ffi::UvAsync);

// SAFETY: send() is the one libuv call that is allowed from any thread, and its caller, Waker,
// holds a lock that close()'s caller takes first. The other methods are for the loop's thread.
unsafe impl Send for WakeHandle {}

impl WakeHandle {
    /// Any thread, until `close`.
    pub fn send(&self) {
        // SAFETY: the handle is not closed yet, see above.
        unsafe { ffi::uv_async_send(self.0) };
    }

    /// Whether the handle keeps the loop alive. Loop's thread.
    pub fn set_ref(&self, referenced: bool) {
        // SAFETY: loop's thread, handle not closed.
        unsafe {
            if referenced {
                ffi::uv_ref(self.0.cast())
            } else {
                ffi::uv_unref(self.0.cast())
            }
        };
    }

    /// Loop's thread, once, after everybody who could send was told.
    pub fn close(&self) {
        // SAFETY: as said; the memory is freed in the close callback.
        unsafe { ffi::uv_close(self.0.cast(), on_closed) };
    }
}

/// Keeps a JavaScript object alive, a port's or a function. Bound to its realm's thread.
pub struct Held(NonNull<ffi::Object>);

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: owned, dropped on the realm's thread while its isolate lives.
        unsafe { ffi::isothreads_object_delete(self.0.as_ptr()) };
    }
}

/// # Safety
/// `owner` is the pointer that RealmHandle::new() leaked.
unsafe fn owner<'a>(owner: *mut c_void) -> &'a Rc<dyn RealmOwner> {
    // SAFETY: by the contract; the box is never freed.
    unsafe { &*owner.cast() }
}

/// # Safety
/// `keys` points to `count` numbers, or `count` is 0.
unsafe fn keys<'a>(keys: *const i32, count: usize) -> &'a [i32] {
    if count == 0 {
        return &[];
    }
    // SAFETY: by the contract.
    unsafe { std::slice::from_raw_parts(keys, count) }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_post(
    owner_pointer: *mut c_void,
    source_key: i32,
    kind: i32,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
) -> bool {
    // SAFETY: called by realm.cc with the realm's owner, a wire that is ours now, and the keys.
    let (owner, wire, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    owner.post(usize::try_from(source_key).ok(), kind, wire, port_keys)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_is_port_open(owner_pointer: *mut c_void, key: i32) -> bool {
    // SAFETY: called by the shim with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    usize::try_from(key).is_ok_and(|key| owner.is_port_open(key))
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_close_port(owner_pointer: *mut c_void, key: i32) {
    // SAFETY: called by the shim with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    if let Ok(key) = usize::try_from(key) {
        owner.close_port(key);
    }
}

/// A message on its way through the shim, with the keys that its ports got here.
struct Received {
    message: Message,
    port_keys: Vec<i32>,
}

impl Received {
    /// # Safety
    /// The out parameters are valid for writes.
    unsafe fn lend(
        self,
        received: *mut *mut c_void,
        wire: *mut ffi::Wire,
        port_keys: *mut *const i32,
        port_count: *mut usize,
    ) {
        let lent = Box::new(self);
        // SAFETY: by the contract. The box is freed by isothreads_on_receive_done(), and stays the
        // owner of what the wire points to.
        unsafe {
            *port_keys = lent.port_keys.as_ptr();
            *port_count = lent.port_keys.len();
            wire.write(lent.message.wire.lend());
            *received = Box::into_raw(lent).cast();
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_receive(
    owner_pointer: *mut c_void,
    key: i32,
    received: *mut *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *mut *const i32,
    port_count: *mut usize,
) -> bool {
    // SAFETY: called by realm.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    let Some(mut message) = usize::try_from(key).ok().and_then(|key| owner.receive(key)) else {
        return false;
    };
    let keys = owner.bind_ports(&mut message);
    // SAFETY: out parameters of the caller.
    unsafe {
        Received {
            message,
            port_keys: keys,
        }
        .lend(received, wire, port_keys, port_count);
    }
    true
}

/// How a push or a pop ended, as in shim.h.
const DONE: i32 = 0;
const NOT_NOW: i32 = 1;
const NEVER: i32 = 2;
const TOO_LONG: i32 = 3;

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_push(
    owner_pointer: *mut c_void,
    key: i32,
    kind: u8,
    data: *const u8,
    length: usize,
) -> i32 {
    // SAFETY: called by queue.cc with the realm's owner and that many bytes.
    let (owner, bytes) = unsafe { (owner(owner_pointer), std::slice::from_raw_parts(data, length)) };
    match owner.push(key as usize, kind, bytes) {
        Ok(()) => DONE,
        Err(PushError::Full | PushError::NotTaken(_)) => NOT_NOW,
        Err(PushError::Closed) => NEVER,
        Err(PushError::TooLong) => TOO_LONG,
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_is_full(owner_pointer: *mut c_void, key: i32) -> bool {
    // SAFETY: called by queue.cc with the realm's owner.
    unsafe { owner(owner_pointer) }.is_full(key as usize)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_queue_pop(
    owner_pointer: *mut c_void,
    key: i32,
    kind: *mut u8,
    data: *mut *const u8,
    length: *mut usize,
) -> i32 {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    match owner.pop(key as usize) {
        Ok((popped, bytes)) => {
            // SAFETY: out parameters of the caller.
            unsafe {
                kind.write(popped);
                data.write(bytes.cast());
                length.write(bytes.len());
            }
            DONE
        }
        Err(PopError::Closed) => NEVER,
        Err(PopError::Empty | PopError::NotTaken(_)) => NOT_NOW,
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_box(
    owner_pointer: *mut c_void,
    key: i32,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
) -> f64 {
    // SAFETY: called by queue.cc with the realm's owner, a wire that is ours now, and the keys.
    let (owner, wire, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    owner.box_message(key as usize, wire, port_keys) as f64
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_drop_boxed(owner_pointer: *mut c_void, key: i32, number: f64) {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    drop(owner.unbox_message(key as usize, number as u64));
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_unbox(
    owner_pointer: *mut c_void,
    key: i32,
    number: f64,
    received: *mut *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *mut *const i32,
    port_count: *mut usize,
) -> bool {
    // SAFETY: called by queue.cc with the realm's owner.
    let owner = unsafe { owner(owner_pointer) };
    let Some(mut message) = owner.unbox_message(key as usize, number as u64) else {
        return false;
    };
    let keys = owner.bind_ports(&mut message);
    // SAFETY: out parameters of the caller.
    unsafe {
        Received {
            message,
            port_keys: keys,
        }
        .lend(received, wire, port_keys, port_count);
    }
    true
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_structured_clone(
    owner_pointer: *mut c_void,
    wire: *mut ffi::Wire,
    port_keys: *const i32,
    port_count: usize,
    received: *mut *mut c_void,
    new_keys: *mut *const i32,
    new_count: *mut usize,
) {
    // SAFETY: called by realm.cc with the realm's owner, a wire that is ours now, and the keys.
    let (owner, taken, port_keys) = unsafe { (owner(owner_pointer), Wire::take(wire), keys(port_keys, port_count)) };
    let mut message = owner.clone_to_self(taken, port_keys);
    let bound = owner.bind_ports(&mut message);
    // SAFETY: out parameters of the caller.
    unsafe {
        Received {
            message,
            port_keys: bound,
        }
        .lend(received, wire, new_keys, new_count)
    };
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_receive_done(received: *mut c_void) {
    // SAFETY: the box that Received::lend() gave away, given back once.
    drop(unsafe { Box::from_raw(received.cast::<Received>()) });
}
