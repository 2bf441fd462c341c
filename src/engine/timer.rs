//! A timer of an event loop.

use std::ffi::c_int;

use super::ffi;
use super::realm::RealmHandle;

/// Calls back on the loop's thread. Does not keep the loop alive. Bound to that thread.
pub struct Timer(*mut ffi::UvTimer);

impl Timer {
    /// Realm's thread; the error is libuv's.
    pub fn new(realm: &RealmHandle, callback: Box<dyn Fn()>) -> Result<Self, c_int> {
        // SAFETY: libuv says how large the handle is; it is freed by its close callback only.
        let handle = unsafe { libc::calloc(1, ffi::uv_handle_size(ffi::UV_TIMER)) }.cast::<ffi::UvTimer>();
        let data = Box::into_raw(Box::new(callback));
        // SAFETY: the loop is the one of this thread and alive; the handle is zeroed memory.
        let status = unsafe {
            (*handle).data = data.cast();
            ffi::uv_timer_init(realm.event_loop(), handle)
        };
        if status != 0 {
            // SAFETY: libuv did not take either.
            unsafe {
                drop(Box::from_raw(data));
                libc::free(handle.cast());
            }
            return Err(status);
        }
        // SAFETY: an initialised handle.
        unsafe { ffi::uv_unref(handle.cast()) };
        Ok(Self(handle))
    }

    /// Calls back once, in so many milliseconds.
    pub fn start(&self, milliseconds: u64) {
        // SAFETY: loop's thread, handle not closed: that takes `self`.
        unsafe { ffi::uv_timer_start(self.0, on_timeout, milliseconds, 0) };
    }

    pub fn close(self) {
        // SAFETY: as above; the memory is freed in the close callback.
        unsafe { ffi::uv_close(self.0.cast(), on_closed) };
    }
}

extern "C" fn on_timeout(handle: *mut ffi::UvTimer) {
    // SAFETY: `data` is the box made in new(), freed by on_closed() only.
    let callback = unsafe { &*(*handle).data.cast::<Box<dyn Fn()>>() };
    callback();
}

extern "C" fn on_closed(handle: *mut ffi::UvHandle) {
    let handle = handle.cast::<ffi::UvTimer>();
    // SAFETY: libuv is done with the handle; both allocations are those of new().
    unsafe {
        drop(Box::from_raw((*handle).data.cast::<Box<dyn Fn()>>()));
        libc::free(handle.cast());
    }
}
