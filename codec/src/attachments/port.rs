//! A port, as a handle.

use std::ffi::c_void;
use std::mem::ManuallyDrop;

use crate::abi;

/// One side of a channel: JavaScript's `MessagePort`. Dropping it closes the channel.
pub struct MessagePort {
    pub(crate) raw: *mut c_void,
    pub(crate) host: &'static abi::Host,
}

// SAFETY: it has one owner, and a port may be used on any thread, one at a time.
unsafe impl Send for MessagePort {}

impl MessagePort {
    /// # Safety
    /// The port is given away.
    #[doc(hidden)]
    pub unsafe fn from_raw(raw: *mut c_void, host: &'static abi::Host) -> Self {
        Self { raw, host }
    }

    pub(crate) fn into_raw(self) -> *mut c_void {
        ManuallyDrop::new(self).raw
    }
}

impl Drop for MessagePort {
    fn drop(&mut self) {
        // SAFETY: self owns the port.
        unsafe { (self.host.port_release)(self.raw) };
    }
}
