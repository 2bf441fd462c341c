//! The shared-memory byte stream between threads of JavaScript and Rust.

use std::ffi::c_void;
use std::io::{self, ErrorKind};
use std::marker::PhantomData;
use std::time::Duration;

use isothreads_codec::abi::{FOREVER, Host, Slice, Status};
use isothreads_codec::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lock::nanoseconds;
use super::object::Object;

/// A byte stream in shared memory, from one writing thread to one reading thread: JavaScript's class. A clone refers to
/// the same one.
#[derive(Clone)]
pub struct SharedRing(Object);

impl SharedRing {
    /// Claims the writing end for this thread.
    ///
    /// # Errors
    /// When another thread owns it (`ERR_ISOTHREADS_RING_CLAIMED`).
    pub fn writer(&self) -> Result<RingWriter> {
        End::claim(self, true).map(RingWriter)
    }

    /// Claims the reading end for this thread.
    ///
    /// # Errors
    /// When another thread owns it (`ERR_ISOTHREADS_RING_CLAIMED`).
    pub fn reader(&self) -> Result<RingReader> {
        End::claim(self, false).map(RingReader)
    }

    /// Fails both sides from now on, even if unread bytes are left. The reason is truncated to 255 bytes. Any thread.
    pub fn destroy(&self, reason: &str) {
        let reason = Slice {
            data: reason.as_ptr(),
            length: reason.len(),
        };
        // SAFETY: self holds the ring; the text is lent.
        unsafe { (self.0.host().ring_destroy)(self.0.raw(), reason) };
    }
}

impl Serialize for SharedRing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize("SharedRing", serializer)
    }
}

impl<'de> Deserialize<'de> for SharedRing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // SAFETY: a store that the position of the object holds.
        let open = |host: &Host, store, offset| unsafe { (host.ring_new)(store, offset) };
        Object::deserialize("SharedRing", deserializer, open, |host| host.ring_release_handle).map(Self)
    }
}

/// Writes to a [`SharedRing`]. Blocks while the ring is full. If this is dropped without [`end`](Self::end), the reader
/// gets an error after the remaining bytes, so that it never mistakes a truncated stream for a complete one.
pub struct RingWriter(End);

impl RingWriter {
    /// Ends the stream: the reader gets the remaining bytes, then the end.
    pub fn end(mut self) {
        // SAFETY: self holds the ring.
        unsafe { (self.0.ring.host().ring_end)(self.0.ring.raw()) };
        self.0.is_lost = false;
    }

    /// Releases this end for another thread.
    pub fn release(mut self) {
        self.0.is_lost = false;
    }

    /// How long a `write` may block before it fails with `TimedOut`. `None`, the default: forever.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.timeout = timeout;
    }
}

/// `?` converts these errors to [`Error`] with a code. `ERR_ISOTHREADS_RING_BROKEN`: the reading thread has ended.
/// `ERR_ISOTHREADS_RING_DESTROYED`. `ERR_ISOTHREADS_RING_ENDED`. `ERR_ISOTHREADS_TIMEOUT`. `ABORT_ERR`: the worker must
/// end.
impl io::Write for RingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let lent = Slice {
            data: bytes.as_ptr(),
            length: bytes.len(),
        };
        // SAFETY: lent bytes, and room for the number.
        self.0
            .transfer(|host, ring, timeout, count| unsafe { (host.ring_write)(ring, lent, timeout, count) })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads from a [`SharedRing`]. Blocks while the ring is empty. Dropping it gives the writer an error.
pub struct RingReader(End);

impl RingReader {
    /// Releases this end for another thread.
    pub fn release(mut self) {
        self.0.is_lost = false;
    }

    /// How long a `read` may block before it fails with `TimedOut`. `None`, the default: forever.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.0.timeout = timeout;
    }
}

/// The errors are those of [`RingWriter`]. `ERR_ISOTHREADS_RING_BROKEN`: the writing thread ended without ending the
/// stream.
impl io::Read for RingReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        // SAFETY: bytes of this thread, and room for the number.
        self.0.transfer(|host, ring, timeout, count| unsafe {
            (host.ring_read)(ring, into.as_mut_ptr(), into.len(), timeout, count)
        })
    }
}

/// An end of a ring that this thread has claimed.
struct End {
    ring: Object,
    is_writer: bool,
    timeout: Option<Duration>,
    /// Its effect on the other side when it is dropped.
    is_lost: bool,
    /// Not `Send`.
    marker: PhantomData<*const ()>,
}

impl End {
    fn claim(ring: &SharedRing, is_writer: bool) -> Result<Self> {
        let ring = ring.0.clone();
        // SAFETY: the object holds the ring.
        if !unsafe { (ring.host().ring_claim)(ring.raw(), is_writer) } {
            let end = if is_writer { "writing" } else { "reading" };
            return Err(Error::new(format!("another thread owns the {end} end of the ring"))
                .with_code("ERR_ISOTHREADS_RING_CLAIMED"));
        }
        Ok(Self {
            ring,
            is_writer,
            timeout: None,
            is_lost: true,
            marker: PhantomData,
        })
    }

    fn transfer(&self, call: impl FnOnce(&'static Host, *mut c_void, u64, *mut usize) -> Status) -> io::Result<usize> {
        let mut count = 0;
        let timeout = self.timeout.map_or(FOREVER, nanoseconds);
        match call(self.ring.host(), self.ring.raw(), timeout, &mut count) {
            Status::DONE => Ok(count),
            status => Err(self.failure(status)),
        }
    }

    #[cold]
    fn failure(&self, status: Status) -> io::Error {
        let coded = |message: &str, code| Error::new(message).with_code(code);
        let (kind, error) = match status {
            Status::TERMINATED => (ErrorKind::Other, Error::terminated()),
            Status::TIMED_OUT => (
                ErrorKind::TimedOut,
                coded(
                    "timed out waiting for the other side of the ring",
                    "ERR_ISOTHREADS_TIMEOUT",
                ),
            ),
            Status::DESTROYED => (
                ErrorKind::ConnectionAborted,
                coded(&self.destroyed(), "ERR_ISOTHREADS_RING_DESTROYED"),
            ),
            Status::CLOSED => (
                ErrorKind::BrokenPipe,
                coded(
                    "the ring was ended: nothing more can be written",
                    "ERR_ISOTHREADS_RING_ENDED",
                ),
            ),
            _ => {
                let end = if self.is_writer { "reading" } else { "writing" };
                let message = format!("the thread that owned the {end} end of the ring has ended");
                (ErrorKind::BrokenPipe, coded(&message, "ERR_ISOTHREADS_RING_BROKEN"))
            }
        };
        error.into_io(kind)
    }

    fn destroyed(&self) -> String {
        let mut text = [0; 256];
        // SAFETY: the object holds the ring, and that many bytes belong to this thread.
        let length = unsafe { (self.ring.host().ring_reason)(self.ring.raw(), text.as_mut_ptr(), text.len()) };
        match String::from_utf8_lossy(&text[..length]) {
            reason if reason.is_empty() => "the ring was destroyed".into(),
            reason => format!("the ring was destroyed: {reason}"),
        }
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: this thread has claimed the end.
        unsafe { (self.ring.host().ring_leave)(self.ring.raw(), self.is_writer, self.is_lost) };
    }
}
