//! Setup that runs once per process or per environment, for environments of any creator.

use std::cell::RefCell;
use std::ffi::{CString, c_void};
use std::rc::Rc;
use std::sync::OnceLock;

use super::{ffi, lean};

/// Fetches V8's platform and pins the addon in memory. Called when the addon is loaded, on an environment's thread. The
/// error says what failed.
pub fn initialize() -> Result<(), &'static str> {
    static INITIALIZED: OnceLock<Result<(), &'static str>> = OnceLock::new();
    *INITIALIZED.get_or_init(|| {
        // SAFETY: Node-API calls us on an environment's thread with its context entered.
        if !unsafe { ffi::isothreads_platform_initialize() } {
            return Err("this thread has no Node environment");
        }
        // A Worker of Node that loaded the addon would unmap it at its end, while our threads execute it.
        // SAFETY: only looks this library up and raises its reference count.
        if !unsafe { ffi::isothreads_pin_library() } {
            return Err("the addon could not be pinned in memory");
        }
        Ok(())
    })
}

/// A thread id that is unique among all environments of the process.
pub fn allocate_thread_id() -> u64 {
    // SAFETY: an atomic counter inside Node; any thread.
    unsafe { ffi::isothreads_allocate_thread_id() }
}

/// Names the calling thread, a worker's, in the trace of `--trace-event-categories`.
pub fn name_thread_in_trace(thread_id: u64, name: &str) {
    let separator = if name.is_empty() { "" } else { " " };
    let Ok(title) = CString::new(format!("[worker {thread_id}]{separator}{name}")) else {
        return;
    };
    // SAFETY: the string is copied; any thread.
    unsafe { ffi::isothreads_trace_thread_name(title.as_ptr()) };
}

/// The process exits with this code when the isolate of the current environment is disposed, at the end of the main
/// thread. V8 itself would be disposed next, and aborts while other isolates exist.
pub fn exit_with_isolate(code: i32) {
    // SAFETY: called while the environment ends, on its thread with its context entered.
    unsafe { ffi::isothreads_exit_with_isolate(code) };
}

/// From now on `exit()` on another thread than the process's first one ends the process at once. It would destroy what
/// Node's main thread is using. Any thread.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn guard_exit() {
    use libc::c_int;

    unsafe extern "C" {
        fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    }
    extern "C" fn end(code: c_int, _: *mut c_void) {
        // SAFETY: no preconditions; exit() would flush the streams too.
        unsafe {
            if libc::gettid() != libc::getpid() {
                libc::fflush(std::ptr::null_mut());
                libc::_exit(code);
            }
        }
    }
    static REGISTERED: OnceLock<()> = OnceLock::new();
    // SAFETY: the addon, and so the function, stays loaded.
    REGISTERED.get_or_init(|| unsafe {
        on_exit(end, std::ptr::null_mut());
    });
}

/// Elsewhere nothing reports the code.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn guard_exit() {}

/// Nanoseconds on the clock of libuv's event loops and of `process.hrtime()`.
pub fn now() -> u64 {
    // SAFETY: any thread.
    unsafe { ffi::uv_hrtime() }
}

/// The local time as `20260131.235959`.
pub fn local_time() -> String {
    // SAFETY: both functions fill their arguments and keep no pointer to them; the structure may be all zeros.
    let time = unsafe {
        let now = libc::time(std::ptr::null_mut());
        let mut time: libc::tm = std::mem::zeroed();
        #[cfg(unix)]
        libc::localtime_r(&now, &mut time);
        #[cfg(windows)]
        libc::localtime_s(&mut time, &now);
        time
    };
    let (year, month) = (time.tm_year + 1900, time.tm_mon + 1);
    let (day, hour, minute, second) = (time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
    format!("{year:04}{month:02}{day:02}.{hour:02}{minute:02}{second:02}")
}

/// Hooks for the end of an environment.
pub trait EndOfEnvironment {
    /// However it ends, including `process.exit()`; may be called twice.
    fn at_exit(&self);
    /// During teardown; the environment must not be used afterwards.
    fn clean_up(&self);
    /// Its thread never runs again. Do not call V8 or Node; release everything that other threads may wait for.
    fn abandon(&self);
}

thread_local! {
    static TARGETS: RefCell<Vec<Rc<dyn EndOfEnvironment>>> = const { RefCell::new(Vec::new()) };
}

/// Notifies all hooks of this thread that it never runs again.
pub fn abandon_environment() {
    for target in TARGETS.take() {
        target.abandon();
        // Running its destructor would release V8 handles.
        std::mem::forget(target);
    }
}

/// The bare isolate of this thread is about to be disposed.
pub(super) fn end_isolate() {
    for target in TARGETS.take() {
        target.clean_up();
    }
}

/// Registers hooks with the current environment, or with the bare isolate of this thread. All of them run on its thread.
pub fn on_end_of_environment<T: EndOfEnvironment + 'static>(target: Rc<T>) {
    TARGETS.with_borrow_mut(|targets| targets.push(target.clone()));
    if lean::is_current() {
        return;
    }
    extern "C" fn at_exit<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: the pointer of the Rc below, which clean_up() releases at the earliest.
        unsafe { &*target.cast::<T>() }.at_exit();
    }
    extern "C" fn clean_up<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: as above; Node calls a cleanup hook once. AtExit callbacks run after the cleanup hooks on a natural
        // end, so they leak the Rc: a few hundred bytes per environment.
        unsafe { &*target.cast::<T>() }.clean_up();
        TARGETS.with_borrow_mut(|targets| targets.retain(|other| !std::ptr::addr_eq(Rc::as_ptr(other), target)));
    }
    let pointer = Rc::into_raw(target).cast_mut().cast();
    // SAFETY: on the environment's thread; the pointer stays valid forever.
    unsafe {
        ffi::isothreads_at_environment_exit(at_exit::<T>, pointer);
        ffi::isothreads_add_cleanup_hook(clean_up::<T>, pointer);
    }
}
