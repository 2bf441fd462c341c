//! What the thread of a Node environment tells about its isolate when another thread requests it. Each function is called
//! on that thread, possibly in the middle of its JavaScript.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};

use super::heap_profile;
use crate::engine::inspection::{self as engine, CpuProfiler};
use crate::engine::thread_times::ThreadTimes;

/// Why there is no answer. The texts are Node's codes.
pub type Refusal = &'static str;

pub const NOT_RUNNING: Refusal = "ERR_WORKER_NOT_RUNNING";
const CPU_PROFILE_ALREADY_STARTED: Refusal = "ERR_CPU_PROFILE_ALREADY_STARTED";
const CPU_PROFILE_TOO_MANY: Refusal = "ERR_CPU_PROFILE_TOO_MANY";
const CPU_PROFILE_NOT_STARTED: Refusal = "ERR_CPU_PROFILE_NOT_STARTED";
const HEAP_PROFILE_ALREADY_STARTED: Refusal = "ERR_HEAP_PROFILE_HAVE_BEEN_STARTED";
const HEAP_PROFILE_NOT_STARTED: Refusal = "ERR_HEAP_PROFILE_NOT_STARTED";
const HEAP_SNAPSHOT_FAILED: Refusal = "ERR_HEAP_SNAPSHOT_FAILED";
const OPERATION_FAILED: Refusal = "ERR_OPERATION_FAILED";

/// The length of most pieces of a snapshot.
const PIECE: usize = 1 << 20;

thread_local! {
    /// `None` while nothing is recorded.
    static CPU_PROFILER: RefCell<Option<CpuProfiler>> = const { RefCell::new(None) };
    /// Whether this thread started the heap profiler. Node and debuggers use the same one.
    static IS_HEAP_PROFILED: Cell<bool> = const { Cell::new(false) };
    /// The names of the profiles that are being recorded, on Node 22, where they have names.
    static NAMES: RefCell<Vec<(u32, String)>> = const { RefCell::new(Vec::new()) };
}

/// Collects a text in pieces of similar length, so that it never has to be copied as a whole.
#[derive(Default)]
struct Pieces(Vec<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match self.0.last_mut() {
            Some(last) if last.len() + text.len() <= PIECE => last.extend_from_slice(text),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.extend_from_slice(text);
                self.0.push(piece);
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn take_heap_snapshot(expose_internals: bool, expose_numeric_values: bool) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut pieces = Pieces::default();
    engine::write_heap_snapshot(expose_internals, expose_numeric_values, &mut pieces)
        .map_err(|_| HEAP_SNAPSHOT_FAILED)?;
    Ok(pieces.0)
}

pub fn heap_statistics() -> Vec<f64> {
    engine::heap_statistics().to_vec()
}

/// Microseconds in user mode, and in the system.
pub fn cpu_usage() -> Result<Vec<f64>, Refusal> {
    let ThreadTimes { user, system } = ThreadTimes::current().ok_or(OPERATION_FAILED)?;
    Ok(vec![user, system])
}

/// Returns the profile's number.
pub fn start_cpu_profile(name: Option<String>, most_samples: u32, interval_microseconds: i32) -> Result<u32, Refusal> {
    let is_taken = |name: &String| NAMES.with_borrow(|names| names.iter().any(|(_, other)| other == name));
    if name.as_ref().is_some_and(is_taken) {
        return Err(CPU_PROFILE_ALREADY_STARTED);
    }
    let id = CPU_PROFILER.with_borrow_mut(|profiler| {
        let profiler = profiler.get_or_insert_with(CpuProfiler::new);
        profiler.start(most_samples, interval_microseconds)
    });
    let id = id.ok_or(CPU_PROFILE_TOO_MANY)?;
    if let Some(name) = name {
        NAMES.with_borrow_mut(|names| names.push((id, name)));
    }
    Ok(id)
}

/// Returns the profile as JSON.
pub fn stop_cpu_profile(id: u32) -> Result<String, Refusal> {
    NAMES.with_borrow_mut(|names| names.retain(|(other, _)| *other != id));
    CPU_PROFILER.with_borrow_mut(|profiler| {
        let json = profiler.as_mut().and_then(|profiler| profiler.stop(id));
        profiler.take_if(|profiler| profiler.is_idle());
        json.ok_or(CPU_PROFILE_NOT_STARTED)
    })
}

pub fn start_heap_profile(sample_interval: u64, stack_depth: i32, flags: i32) -> Result<(), Refusal> {
    if !engine::start_heap_profile(sample_interval, stack_depth, flags) {
        return Err(HEAP_PROFILE_ALREADY_STARTED);
    }
    IS_HEAP_PROFILED.set(true);
    Ok(())
}

/// Returns the profile as JSON.
pub fn stop_heap_profile() -> Result<String, Refusal> {
    IS_HEAP_PROFILED.set(false);
    let profile = engine::stop_heap_profile().ok_or(HEAP_PROFILE_NOT_STARTED)?;
    Ok(heap_profile::to_json(&profile))
}

/// The isolate of this thread is about to be disposed.
pub(in crate::runtime) fn close() {
    CPU_PROFILER.take();
    if IS_HEAP_PROFILED.take() {
        engine::discard_heap_profile();
    }
    NAMES.take();
}
