//! What is done once per process or per environment, whoever made the environment.

use std::cell::RefCell;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::OnceLock;

use super::ffi;

/// Fetches V8's platform and keeps the addon mapped for ever. Called when the addon is loaded,
/// on the thread of an environment. The error says what failed.
pub fn initialize() -> Result<(), &'static str> {
    static INITIALIZED: OnceLock<Result<(), &'static str>> = OnceLock::new();
    *INITIALIZED.get_or_init(|| {
        // SAFETY: Node-API calls us on an environment's thread with its context entered.
        if !unsafe { ffi::isothreads_platform_initialize() } {
            return Err("this thread has no Node environment");
        }
        // A Worker of Node that loaded the addon unmaps it when it ends, with our threads in it.
        // SAFETY: only looks this library up and raises its reference count.
        if !unsafe { ffi::isothreads_pin_library() } {
            return Err("the addon could not be pinned in memory");
        }
        Ok(())
    })
}

/// A thread id that no other environment of the process has or will have.
pub fn allocate_thread_id() -> u64 {
    // SAFETY: an atomic counter inside Node; any thread.
    unsafe { ffi::isothreads_allocate_thread_id() }
}

/// The process ends with this code when the isolate of the current environment is disposed, at the end of the main thread: V8 itself, which
/// would be disposed next, aborts when other isolates exist still.
pub fn exit_with_isolate(code: i32) {
    // SAFETY: called while the environment ends, on its thread with its context entered.
    unsafe { ffi::isothreads_exit_with_isolate(code) };
}

/// The local time as `20260131.235959`.
pub fn local_time() -> String {
    // SAFETY: both functions fill what they are given and keep none of it; the structure may be all zeros.
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

/// What is to happen when an environment ends.
pub trait EndOfEnvironment {
    /// However it ends, also by `process.exit()`; may come twice.
    fn at_exit(&self);
    /// When it is taken apart; nothing of it may be used afterwards.
    fn clean_up(&self);
    /// Its thread never runs again. V8 and Node must not be called; others must not wait for anything of this thread.
    fn abandon(&self);
}

thread_local! {
    static TARGETS: RefCell<Vec<Rc<dyn EndOfEnvironment>>> = const { RefCell::new(Vec::new()) };
}

/// Tells all that registered on this thread that it never runs again.
pub fn abandon_environment() {
    for target in TARGETS.take() {
        target.abandon();
        // Its destructor would release handles of V8.
        std::mem::forget(target);
    }
}

/// Registers with the current environment. Both callbacks run on its thread.
pub fn on_end_of_environment<T: EndOfEnvironment + 'static>(target: Rc<T>) {
    TARGETS.with_borrow_mut(|targets| targets.push(target.clone()));
    extern "C" fn at_exit<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: the pointer of the Rc below, which is released by clean_up() at the earliest.
        unsafe { &*target.cast::<T>() }.at_exit();
    }
    extern "C" fn clean_up<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: as above; Node calls a cleanup hook once. AtExit callbacks run after the cleanup
        // hooks on a natural end, so the Rc is left to them: a few hundred bytes per environment.
        unsafe { &*target.cast::<T>() }.clean_up();
        TARGETS.with_borrow_mut(|targets| targets.retain(|other| !std::ptr::addr_eq(Rc::as_ptr(other), target)));
    }
    let pointer = Rc::into_raw(target).cast_mut().cast();
    // SAFETY: on the environment's thread; the pointer stays valid for good.
    unsafe {
        ffi::isothreads_at_environment_exit(at_exit::<T>, pointer);
        ffi::isothreads_add_cleanup_hook(clean_up::<T>, pointer);
    }
}
