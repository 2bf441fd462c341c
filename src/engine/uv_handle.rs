//! The life of a libuv handle: allocated, initialised, closed, and freed when libuv is done with it.

use std::ffi::c_int;

use super::ffi;

/// A handle that calls back on its loop's thread. It does not keep the loop alive, unless asked to. A copy is the same
/// handle; it is freed after `close`, which is called once.
#[derive(Clone, Copy)]
pub(super) struct UvHandle(*mut ffi::UvHandle);

type Callback = Box<dyn Fn()>;

impl UvHandle {
    /// `init` hands the zeroed memory of a handle of this type to libuv. The error is libuv's.
    pub(super) fn new(
        kind: c_int,
        callback: Callback,
        init: impl FnOnce(*mut ffi::UvHandle) -> c_int,
    ) -> Result<Self, c_int> {
        // SAFETY: libuv says how large the handle is; it is freed by its close callback only.
        let handle = unsafe { libc::calloc(1, ffi::uv_handle_size(kind)) }.cast::<ffi::UvHandle>();
        assert!(!handle.is_null(), "out of memory");
        let data = Box::into_raw(Box::new(callback));
        // SAFETY: memory of a handle, which nobody else has.
        unsafe { (*handle).data = data.cast() };
        let status = init(handle);
        if status != 0 {
            // SAFETY: libuv did not take either.
            unsafe {
                drop(Box::from_raw(data));
                libc::free(handle.cast());
            }
            return Err(status);
        }
        // SAFETY: an initialised handle.
        unsafe { ffi::uv_unref(handle) };
        Ok(Self(handle))
    }

    pub(super) fn raw(self) -> *mut ffi::UvHandle {
        self.0
    }

    /// Whether the handle keeps the loop alive. Loop's thread, before `close`.
    pub(super) fn set_ref(self, referenced: bool) {
        // SAFETY: loop's thread, handle not closed.
        unsafe {
            if referenced {
                ffi::uv_ref(self.0)
            } else {
                ffi::uv_unref(self.0)
            }
        };
    }

    /// Loop's thread, once.
    pub(super) fn close(self) {
        // SAFETY: as said; the memory is freed in the close callback.
        unsafe { ffi::uv_close(self.0, on_closed) };
    }
}

/// What libuv is to call when the handle has something to say.
pub(super) extern "C" fn on_event(handle: *mut ffi::UvHandle) {
    // SAFETY: `data` is the box made in new(), freed by on_closed() only.
    let callback = unsafe { &*(*handle).data.cast::<Callback>() };
    callback();
}

extern "C" fn on_closed(handle: *mut ffi::UvHandle) {
    // SAFETY: libuv is done with the handle; both allocations are those of new().
    unsafe {
        drop(Box::from_raw((*handle).data.cast::<Callback>()));
        libc::free(handle.cast());
    }
}
