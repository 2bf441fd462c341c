//! What the JavaScript of a bare isolate (lib/lean) has of its thread: module files, timers, the clock. On other threads these
//! functions do nothing.

use std::path::PathBuf;

use super::table::{bindings, from_object, into_object};
use super::workers::{start, take_created};
use super::{Result, agent};
use crate::engine::bindings::{Call, Error};
use crate::engine::environment::HeapLimits;
use crate::engine::lean::is_available;
use crate::engine::process::now;
use crate::engine::value::Value;
use crate::runtime::lean::modules::{self, Refusal, Resolved};
use crate::runtime::lean::{LeanRuntime, timers};

bindings! {
    c"hasLeanRuntime" => has_lean_runtime();
    c"startLeanWorker" => start_lean_worker(key, options);
    c"leanEntry" => lean_entry();
    c"moduleRoots" => module_roots();
    c"resolveModule" => resolve_module(folder, request);
    c"readModule" => read_module(path);
    c"listenToTimers" => listen_to_timers(object);
    c"scheduleTimers" => schedule_timers(milliseconds, referenced);
    c"setImmediates" => set_immediates(waiting, referenced);
    c"now" => milliseconds_now();
    c"encodeUtf8" => encode_utf8(call, text);
    c"decodeUtf8" => decode_utf8(buffer);
}

/// Whether this version of Node can have lean workers.
fn has_lean_runtime() -> bool {
    is_available()
}

pub struct LeanOptions {
    /// As in `WorkerOptions`.
    pub resource_limits: Vec<f64>,
    /// The worker's file; nullish for source text.
    pub entry: Option<String>,
    /// Nullish for the default.
    pub module_roots: Option<Vec<String>>,
}

from_object!(LeanOptions {
    resource_limits: c"resourceLimits",
    entry: c"entry",
    module_roots: c"moduleRoots",
});

/// Starts the thread. Returns why the system could not create it.
fn start_lean_worker(key: u32, options: LeanOptions) -> Result<Option<String>> {
    let agent = agent()?;
    let (_, context) = take_created(&agent, key)?;
    let limit = |index: usize| options.resource_limits.get(index).copied().unwrap_or(-1.0);
    let runtime = LeanRuntime {
        heap: HeapLimits {
            max_young_generation_mb: limit(0),
            max_old_generation_mb: limit(1),
            code_range_mb: limit(2),
        },
        stack_size_mb: limit(3),
        entry: options.entry.map(PathBuf::from),
        module_roots: options
            .module_roots
            .map(|roots| roots.into_iter().map(PathBuf::from).collect()),
        define: super::define_for_lean,
    };
    Ok(start(&agent, key, runtime, context))
}

/// The worker's file, without symbolic links; `null` for source text.
fn lean_entry() -> Option<String> {
    modules::with(|modules| Some(modules.entry()?.to_string_lossy().into_owned()))?
}

fn module_roots() -> Vec<String> {
    let roots = modules::with(|modules| {
        let roots = modules.roots().iter();
        roots.map(|root| root.to_string_lossy().into_owned()).collect()
    });
    roots.unwrap_or_default()
}

/// What has become of a request for a file. A refusal has a `reason`.
pub struct Found {
    pub path: Option<String>,
    pub text: Option<String>,
    pub is_es_module: bool,
    pub reason: Option<&'static str>,
    pub detail: Option<String>,
}

into_object!(Found {
    path: c"path",
    text: c"text",
    is_es_module: c"isESModule",
    reason: c"reason",
    detail: c"detail",
});

impl From<Refusal> for Found {
    fn from(refusal: Refusal) -> Self {
        let (reason, detail) = match refusal {
            Refusal::NotFound => ("not found", None),
            Refusal::Outside => ("outside", None),
            Refusal::Builtin(name) => ("builtin", Some(name)),
            Refusal::NotExported(text) => ("not exported", Some(text)),
            Refusal::Other(text) => ("other", Some(text)),
        };
        Self {
            path: None,
            text: None,
            is_es_module: false,
            reason: Some(reason),
            detail,
        }
    }
}

fn resolve_module(folder: String, request: String) -> Found {
    let resolved = modules::with(|modules| modules.resolve(&folder, &request)).unwrap_or(Err(Refusal::NotFound));
    match resolved {
        Ok(Resolved { path, is_es_module }) => Found {
            path: Some(path),
            text: None,
            is_es_module,
            reason: None,
            detail: None,
        },
        Err(refusal) => refusal.into(),
    }
}

fn read_module(path: String) -> Found {
    match modules::with(|modules| modules.read(&path)).unwrap_or(Err(Refusal::NotFound)) {
        Ok(text) => Found {
            path: None,
            text: Some(text),
            is_es_module: false,
            reason: None,
            detail: None,
        },
        Err(refusal) => refusal.into(),
    }
}

/// The object that is told of due timers, with 0, and of due immediates, with 1.
fn listen_to_timers(object: Value) -> Result<()> {
    let listener = agent()?.host.realm().hold(object);
    timers::listen(listener).map_err(Error::new)
}

/// The next call for timers; nullish for none.
fn schedule_timers(milliseconds: Option<f64>, referenced: bool) {
    timers::schedule(milliseconds, referenced);
}

fn set_immediates(waiting: bool, referenced: bool) {
    timers::set_immediates(waiting, referenced);
}

/// Milliseconds of a clock that is never set.
fn milliseconds_now() -> f64 {
    now() as f64 / 1e6
}

/// An ArrayBuffer with the text.
fn encode_utf8(call: Call, text: String) -> Value {
    Value::new_array_buffer(call, text.into_bytes())
}

/// The text of an ArrayBuffer. Invalid bytes are replaced.
fn decode_utf8(buffer: Value) -> Result<String> {
    let bytes = buffer
        .bytes()
        .ok_or_else(|| Error::new("isothreads: expected an ArrayBuffer"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
