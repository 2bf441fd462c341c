//! The life of a libuv handle: allocated, initialised, closed, and freed when libuv has finished with it.

use std::ffi::c_int;

use super::ffi;

/// A handle that calls back on its loop's thread. It does not keep the loop alive unless requested. A copy refers to
/// the same handle; it is freed after `close`, which is called once.
#[derive(Clone, Copy)]
pub(super) struct UvHandle(*mut ffi::UvHandle);

type Callback = Box<dyn Fn()>;

impl UvHandle {
    /// `init` passes zeroed memory for a handle of this type to libuv. The error is libuv's.
    pub(super) fn new(
        kind: c_int,
        callback: Callback,
        init: impl FnOnce(*mut ffi::UvHandle) -> c_int,
    ) -> Result<Self, c_int> {
        // SAFETY: libuv reports the handle's size; only the close callback frees it.
        let handle = unsafe { libc::calloc(1, ffi::uv_handle_size(kind)) }.cast::<ffi::UvHandle>();
        assert!(!handle.is_null(), "out of memory");
        let data = Box::into_raw(Box::new(callback));
        // SAFETY: memory of a handle, which nothing else uses.
        unsafe { (*handle).data = data.cast() };
        let status = init(handle);
        if status != 0 {
            // SAFETY: libuv kept neither pointer.
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
        // SAFETY: by the comment above; the memory is freed in the close callback.
        unsafe { ffi::uv_close(self.0, on_closed) };
    }
}

/// The callback for the handle's events.
pub(super) extern "C" fn on_event(handle: *mut ffi::UvHandle) {
    // SAFETY: `data` is the box created in new(); only on_closed() frees it.
    let callback = unsafe { &*(*handle).data.cast::<Callback>() };
    callback();
}

extern "C" fn on_closed(handle: *mut ffi::UvHandle) {
    // SAFETY: libuv has finished with the handle; both allocations were made in new().
    unsafe {
        drop(Box::from_raw((*handle).data.cast::<Callback>()));
        libc::free(handle.cast());
    }
}
