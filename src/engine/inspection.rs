//! Looking into the isolate of the calling thread: its heap, and V8's profilers. Nothing here calls JavaScript, and all of
//! it may run in the middle of JavaScript.

use std::ffi::{c_char, c_void};
use std::io::{self, Write};
use std::ptr::{NonNull, null_mut};

use super::ffi;

/// Passes what V8 writes to a writer, until that fails.
pub(super) struct Output<'a> {
    writer: &'a mut dyn Write,
    result: io::Result<()>,
}

impl<'a> Output<'a> {
    /// Takes [`as_data`](Self::as_data) as its first argument.
    pub(super) const WRITE: ffi::Write = write;

    pub(super) fn new(writer: &'a mut dyn Write) -> Self {
        Self { writer, result: Ok(()) }
    }

    pub(super) fn as_data(&mut self) -> *mut c_void {
        (&raw mut *self).cast()
    }

    /// `is_made` says whether V8 had something to write.
    pub(super) fn finish(self, is_made: bool) -> io::Result<()> {
        match is_made {
            true => self.result,
            false => Err(io::Error::other("V8 could not create a snapshot")),
        }
    }
}

extern "C" fn write(output: *mut c_void, data: *const c_char, length: usize) -> bool {
    // SAFETY: an Output that outlives the call, and bytes of V8 that live for the call.
    let (output, data) = unsafe {
        let data = std::slice::from_raw_parts(data.cast::<u8>(), length);
        (&mut *output.cast::<Output<'_>>(), data)
    };
    output.result = output.writer.write_all(data);
    output.result.is_ok()
}

/// The numbers of `v8.getHeapStatistics()`, in the order of its properties. The last one, the number of allocated bytes,
/// is 0 before V8 14.
pub fn heap_statistics() -> [f64; ffi::HEAP_STATISTICS] {
    let mut numbers = [0.0; ffi::HEAP_STATISTICS];
    // SAFETY: the caller is on an isolate's thread; an array of that length.
    unsafe { ffi::isothreads_heap_statistics(numbers.as_mut_ptr()) };
    numbers
}

/// Writes a snapshot in the format of the developer tools. Collects garbage, and blocks until everything is written.
pub fn write_heap_snapshot(
    expose_internals: bool,
    expose_numeric_values: bool,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let mut output = Output::new(writer);
    // SAFETY: the caller is on an isolate's thread; the output outlives the call.
    let is_made = unsafe {
        ffi::isothreads_write_heap_snapshot(expose_internals, expose_numeric_values, Output::WRITE, output.as_data())
    };
    output.finish(is_made)
}

/// Records what the isolate of its thread executes. Must be dropped before the isolate.
pub struct CpuProfiler {
    profiler: NonNull<c_void>,
    /// The profiles that are being recorded.
    ids: Vec<u32>,
}

impl CpuProfiler {
    pub fn new() -> Self {
        // SAFETY: the caller is on an isolate's thread.
        let profiler = unsafe { ffi::isothreads_cpu_profiler_new() };
        Self {
            profiler: NonNull::new(profiler).expect("V8 returns a profiler"),
            ids: Vec::new(),
        }
    }

    /// Whether nothing is being recorded.
    pub fn is_idle(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns the profile's number; `None` when there are too many. An interval of 0 is V8's default.
    pub fn start(&mut self, most_samples: u32, interval_microseconds: i32) -> Option<u32> {
        let mut id = 0;
        let profiler = self.profiler.as_ptr();
        // SAFETY: a profiler of this thread's isolate, and a place for the answer.
        let is_started =
            unsafe { ffi::isothreads_cpu_profile_start(profiler, most_samples, interval_microseconds, &mut id) };
        if !is_started {
            return None;
        }
        self.ids.push(id);
        Some(id)
    }

    /// Returns the profile in the format of the developer tools; `None` when it was not started.
    pub fn stop(&mut self, id: u32) -> Option<String> {
        let index = self.ids.iter().position(|other| *other == id)?;
        self.ids.swap_remove(index);
        let mut json = Vec::new();
        let mut output = Output::new(&mut json);
        let (profiler, write, data) = (self.profiler.as_ptr(), Some(Output::WRITE), output.as_data());
        // SAFETY: a profiler of this thread's isolate; the output outlives the call.
        let is_made = unsafe { ffi::isothreads_cpu_profile_stop(profiler, id, write, data) };
        is_made.then(|| into_text(json))
    }
}

impl Drop for CpuProfiler {
    fn drop(&mut self) {
        let profiler = self.profiler.as_ptr();
        for id in self.ids.drain(..) {
            // SAFETY: a profiler of this thread's isolate, and one of its profiles; nothing is written.
            unsafe { ffi::isothreads_cpu_profile_stop(profiler, id, None, null_mut()) };
        }
        // SAFETY: created in new(), by the contract of the struct before the isolate ends.
        unsafe { ffi::isothreads_cpu_profiler_delete(profiler) };
    }
}

fn into_text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Starts the isolate's sampling heap profiler, which must be stopped before the isolate ends. Returns false when it is
/// running already.
pub fn start_heap_profile(sample_interval: u64, stack_depth: i32, flags: i32) -> bool {
    // SAFETY: the caller is on an isolate's thread.
    unsafe { ffi::isothreads_heap_profile_start(sample_interval, stack_depth, flags) }
}

/// Stops the isolate's sampling heap profiler, if it is running.
pub fn discard_heap_profile() {
    // SAFETY: the caller is on an isolate's thread.
    unsafe { ffi::isothreads_heap_profile_discard() };
}

/// A group of sampled objects.
pub struct HeapSample {
    pub node_id: u32,
    pub count: u32,
    pub object_size: u64,
    pub ordinal: u64,
    /// See [`HeapProfile::knows_liveness`].
    pub is_live: bool,
}

/// A function that has allocated, or that has called one.
pub struct HeapNode {
    pub function_name: String,
    pub url: String,
    pub self_size: u64,
    pub self_count: u64,
    pub id: u32,
    /// The number of its callers; 0: the root.
    pub depth: u32,
    pub script_id: i32,
    /// Counted from 1.
    pub line_number: i32,
    pub column_number: i32,
}

/// The nodes are in depth-first order, each before its children.
#[derive(Default)]
pub struct HeapProfile {
    pub samples: Vec<HeapSample>,
    pub nodes: Vec<HeapNode>,
    /// Whether this version of V8 says which samples are live.
    pub knows_liveness: bool,
}

/// Stops the isolate's sampling heap profiler. Returns `None` when it is not running.
pub fn stop_heap_profile() -> Option<HeapProfile> {
    extern "C" fn sample(profile: *mut c_void, sample: &ffi::HeapProfileSample) {
        // SAFETY: the profile below, which nothing else uses meanwhile.
        let profile = unsafe { &mut *profile.cast::<HeapProfile>() };
        profile.samples.push(HeapSample {
            node_id: sample.node_id,
            count: sample.count,
            object_size: sample.object_size,
            ordinal: sample.ordinal,
            is_live: sample.is_live,
        });
    }
    extern "C" fn node(profile: *mut c_void, node: &ffi::HeapProfileNode) {
        // SAFETY: the profile below, and texts that live for the call.
        let (profile, function_name, url) = unsafe {
            (
                &mut *profile.cast::<HeapProfile>(),
                text(node.function_name, node.function_name_length),
                text(node.url, node.url_length),
            )
        };
        profile.nodes.push(HeapNode {
            function_name,
            url,
            self_size: node.self_size,
            self_count: node.self_count,
            id: node.id,
            depth: node.depth,
            script_id: node.script_id,
            line_number: node.line_number,
            column_number: node.column_number,
        });
    }
    let mut profile = HeapProfile::default();
    let mut visitor = ffi::HeapProfileVisitor {
        sample,
        node,
        data: (&raw mut profile).cast(),
        knows_liveness: false,
    };
    // SAFETY: the caller is on an isolate's thread; the profile outlives the call.
    let is_stopped = unsafe { ffi::isothreads_heap_profile_stop(&mut visitor) };
    profile.knows_liveness = visitor.knows_liveness;
    is_stopped.then_some(profile)
}

/// # Safety
/// `data` is null, or that many bytes.
unsafe fn text(data: *const c_char, length: usize) -> String {
    if data.is_null() {
        return String::new();
    }
    // SAFETY: by the contract.
    let bytes = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), length) };
    String::from_utf8_lossy(bytes).into_owned()
}
