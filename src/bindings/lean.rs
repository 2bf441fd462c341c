//! What the JavaScript of a bare isolate (lib/lean) has of its thread: module files, timers, the clock. On other threads these
//! functions do nothing.

use std::path::PathBuf;

use super::table::{bindings, from_object, into_object};
use super::workers::{start, take_created};
use super::{Result, agent};
use crate::engine::bindings::{Call, Error};
use crate::engine::environment::HeapLimits;
use crate::engine::lean::{Restrictions, is_available};
use crate::engine::library;
use crate::engine::process::now;
use crate::engine::sources;
use crate::engine::value::Value;
use crate::runtime::lean::modules::{self, By, Kind, Modules, Refusal, Resolved, text_of};
use crate::runtime::lean::{LeanRuntime, timers, urls};

bindings! {
    c"hasLeanRuntime" => has_lean_runtime();
    c"startLeanWorker" => start_lean_worker(key, options);
    c"leanEntry" => lean_entry();
    c"moduleRoots" => module_roots();
    c"resolveModule" => resolve_module(folder, request);
    c"resolveImport" => resolve_import(folder, request);
    c"readModule" => read_module(path);
    c"readSource" => read_source(path);
    c"readBytes" => read_bytes(call, path);
    c"isESModule" => is_es_module(source);
    c"setESModule" => set_es_module(source);
    c"exportNames" => export_names(source);
    c"setExportNames" => set_export_names(source, names);
    c"strippedSource" => stripped_source(source);
    c"setStrippedSource" => set_stripped_source(source, text);
    c"fileURLOf" => file_url_of(path);
    c"pathOfFileURL" => path_of_file_url(url);
    c"listenToTimers" => listen_to_timers(object);
    c"scheduleTimers" => schedule_timers(milliseconds, referenced);
    c"setImmediates" => set_immediates(waiting, referenced);
    c"now" => milliseconds_now();
    c"encodeUtf8" => encode_utf8(call, text);
    c"decodeUtf8" => decode_utf8(buffer);
    c"libraryFunctions" => library_functions(target);
    c"addNodeSource" => add_node_source(id, text);
}

/// Whether this version of Node can have lean workers.
fn has_lean_runtime() -> bool {
    is_available()
}

pub struct LeanOptions {
    /// As in `WorkerOptions`.
    pub resource_limits: Vec<f64>,
    /// Not positive: no limit.
    pub external_memory_mb: f64,
    pub allow_strings: bool,
    pub allow_wasm: bool,
    /// The worker's file; nullish for source text.
    pub entry: Option<String>,
    /// Nullish for the default.
    pub module_roots: Option<Vec<String>>,
}

from_object!(LeanOptions {
    resource_limits: c"resourceLimits",
    external_memory_mb: c"externalMemoryMb",
    allow_strings: c"allowStrings",
    allow_wasm: c"allowWasm",
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
        restrictions: Restrictions {
            external_memory_mb: options.external_memory_mb,
            allow_strings: options.allow_strings,
            allow_wasm: options.allow_wasm,
        },
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
#[derive(Default)]
pub struct Found {
    pub path: Option<String>,
    /// `module`, `commonjs`, or `null` where the text decides.
    pub kind: Option<&'static str>,
    pub text: Option<String>,
    /// The number of a shared source.
    pub source: Option<u32>,
    pub reason: Option<&'static str>,
    pub code: Option<&'static str>,
    pub detail: Option<String>,
}

into_object!(Found {
    path: c"path",
    kind: c"kind",
    text: c"text",
    source: c"source",
    reason: c"reason",
    code: c"code",
    detail: c"detail",
});

impl From<Refusal> for Found {
    fn from(refusal: Refusal) -> Self {
        let (reason, code, detail) = match refusal {
            Refusal::NotFound => ("not found", None, None),
            Refusal::Outside => ("outside", None, None),
            Refusal::Folder => ("folder", None, None),
            Refusal::Builtin(name) => ("builtin", None, Some(name)),
            Refusal::Package(code, text) => ("package", Some(code), Some(text)),
            Refusal::Other(text) => ("other", None, Some(text)),
        };
        Self {
            reason: Some(reason),
            code,
            detail,
            ..Self::default()
        }
    }
}

impl From<Resolved> for Found {
    fn from(resolved: Resolved) -> Self {
        Self {
            path: Some(resolved.path),
            kind: match resolved.kind {
                Kind::Module => Some("module"),
                Kind::CommonJs => Some("commonjs"),
                Kind::Unknown => None,
            },
            ..Self::default()
        }
    }
}

fn found<T: Into<Found>>(use_modules: impl FnOnce(&Modules) -> std::result::Result<T, Refusal>) -> Found {
    match modules::with(use_modules).unwrap_or(Err(Refusal::NotFound)) {
        Ok(found) => found.into(),
        Err(refusal) => refusal.into(),
    }
}

fn resolve_module(folder: String, request: String) -> Found {
    found(|modules| modules.resolve(By::Require, &folder, &request))
}

/// Without a folder, the request is the path of a file.
fn resolve_import(folder: Option<String>, request: String) -> Found {
    found(|modules| match folder {
        Some(folder) => modules.resolve(By::Import, &folder, &request),
        None => modules.resolve_file(&request),
    })
}

fn read_module(path: String) -> Found {
    found(|modules| {
        modules.read(&path).map(|bytes| Found {
            text: Some(text_of(bytes)),
            ..Found::default()
        })
    })
}

/// Text that all lean workers share; the shim's functions take its number.
fn read_source(path: String) -> Found {
    found(|modules| {
        modules.read(&path).map(|bytes| Found {
            source: Some(sources::load(&path, bytes)),
            ..Found::default()
        })
    })
}

/// An ArrayBuffer; `null` where the file cannot be read.
fn read_bytes(call: Call, path: String) -> Option<Value> {
    let bytes = modules::with(|modules| modules.read(&path).ok())??;
    Some(Value::new_array_buffer(call, bytes))
}

fn is_es_module(source: u32) -> bool {
    sources::is_es_module(source)
}

fn set_es_module(source: u32) {
    sources::set_es_module(source);
}

/// As they were set; `null` where they were not.
fn export_names(source: u32) -> Option<String> {
    sources::export_names(source)
}

fn set_export_names(source: u32, names: String) {
    sources::set_export_names(source, names);
}

/// The number of its JavaScript; `null` where no worker has stripped its types yet.
fn stripped_source(source: u32) -> Option<u32> {
    sources::stripped(source)
}

fn set_stripped_source(source: u32, text: String) -> Option<u32> {
    sources::set_stripped(source, text)
}

fn file_url_of(path: String) -> String {
    urls::file_url(&path)
}

/// `null` when it is no URL of a file.
fn path_of_file_url(url: String) -> Option<String> {
    urls::path_of(&url)
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

/// Gives bare isolates a file of Node's library. Returns false when its text is not part of Node's binary.
fn add_node_source(id: String, text: Value) -> bool {
    library::add_node_source(&id, text)
}

/// Defines the functions of lean_library.rs, which most workers never call, on an object.
fn library_functions(target: Value) {
    target.define_bindings(super::lean_library::BINDINGS);
}
