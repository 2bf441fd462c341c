//! The text of the files that bare isolates load, and V8's compiled form of it. Workers that load the same file share both,
//! so that only the first of them compile it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::ffi;

/// Text and compiled forms that are kept, in bytes. What was not used for longest goes first.
const MOST_BYTES: usize = 64 << 20;

struct Compiled {
    form: u32,
    bytes: Vec<u8>,
}

struct Source {
    text: Vec<u8>,
    is_ascii: bool,
    /// How many isolates have loaded it.
    uses: AtomicU32,
    compiled: OnceLock<Compiled>,
    /// An isolate creates the compiled form.
    is_claimed: AtomicBool,
    /// V8 refused the compiled form.
    is_rejected: AtomicBool,
    /// Its JavaScript, if it is TypeScript.
    stripped: OnceLock<Arc<Source>>,
    /// What it exports as a CommonJS module, as lib/lean/export-names.js writes it.
    export_names: OnceLock<String>,
    /// It has no type, and was found to be an ES module.
    is_es_module: AtomicBool,
}

impl Source {
    fn new(text: Vec<u8>) -> Self {
        Self {
            is_ascii: text.is_ascii(),
            text,
            uses: AtomicU32::new(0),
            compiled: OnceLock::new(),
            is_claimed: AtomicBool::new(false),
            is_rejected: AtomicBool::new(false),
            export_names: OnceLock::new(),
            stripped: OnceLock::new(),
            is_es_module: AtomicBool::new(false),
        }
    }

    fn size(&self) -> usize {
        self.text.len()
            + self.compiled.get().map_or(0, |compiled| compiled.bytes.len())
            + self.stripped.get().map_or(0, |stripped| stripped.size())
    }

    /// Creating the compiled form costs time, which a program that runs a file once would not get back.
    fn is_wanted(&self) -> bool {
        self.uses.load(Ordering::Relaxed) > 1
            && self.compiled.get().is_none()
            && !self.is_claimed.load(Ordering::Relaxed)
    }
}

struct Kept {
    source: Arc<Source>,
    last_use: u64,
}

#[derive(Default)]
struct Sources {
    by_path: HashMap<String, Kept>,
    clock: u64,
}

static SOURCES: Mutex<Option<Sources>> = Mutex::new(None);

thread_local! {
    /// Those of this thread's isolate, which knows them by their place, counted from 1.
    static LOADED: RefCell<Vec<Arc<Source>>> = const { RefCell::new(Vec::new()) };
}

impl Sources {
    /// The whole text is compared: a compiled form of another text would run that text.
    fn find(&mut self, path: &str, text: Vec<u8>) -> Arc<Source> {
        self.clock += 1;
        let last_use = self.clock;
        if let Some(kept) = self.by_path.get_mut(path)
            && kept.source.text == text
        {
            kept.last_use = last_use;
            return kept.source.clone();
        }
        let source = Arc::new(Source::new(text));
        let kept = Kept {
            source: source.clone(),
            last_use,
        };
        self.by_path.insert(path.to_owned(), kept);
        self.shrink(MOST_BYTES);
        source
    }

    fn shrink(&mut self, most: usize) {
        let mut size: usize = self.by_path.values().map(|kept| kept.source.size()).sum();
        while size > most {
            let oldest = self.by_path.iter().min_by_key(|(_, kept)| kept.last_use);
            let Some(path) = oldest.map(|(path, _)| path.clone()) else {
                return;
            };
            size -= self.by_path.remove(&path).map_or(0, |kept| kept.source.size());
        }
    }
}

/// A file that this thread's isolate loads. Returns the number by which its JavaScript knows it.
pub fn load(path: &str, text: Vec<u8>) -> u32 {
    hold(SOURCES.lock().unwrap().get_or_insert_default().find(path, text))
}

fn hold(source: Arc<Source>) -> u32 {
    source.uses.fetch_add(1, Ordering::Relaxed);
    LOADED.with_borrow_mut(|loaded| {
        loaded.push(source);
        loaded.len() as u32
    })
}

/// Whether the source, which has no type, is known to be an ES module.
pub fn is_es_module(number: u32) -> bool {
    with(number, |source| source.is_es_module.load(Ordering::Relaxed)).unwrap_or(false)
}

pub fn set_es_module(number: u32) {
    with(number, |source| source.is_es_module.store(true, Ordering::Relaxed));
}

/// The JavaScript of a source in TypeScript, if a worker has set it.
pub fn stripped(number: u32) -> Option<u32> {
    with(number, |source| source.stripped.get().cloned())?.map(hold)
}

pub fn set_stripped(number: u32, text: String) -> Option<u32> {
    let new = || Arc::new(Source::new(text.into_bytes()));
    with(number, |source| source.stripped.get_or_init(new).clone()).map(hold)
}

pub fn export_names(number: u32) -> Option<String> {
    with(number, |source| source.export_names.get().cloned())?
}

pub fn set_export_names(number: u32, names: String) {
    with(number, |source| source.export_names.get_or_init(|| names).len());
}

/// The isolate of this thread has ended.
pub fn unload() {
    LOADED.take();
}

fn with<T>(number: u32, use_source: impl FnOnce(&Arc<Source>) -> T) -> Option<T> {
    LOADED.with_borrow(|loaded| loaded.get((number as usize).wrapping_sub(1)).map(use_source))
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_find_source(number: u32, form: u32, out: *mut ffi::Source) {
    let found = with(number, |source| {
        let compiled = source.compiled.get().filter(|compiled| compiled.form == form);
        let compiled = compiled.filter(|_| !source.is_rejected.load(Ordering::Relaxed));
        ffi::Source {
            text: source.text.as_ptr().cast(),
            length: source.text.len(),
            cache: compiled.map_or(std::ptr::null(), |compiled| compiled.bytes.as_ptr()),
            cache_length: compiled.map_or(0, |compiled| compiled.bytes.len()),
            is_ascii: source.is_ascii,
            is_wanted: source.is_wanted(),
        }
    });
    let found = found.unwrap_or(ffi::Source {
        text: c"".as_ptr(),
        length: 0,
        cache: std::ptr::null(),
        cache_length: 0,
        is_ascii: false,
        is_wanted: false,
    });
    // SAFETY: an out parameter of the caller. What it points to lives as long as the isolate: `LOADED` keeps it.
    unsafe { out.write(found) };
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_keep_source(number: u32) -> *mut c_void {
    with(number, |source| Arc::into_raw(source.clone())).map_or(std::ptr::null_mut(), |source| source.cast_mut().cast())
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_release_source(kept: *mut c_void) {
    if !kept.is_null() {
        // SAFETY: from isothreads_on_keep_source(), and released once.
        drop(unsafe { Arc::from_raw(kept.cast_const().cast::<Source>()) });
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_claim_source(number: u32) -> bool {
    with(number, |source| !source.is_claimed.swap(true, Ordering::Relaxed)).unwrap_or(false)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_source_compiled(number: u32, form: u32, data: *const u8, length: usize) {
    // SAFETY: bytes of the caller.
    let bytes = unsafe { std::slice::from_raw_parts(data, length) }.to_vec();
    with(number, |source| {
        source.compiled.get_or_init(|| Compiled { form, bytes });
    });
    if let Some(sources) = SOURCES.lock().unwrap().as_mut() {
        sources.shrink(MOST_BYTES);
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_source_rejected(number: u32) {
    with(number, |source| source.is_rejected.store(true, Ordering::Relaxed));
}
