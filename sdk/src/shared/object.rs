//! The addon's handle to a lock, a queue or a coordination object, which JavaScript and Rust share.

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use isothreads_codec::abi::Host;
use serde::{Deserializer, Serializer, de};

use super::composite::Place;

/// A clone refers to the same object.
#[derive(Clone)]
pub(super) struct Object {
    place: Place,
    handle: Arc<Handle>,
}

struct Handle {
    raw: *mut c_void,
    host: &'static Host,
    release: unsafe extern "C" fn(*mut c_void),
}

// SAFETY: the addon's handles may be used, and released, by any thread at any time.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: this is the function for such a handle, which self owns.
        unsafe { (self.release)(self.raw) };
    }
}

impl Object {
    /// `open` takes the store and the offset in it. It returns null when the object does not exist.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        class: &str,
        deserializer: D,
        open: impl FnOnce(&'static Host, *mut c_void, usize) -> *mut c_void,
        release: impl FnOnce(&'static Host) -> unsafe extern "C" fn(*mut c_void),
    ) -> Result<Self, D::Error> {
        let place = Place::deserialize(class, deserializer)?;
        let host = place.buffer.host();
        let raw = open(host, place.buffer.store(), place.byte_offset);
        if raw.is_null() {
            return Err(de::Error::custom(format!("there is no valid {class} at this position")));
        }
        let release = release(host);
        Ok(Self {
            place,
            handle: Arc::new(Handle { raw, host, release }),
        })
    }

    pub fn serialize<S: Serializer>(&self, class: &'static str, serializer: S) -> Result<S::Ok, S::Error> {
        self.place.serialize(class, serializer)
    }

    /// Its first word.
    pub fn word(&self) -> Option<&AtomicU32> {
        self.place.buffer.cells(self.place.byte_offset, 1)?.first()
    }

    /// Valid for as long as self lives.
    pub fn raw(&self) -> *mut c_void {
        self.handle.raw
    }

    pub fn host(&self) -> &'static Host {
        self.handle.host
    }
}
