//! What is done once per process or per environment, whoever made the environment.

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

/// What is to happen when an environment ends.
pub trait EndOfEnvironment {
    /// However it ends, also by `process.exit()`; may come twice.
    fn at_exit(&self);
    /// When it is taken apart; nothing of it may be used afterwards.
    fn clean_up(&self);
}

/// Registers with the current environment. Both callbacks run on its thread.
pub fn on_end_of_environment<T: EndOfEnvironment>(target: Rc<T>) {
    extern "C" fn at_exit<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: the pointer of the Rc below, which is released by clean_up() at the earliest.
        unsafe { &*target.cast::<T>() }.at_exit();
    }
    extern "C" fn clean_up<T: EndOfEnvironment>(target: *mut c_void) {
        // SAFETY: as above; Node calls a cleanup hook once. AtExit callbacks run after the cleanup
        // hooks on a natural end, so the Rc is left to them: a few hundred bytes per environment.
        unsafe { &*target.cast::<T>() }.clean_up();
    }
    let pointer = Rc::into_raw(target).cast_mut().cast();
    // SAFETY: on the environment's thread; the pointer stays valid for good.
    unsafe {
        ffi::isothreads_at_environment_exit(at_exit::<T>, pointer);
        ffi::isothreads_add_cleanup_hook(clean_up::<T>, pointer);
    }
}
