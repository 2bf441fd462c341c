//! A Node environment on the calling thread.

use std::ffi::{CStr, CString, c_void};
use std::io::{self, Write};
use std::ptr::NonNull;

use super::bindings::Error;
use super::ffi;
use super::inspection::Output;
use super::value::{FromValue, Value};

/// Heap limits in megabytes; not positive means V8's default.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeapLimits {
    pub max_young_generation_mb: f64,
    pub max_old_generation_mb: f64,
    pub code_range_mb: f64,
}

pub struct EnvironmentOptions {
    /// The value of `process.argv0`.
    pub argv0: CString,
    pub exec_args: Vec<CString>,
    pub thread_id: u64,
    pub limits: HeapLimits,
    /// Bytes of the thread's stack that JavaScript may use.
    pub stack_size: usize,
    pub use_snapshot: bool,
    pub track_unmanaged_fds: bool,
    /// `None`: the worker has no inspector.
    pub inspector: Option<InspectorParent>,
    /// `None`: those of the process.
    pub flags: Option<Flags>,
    /// `None`: those of the process.
    pub variables: Option<Variables>,
    /// Until Node's own start is over. `None`: the same.
    pub variables_at_start: Option<Variables>,
}

/// The connection from the debugger in the parent's environment to the worker's environment.
pub struct InspectorParent(NonNull<ffi::InspectorParent>);

// SAFETY: Node creates it on the parent's thread for the worker's thread; the state shared with the parent is a queue
// with a lock.
unsafe impl Send for InspectorParent {}

impl InspectorParent {
    /// On the parent's thread. Returns `None` when its environment has no inspector.
    pub fn new(thread_id: u64, url: &CStr, name: &str) -> Option<Self> {
        let terminated = format!("{name}\0");
        let text = terminated.as_ptr().cast();
        // SAFETY: called by JavaScript, so inside an environment; the strings are copied.
        let parent = unsafe { ffi::isothreads_inspector_parent_new(thread_id, url.as_ptr(), text, name.len()) };
        NonNull::new(parent).map(Self)
    }
}

impl Drop for InspectorParent {
    fn drop(&mut self) {
        // SAFETY: the one owner.
        unsafe { ffi::isothreads_inspector_parent_delete(self.0.as_ptr()) };
    }
}

/// Command-line flags for one environment, as Node parsed them.
pub struct Flags(NonNull<ffi::Flags>);

// SAFETY: the thread that creates the environment is the only user; the count of owners is atomic.
unsafe impl Send for Flags {}

impl Flags {
    /// `worker` is the native half of a Worker of Node that was not started. Returns `None` when this version of Node does
    /// not give its flags.
    pub fn of(worker: Value) -> Option<Self> {
        // SAFETY: a value of the current call from JavaScript.
        NonNull::new(unsafe { ffi::isothreads_flags_of(worker.raw()) }).map(Self)
    }
}

impl<'call> FromValue<'call> for Flags {
    fn from_value(worker: Value<'call>) -> Result<Self, Error> {
        Self::of(worker).ok_or_else(|| Error::new("isothreads: Node does not give the worker's flags"))
    }
}

impl Drop for Flags {
    fn drop(&mut self) {
        // SAFETY: the one owner.
        unsafe { ffi::isothreads_flags_delete(self.0.as_ptr()) };
    }
}

/// Environment variables for one environment or several.
pub struct Variables(Option<NonNull<ffi::Variables>>);

// SAFETY: the thread that creates the environment is the only user of the pointer; what it points to has a lock, and an
// atomic count of owners.
unsafe impl Send for Variables {}

impl Variables {
    fn as_ptr(&self) -> *const ffi::Variables {
        self.0
            .map_or(std::ptr::null(), |variables| variables.as_ptr().cast_const())
    }
}

impl<'call> FromValue<'call> for Variables {
    /// An object with strings, to be copied; any other value stands for the variables of the current environment.
    fn from_value(entries: Value<'call>) -> Result<Self, Error> {
        // SAFETY: a value of the current call from JavaScript.
        Ok(Self(NonNull::new(unsafe {
            ffi::isothreads_variables_of(entries.raw())
        })))
    }
}

impl Drop for Variables {
    fn drop(&mut self) {
        if let Some(variables) = self.0 {
            // SAFETY: the one owner.
            unsafe { ffi::isothreads_variables_delete(variables.as_ptr()) };
        }
    }
}

/// Events that the environment reports while it runs, on its own thread.
pub trait EnvironmentOwner {
    /// `process.exit(code)`, or an end that Node decided on. Must stop the environment.
    fn process_exit(&self, code: i32);
    /// The heap is nearly full, possibly in the middle of a garbage collection. Returns by how many bytes the limit
    /// rises. V8 aborts the process if that is not enough for the pending allocation.
    fn near_heap_limit(&self, heap: &Heap) -> usize;
    /// [`EnvironmentHandle::interrupt`] was called. The isolate is entered, and no JavaScript may be called.
    fn interrupted(&self);
    /// A garbage collection has ended. V8 holds no locks, so the thread may be kept here forever.
    fn after_garbage_collection(&self, heap: &Heap);
}

/// The heap of an environment during one of the callbacks above.
pub struct Heap(NonNull<ffi::Environment>);

impl Heap {
    /// The limit that V8 applied, in bytes.
    pub fn max_young_generation_size(&self) -> usize {
        // SAFETY: the environment is calling; see `isothreads_on_near_heap_limit` and the callbacks next to it.
        unsafe { ffi::isothreads_environment_max_young_generation_size(self.0.as_ptr()) }
    }

    /// Writes a snapshot in the format of the developer tools, and allows V8 to lower the limit again once the heap has
    /// shrunk. Collects garbage, and blocks until everything is written.
    pub fn write_snapshot(&self, output: &mut dyn Write) -> io::Result<()> {
        let mut output = Output::new(output);
        // SAFETY: the environment is calling, on its thread; the output outlives the call.
        let is_made = unsafe {
            ffi::isothreads_environment_write_heap_snapshot(self.0.as_ptr(), Output::WRITE, output.as_data())
        };
        output.finish(is_made)
    }
}

/// Why the environment could not be created.
#[derive(Debug)]
pub enum EnvironmentError {
    /// The event loop or the isolate could not be created.
    Isolate(String),
    Environment,
    /// This package's own JavaScript failed.
    Bootstrap(String),
}

/// Owned by the thread that created it. Dropping it runs every cleanup hook and disposes the isolate.
pub struct Environment {
    environment: NonNull<ffi::Environment>,
    options: ffi::EnvironmentOptions,
    // `options` points to these.
    _argv0: CString,
    _exec_args: Vec<CString>,
    _exec_arg_pointers: Vec<*const std::ffi::c_char>,
    _inspector: Option<InspectorParent>,
    _flags: Option<Flags>,
    _variables: [Option<Variables>; 2],
    _owner: Box<Box<dyn EnvironmentOwner>>,
}

impl Environment {
    /// Creates the isolate, which takes about a third of the start-up time. Stores the limits that V8 applied in
    /// `options.limits`.
    pub fn new_isolate(
        options: &mut EnvironmentOptions,
        owner: Box<dyn EnvironmentOwner>,
    ) -> Result<Self, EnvironmentError> {
        let argv0 = std::mem::take(&mut options.argv0);
        let exec_args = std::mem::take(&mut options.exec_args);
        let inspector = options.inspector.take();
        let flags = options.flags.take();
        let variables = [options.variables.take(), options.variables_at_start.take()];
        let [variables_in_use, variables_at_start] = variables
            .each_ref()
            .map(|variables| variables.as_ref().map_or(std::ptr::null(), Variables::as_ptr));
        let pointers: Vec<_> = exec_args.iter().map(|argument| argument.as_ptr()).collect();
        let mut owner = Box::new(owner);
        let mut raw = ffi::EnvironmentOptions {
            argv0: argv0.as_ptr(),
            exec_args: pointers.as_ptr(),
            exec_arg_count: pointers.len(),
            thread_id: options.thread_id,
            max_young_generation_mb: options.limits.max_young_generation_mb,
            max_old_generation_mb: options.limits.max_old_generation_mb,
            code_range_mb: options.limits.code_range_mb,
            stack_size: options.stack_size,
            use_snapshot: options.use_snapshot,
            track_unmanaged_fds: options.track_unmanaged_fds,
            inspector: inspector
                .as_ref()
                .map_or(std::ptr::null_mut(), |parent| parent.0.as_ptr()),
            flags: flags
                .as_ref()
                .map_or(std::ptr::null(), |flags| flags.0.as_ptr().cast_const()),
            variables: variables_in_use,
            variables_at_start,
            owner: (&raw mut *owner).cast(),
        };
        let mut error = std::ptr::null();
        // SAFETY: all pointers live in the struct below, which outlives the environment.
        let environment = unsafe { ffi::isothreads_environment_new(&mut raw, &mut error) };
        let Some(environment) = NonNull::new(environment) else {
            // SAFETY: the shim sets a static string when it returns null.
            let reason = unsafe { CStr::from_ptr(error) };
            return Err(EnvironmentError::Isolate(reason.to_string_lossy().into_owned()));
        };
        options.limits = HeapLimits {
            max_young_generation_mb: raw.max_young_generation_mb,
            max_old_generation_mb: raw.max_old_generation_mb,
            code_range_mb: raw.code_range_mb,
        };
        Ok(Self {
            environment,
            options: raw,
            _argv0: argv0,
            _exec_args: exec_args,
            _exec_arg_pointers: pointers,
            _inspector: inspector,
            _flags: flags,
            _variables: variables,
            _owner: owner,
        })
    }

    /// Enters the isolate and creates Node's environment in it.
    pub fn create(&mut self) -> Result<EnvironmentHandle, EnvironmentError> {
        // SAFETY: this thread created the isolate; called once.
        if unsafe { ffi::isothreads_environment_create(self.environment.as_ptr(), &self.options) } {
            Ok(EnvironmentHandle(self.environment))
        } else {
            Err(EnvironmentError::Environment)
        }
    }

    /// In bytes. After `create`.
    pub fn used_heap_size(&self) -> usize {
        // SAFETY: created, on its own thread.
        unsafe { ffi::isothreads_environment_used_heap_size(self.environment.as_ptr()) }
    }

    /// Tells the debugger of the environment, and blocks while the debugger or a flag asks for that. The handle must be
    /// published: [`EnvironmentHandle::stop`] ends the wait.
    pub fn await_debugger(&mut self) {
        // SAFETY: created, on its own thread.
        unsafe { ffi::isothreads_environment_await_debugger(self.environment.as_ptr()) };
    }

    /// Runs the bootstrap and the entry. Returns false when the environment was stopped.
    pub fn load(&mut self) -> Result<bool, EnvironmentError> {
        let register = ffi::napi_register_module_v1 as *const c_void;
        // SAFETY: created, on its own thread.
        let failure = unsafe { ffi::isothreads_environment_load(self.environment.as_ptr(), register) };
        if failure.is_null() {
            return Ok(true);
        }
        // SAFETY: the shim returns a string that lives as long as the environment.
        let reason = unsafe { CStr::from_ptr(failure) }.to_string_lossy();
        if reason.is_empty() {
            Ok(false)
        } else {
            Err(EnvironmentError::Bootstrap(reason.into_owned()))
        }
    }

    /// Blocks until the event loop is empty, and returns the exit code; `None` when the environment was stopped.
    pub fn spin(&mut self) -> Option<i32> {
        let mut code = 0;
        // SAFETY: loaded, on its own thread.
        unsafe { ffi::isothreads_environment_spin(self.environment.as_ptr(), &mut code) }.then_some(code)
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        // SAFETY: the only owner, on its thread; the EnvironmentHandles were withdrawn before (see there).
        unsafe { ffi::isothreads_environment_delete(self.environment.as_ptr()) };
    }
}

/// Reaches an environment from any thread. The holder must withdraw it before the environment is dropped, and prevent
/// concurrent use (`worker::life` does both under one lock).
pub struct EnvironmentHandle(NonNull<ffi::Environment>);

// SAFETY: node::Stop() and the functions below may be called from any thread while the environment lives, which the lock
// of `worker::life` guarantees.
unsafe impl Send for EnvironmentHandle {}

/// The times of an event loop, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct LoopTimes {
    /// When it started, on the clock of [`now`](super::process::now); 0 before that.
    pub start: u64,
    /// How long it has waited for events.
    pub idle: u64,
}

impl EnvironmentHandle {
    /// Terminates running JavaScript and stops the event loop. Does not wait. Another call repeats the termination of
    /// JavaScript, which may have been consumed.
    pub fn stop(&self) {
        // SAFETY: see above.
        unsafe { ffi::isothreads_environment_stop(self.0.as_ptr()) };
    }

    /// Has [`EnvironmentOwner::interrupted`] called soon on the environment's thread, whatever its JavaScript does. Does
    /// not wait.
    pub fn interrupt(&self) {
        // SAFETY: see above.
        unsafe { ffi::isothreads_environment_interrupt(self.0.as_ptr()) };
    }

    pub fn loop_times(&self) -> LoopTimes {
        let (mut start, mut idle) = (0, 0);
        // SAFETY: see above; places for the answer.
        unsafe { ffi::isothreads_environment_loop_times(self.0.as_ptr(), &mut start, &mut idle) };
        LoopTimes { start, idle }
    }
}

/// # Safety
/// `owner` is the pointer created in `Environment::new_isolate`.
unsafe fn owner<'a>(owner: *mut c_void) -> &'a dyn EnvironmentOwner {
    // SAFETY: the box lives as long as the environment, which is calling.
    unsafe { &**owner.cast::<Box<dyn EnvironmentOwner>>() }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_process_exit(owner_pointer: *mut c_void, code: i32) {
    // SAFETY: called by environment.cc with its owner.
    unsafe { owner(owner_pointer) }.process_exit(code);
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_near_heap_limit(
    owner_pointer: *mut c_void,
    environment: NonNull<ffi::Environment>,
) -> usize {
    // SAFETY: called by environment.cc with its owner.
    unsafe { owner(owner_pointer) }.near_heap_limit(&Heap(environment))
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_garbage_collected(owner_pointer: *mut c_void, environment: NonNull<ffi::Environment>) {
    // SAFETY: called by environment.cc with its owner.
    unsafe { owner(owner_pointer) }.after_garbage_collection(&Heap(environment));
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_interrupted(owner_pointer: *mut c_void) {
    // SAFETY: called by environment.cc with its owner.
    unsafe { owner(owner_pointer) }.interrupted();
}
