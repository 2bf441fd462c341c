//! A callback in each turn of an event loop, after its events.

use std::ffi::c_int;

use super::ffi;
use super::realm::RealmHandle;
use super::uv_handle::{UvHandle, on_event};

/// Calls back on the loop's thread, once per turn while it is started. Bound to that thread.
pub struct Immediate {
    check: UvHandle,
    /// While it is active, the loop does not sleep.
    idle: UvHandle,
}

impl Immediate {
    /// Realm's thread. The error is libuv's.
    pub fn new(realm: &RealmHandle, callback: Box<dyn Fn()>) -> Result<Self, c_int> {
        // SAFETY: the loop is this thread's and alive; the handle is zeroed memory.
        let check = UvHandle::new(ffi::UV_CHECK, callback, |handle| unsafe {
            ffi::uv_check_init(realm.event_loop(), handle)
        })?;
        // SAFETY: as above.
        let idle = UvHandle::new(ffi::UV_IDLE, Box::new(|| ()), |handle| unsafe {
            ffi::uv_idle_init(realm.event_loop(), handle)
        });
        match idle {
            Ok(idle) => Ok(Self { check, idle }),
            Err(status) => {
                check.close();
                Err(status)
            }
        }
    }

    /// Whether it calls back, and whether it keeps the loop alive.
    pub fn set(&self, is_started: bool, is_referenced: bool) {
        // SAFETY: loop's thread, handles not closed: that takes `self`. Both starting twice and stopping twice are
        // allowed.
        unsafe {
            if is_started {
                ffi::uv_check_start(self.check.raw(), on_event);
                ffi::uv_idle_start(self.idle.raw(), on_event);
            } else {
                ffi::uv_check_stop(self.check.raw());
                ffi::uv_idle_stop(self.idle.raw());
            }
        }
        self.idle.set_ref(is_referenced);
    }

    pub fn close(self) {
        self.check.close();
        self.idle.close();
    }
}
