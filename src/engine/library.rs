//! The JavaScript files for workers: those of the package, and those of Node's own library, which a bare isolate borrows.
//! Each is read and compiled once per process; later workers reuse the compiled form. The files that every bare isolate
//! needs at its start become one script, because V8 reads one compiled form faster than many.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::{Mutex, OnceLock};

use super::ffi;
use super::value::{ExternalText, Value};

struct Script {
    text: ExternalText,
    filename: CString,
    cache: OnceLock<Vec<u8>>,
}

/// The name of the script that evaluates to an object: the functions of the files of a start, by name.
const BUNDLE: &str = "lib/lean/bundle";

// SAFETY: the text lives forever, and nothing changes it.
unsafe impl Sync for Script {}

/// By name. Never freed, because V8 points into them for as long as any isolate lives.
static SCRIPTS: Mutex<Option<HashMap<String, &'static Script>>> = Mutex::new(None);

static ROOT: OnceLock<String> = OnceLock::new();

/// Begins the names of the files of Node's library.
const OF_NODE: &str = "node:";

/// Sets the package's folder; the first call wins.
pub fn set_root(folder: String) {
    ROOT.get_or_init(|| folder);
}

pub fn root() -> Option<&'static str> {
    ROOT.get().map(String::as_str)
}

/// Adds a file of Node's library, whose text is part of Node's binary. Returns false when V8 has a copy of it.
pub fn add_node_source(id: &str, text: Value) -> bool {
    let Some(text) = text.external_text() else {
        return false;
    };
    let name = format!("{OF_NODE}{id}");
    let Ok(filename) = CString::new(name.as_str()) else {
        return false;
    };
    let script = Script {
        text,
        filename,
        cache: OnceLock::new(),
    };
    let mut scripts = SCRIPTS.lock().unwrap();
    let scripts = scripts.get_or_insert_default();
    scripts.entry(name).or_insert_with(|| Box::leak(Box::new(script)));
    true
}

fn find(name: &str) -> Result<&'static Script, String> {
    let mut scripts = SCRIPTS.lock().unwrap();
    let scripts = scripts.get_or_insert_default();
    if let Some(script) = scripts.get(name) {
        return Ok(script);
    }
    if name.starts_with(OF_NODE) {
        return Err(format!("{name} is not in this Node"));
    }
    let filename = format!("{}/{name}", root().unwrap_or_default());
    let text = std::fs::read_to_string(&filename).map_err(|error| format!("{filename} cannot be read: {error}"))?;
    if !text.is_ascii() {
        return Err(format!("{filename} must be ASCII"));
    }
    let script = new_script(text, filename)?;
    scripts.insert(name.to_owned(), script);
    Ok(script)
}

fn new_script(text: String, filename: String) -> Result<&'static Script, String> {
    let filename = CString::new(filename).map_err(|_| "the package's path has a null byte")?;
    let text = text.leak();
    Ok(Box::leak(Box::new(Script {
        text: ExternalText {
            text: text.as_ptr().cast(),
            length: text.len(),
            is_two_byte: false,
        },
        filename,
        cache: OnceLock::new(),
    })))
}

/// Makes one script of these; the first call wins. They have been found before.
fn bundle(names: &[(String, String)]) -> Result<(), String> {
    let mut text = String::from("return {\n__proto__: null,\n");
    for (name, parameters) in names {
        // The name cannot contain quotes: it is in the sources of this package.
        text += &format!("'{name}': function ({parameters}) {{ {}\n}},\n", find(name)?.source());
    }
    text += "}";
    let mut scripts = SCRIPTS.lock().unwrap();
    let scripts = scripts.get_or_insert_default();
    if !scripts.contains_key(BUNDLE) {
        let filename = format!("{}/{BUNDLE}", root().unwrap_or_default());
        scripts.insert(BUNDLE.to_owned(), new_script(text, filename)?);
    }
    Ok(())
}

impl Script {
    /// Of a file of the package.
    fn source(&self) -> &str {
        // SAFETY: `new_script` has stored a text of this length, in ASCII, that lives forever.
        unsafe {
            let bytes = std::slice::from_raw_parts(self.text.text.cast(), self.text.length);
            std::str::from_utf8_unchecked(bytes)
        }
    }
}

fn of_error(reason: String) -> ExternalText {
    let reason = reason.leak();
    ExternalText {
        text: reason.as_ptr().cast(),
        length: reason.len(),
        is_two_byte: false,
    }
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_find_script(name: *const c_char, out: *mut ffi::Script) -> bool {
    // SAFETY: called by environment.cc with a null-terminated string.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let found = find(&name);
    let (text, script) = match found {
        Ok(script) => (script.text, Some(script)),
        Err(reason) => (of_error(reason), None),
    };
    let cache = script.and_then(|script| script.cache.get());
    // SAFETY: an out parameter of the caller; everything in it lives forever.
    unsafe {
        out.write(ffi::Script {
            text: text.text,
            length: text.length,
            filename: script.map_or(std::ptr::null(), |script| script.filename.as_ptr()),
            cache: cache.map_or(std::ptr::null(), |cache| cache.as_ptr()),
            cache_length: cache.map_or(0, Vec::len),
            script: script.map_or(std::ptr::null_mut(), |script| (&raw const *script).cast_mut().cast()),
            is_two_byte: text.is_two_byte,
        });
    }
    script.is_some()
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_has_bundle() -> bool {
    let scripts = SCRIPTS.lock().unwrap();
    scripts.as_ref().is_some_and(|scripts| scripts.contains_key(BUNDLE))
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_bundle(names: *const *const c_char, parameters: *const *const c_char, count: usize) {
    let text = |text: *const c_char| {
        // SAFETY: called by isolate.cc with null-terminated strings.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    // SAFETY: called by isolate.cc with that many of each.
    let (names, parameters) = unsafe {
        (
            std::slice::from_raw_parts(names, count),
            std::slice::from_raw_parts(parameters, count),
        )
    };
    let names: Vec<_> = names
        .iter()
        .zip(parameters)
        .map(|(&name, &parameters)| (text(name), text(parameters)))
        .collect();
    // Without it, isolates compile each file by itself.
    let _ = bundle(&names);
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_code_cache(script: *mut c_void, data: *const u8, length: usize) {
    // SAFETY: the script that isothreads_on_find_script() returned, which lives forever, and bytes of the caller.
    let (script, data) = unsafe { (&*script.cast::<Script>(), std::slice::from_raw_parts(data, length)) };
    script.cache.get_or_init(|| data.to_vec());
}
