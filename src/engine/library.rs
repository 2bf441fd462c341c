//! The package's JavaScript files for workers. Each is read and compiled once per process; later workers reuse the
//! compiled form.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::{Mutex, OnceLock};

use super::ffi;

struct Script {
    text: String,
    filename: CString,
    cache: OnceLock<Vec<u8>>,
}

/// By name. Never freed, because V8 points into them for as long as any isolate lives.
static SCRIPTS: Mutex<Option<HashMap<String, &'static Script>>> = Mutex::new(None);

static ROOT: OnceLock<String> = OnceLock::new();

/// Sets the package's folder; the first call wins.
pub fn set_root(folder: String) {
    ROOT.get_or_init(|| folder);
}

pub fn root() -> Option<&'static str> {
    ROOT.get().map(String::as_str)
}

fn find(name: &str) -> Result<&'static Script, String> {
    let mut scripts = SCRIPTS.lock().unwrap();
    let scripts = scripts.get_or_insert_default();
    if let Some(script) = scripts.get(name) {
        return Ok(script);
    }
    let filename = format!("{}/{name}", root().unwrap_or_default());
    let text = std::fs::read_to_string(&filename).map_err(|error| format!("{filename} cannot be read: {error}"))?;
    if !text.is_ascii() {
        return Err(format!("{filename} must be ASCII"));
    }
    let filename = CString::new(filename).map_err(|_| "the package's path has a null byte")?;
    let script: &'static Script = Box::leak(Box::new(Script {
        text,
        filename,
        cache: OnceLock::new(),
    }));
    scripts.insert(name.to_owned(), script);
    Ok(script)
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_find_script(name: *const c_char, out: *mut ffi::Script) -> bool {
    // SAFETY: called by environment.cc with a null-terminated string.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    let found = find(&name);
    let (text, script) = match found {
        Ok(script) => (script.text.as_str(), Some(script)),
        Err(reason) => (&*reason.leak(), None),
    };
    let cache = script.and_then(|script| script.cache.get());
    // SAFETY: an out parameter of the caller; everything in it lives forever.
    unsafe {
        out.write(ffi::Script {
            text: text.as_ptr().cast(),
            length: text.len(),
            filename: script.map_or(std::ptr::null(), |script| script.filename.as_ptr()),
            cache: cache.map_or(std::ptr::null(), |cache| cache.as_ptr()),
            cache_length: cache.map_or(0, Vec::len),
            script: script.map_or(std::ptr::null_mut(), |script| (&raw const *script).cast_mut().cast()),
        });
    }
    script.is_some()
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_code_cache(script: *mut c_void, data: *const u8, length: usize) {
    // SAFETY: the script that isothreads_on_find_script() returned, which lives forever, and bytes of the caller.
    let (script, data) = unsafe { (&*script.cast::<Script>(), std::slice::from_raw_parts(data, length)) };
    script.cache.get_or_init(|| data.to_vec());
}
