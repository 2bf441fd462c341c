//! A bare isolate on the calling thread: V8 and an event loop, without Node.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use super::environment::{HeapLimits, LoopTimes};
use super::ffi;
use super::process::end_isolate;

pub use super::ffi::Define;

/// Whether this version of Node can have bare isolates.
pub fn is_available() -> bool {
    // SAFETY: no preconditions.
    unsafe { ffi::isothreads_lean_is_available() }
}

/// What an isolate has no more of, and what it may not do.
#[derive(Debug, Clone, Copy)]
pub struct Restrictions {
    /// Of memory beside V8's heap, in megabytes. Not positive: no limit.
    pub external_memory_mb: f64,
    /// Whether code can be made of strings.
    pub allow_strings: bool,
    /// Whether WebAssembly can be compiled.
    pub allow_wasm: bool,
}

/// Events that the isolate reports while it runs, on its own thread.
pub trait LeanOwner {
    /// The program has ended itself, or thrown. Must stop the isolate.
    fn exit(&self, code: i32);
    /// The heap is nearly full, possibly in the middle of a garbage collection. Returns by how many bytes the limit
    /// rises. V8 aborts the process if that is not enough for the pending allocation.
    fn near_heap_limit(&self) -> usize;
    /// V8 would end the process now, because it cannot have the memory that it needs. Must not return.
    fn out_of_memory(&self);
    /// The memory beside the heap exceeds its limit. Must stop the isolate.
    fn external_memory_exceeded(&self);
    /// [`LeanHandle::interrupt`] was called. The isolate is entered, and no JavaScript may be called.
    fn interrupted(&self);
    /// A garbage collection has ended. V8 holds no locks, so the thread may be kept here forever.
    fn after_garbage_collection(&self);
}

thread_local! {
    static CURRENT: Cell<Option<NonNull<ffi::Lean>>> = const { Cell::new(None) };
}

/// The host of this thread's bare isolate; `None` on other threads.
pub(super) fn current_host() -> Option<*mut ffi::Host> {
    // SAFETY: the isolate of this thread lives; see `LeanIsolate`.
    CURRENT
        .get()
        .map(|lean| unsafe { ffi::isothreads_lean_host(lean.as_ptr()) })
}

/// Whether this thread has a bare isolate.
pub(super) fn is_current() -> bool {
    CURRENT.get().is_some()
}

/// Owned by the thread that created it. Dropping it runs the thread's hooks for the end of an environment, and disposes
/// the isolate.
pub struct LeanIsolate {
    lean: NonNull<ffi::Lean>,
    _owner: Box<Box<dyn LeanOwner>>,
}

impl LeanIsolate {
    /// Creates and enters the isolate. Stores the limits that V8 applied in `limits`. `stack_size` is in bytes.
    pub fn new(
        limits: &mut HeapLimits,
        stack_size: usize,
        restrictions: Restrictions,
        owner: Box<dyn LeanOwner>,
    ) -> Result<Self, String> {
        let mut owner = Box::new(owner);
        let mut options = ffi::LeanOptions {
            max_young_generation_mb: limits.max_young_generation_mb,
            max_old_generation_mb: limits.max_old_generation_mb,
            code_range_mb: limits.code_range_mb,
            stack_size,
            owner: (&raw mut *owner).cast(),
            external_memory_mb: restrictions.external_memory_mb,
            allow_strings: restrictions.allow_strings,
            allow_wasm: restrictions.allow_wasm,
        };
        let mut error = std::ptr::null();
        // SAFETY: the owner lives in the struct below, which outlives the isolate.
        let lean = unsafe { ffi::isothreads_lean_new(&mut options, &mut error) };
        let Some(lean) = NonNull::new(lean) else {
            // SAFETY: the shim sets a static string when it returns null.
            return Err(unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned());
        };
        *limits = HeapLimits {
            max_young_generation_mb: options.max_young_generation_mb,
            max_old_generation_mb: options.max_old_generation_mb,
            code_range_mb: options.code_range_mb,
        };
        CURRENT.set(Some(lean));
        Ok(Self { lean, _owner: owner })
    }

    pub fn handle(&self) -> LeanHandle {
        LeanHandle(self.lean)
    }

    /// Runs the bootstrap. `define` defines the native half's functions. Returns false when the isolate was stopped, or
    /// why the bootstrap failed.
    pub fn load(&mut self, define: Define) -> Result<bool, String> {
        // SAFETY: on its own thread; `define` is called with an object and a name, while JavaScript runs.
        let failure = unsafe { ffi::isothreads_lean_load(self.lean.as_ptr(), define) };
        if failure.is_null() {
            return Ok(true);
        }
        // SAFETY: the shim returns a string that lives as long as the isolate.
        let reason = unsafe { CStr::from_ptr(failure) }.to_string_lossy();
        if reason.is_empty() {
            Ok(false)
        } else {
            Err(reason.into_owned())
        }
    }

    /// Runs the worker's entry, and blocks until the event loop is empty or was stopped.
    pub fn spin(&mut self) {
        // SAFETY: loaded, on its own thread.
        unsafe { ffi::isothreads_lean_spin(self.lean.as_ptr()) };
    }
}

impl Drop for LeanIsolate {
    fn drop(&mut self) {
        // SAFETY: the only owner, on its thread; the LeanHandles were withdrawn before (see there).
        unsafe { ffi::isothreads_lean_end_javascript(self.lean.as_ptr()) };
        end_isolate();
        CURRENT.set(None);
        // SAFETY: as above.
        unsafe { ffi::isothreads_lean_delete(self.lean.as_ptr()) };
        super::sources::unload();
    }
}

/// Reaches a bare isolate from any thread. The holder must withdraw it before the isolate is dropped, and prevent
/// concurrent use (`worker::life` does both under one lock).
pub struct LeanHandle(NonNull<ffi::Lean>);

// SAFETY: the functions below may be called from any thread while the isolate lives, which the lock of `worker::life`
// guarantees.
unsafe impl Send for LeanHandle {}

impl LeanHandle {
    /// Terminates running JavaScript and stops the event loop. Does not wait. Another call repeats the termination of
    /// JavaScript, which may have been consumed.
    pub fn stop(&self) {
        // SAFETY: see above.
        unsafe { ffi::isothreads_lean_stop(self.0.as_ptr()) };
    }

    /// Has [`LeanOwner::interrupted`] called soon on the isolate's thread, whatever its JavaScript does. Does not wait.
    pub fn interrupt(&self) {
        // SAFETY: see above.
        unsafe { ffi::isothreads_lean_interrupt(self.0.as_ptr()) };
    }

    /// Has the thread compare its memory beside the heap with the limit, as soon as it runs JavaScript. Does not wait.
    pub fn check_memory(&self) {
        // SAFETY: see above.
        unsafe { ffi::isothreads_lean_check_memory(self.0.as_ptr()) };
    }

    pub fn loop_times(&self) -> LoopTimes {
        let (mut start, mut idle) = (0, 0);
        // SAFETY: see above; places for the answer.
        unsafe { ffi::isothreads_lean_loop_times(self.0.as_ptr(), &mut start, &mut idle) };
        LoopTimes { start, idle }
    }
}

/// # Safety
/// `owner` is the pointer created in `LeanIsolate::new`.
unsafe fn owner<'a>(owner: *mut c_void) -> &'a dyn LeanOwner {
    // SAFETY: the box lives as long as the isolate, which is calling.
    unsafe { &**owner.cast::<Box<dyn LeanOwner>>() }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_exit(owner_pointer: *mut c_void, code: i32) {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.exit(code);
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_near_heap_limit(owner_pointer: *mut c_void) -> usize {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.near_heap_limit()
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_out_of_memory(owner_pointer: *mut c_void) {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.out_of_memory();
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_external_memory_exceeded(owner_pointer: *mut c_void) {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.external_memory_exceeded();
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_interrupted(owner_pointer: *mut c_void) {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.interrupted();
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_lean_garbage_collected(owner_pointer: *mut c_void) {
    // SAFETY: called by the shim with its owner.
    unsafe { owner(owner_pointer) }.after_garbage_collection();
}
