//! Native worker libraries. Each is loaded once and stays loaded for the life of the process, because threads may be
//! executing its code.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use isothreads::abi::{self, WorkerKind};

use super::library_file;
use super::message::{list, text};
use crate::engine::process::guard_exit;

/// A worker of a library, with its name.
pub struct WorkerInfo {
    pub name: String,
    pub description: String,
    pub is_conversation: bool,
    pub takes_input: bool,
    raw: &'static abi::Worker,
}

// SAFETY: the library's description of the worker is only read and lives forever; its functions may be called on any
// thread.
unsafe impl Send for WorkerInfo {}
// SAFETY: as above.
unsafe impl Sync for WorkerInfo {}

pub struct Library {
    /// `None`: the built-in library.
    path: Option<PathBuf>,
    pub workers: Vec<WorkerInfo>,
}

/// In load order; JavaScript refers to a library by its index. The first one is the built-in library.
static LIBRARIES: Mutex<Vec<&'static Library>> = Mutex::new(Vec::new());

/// Why a library cannot be used.
#[derive(Debug)]
pub enum LoadError {
    /// What is wrong with the file, or the system loader's error.
    NotLoaded(String),
    NotALibrary,
    OtherVersion {
        version: u32,
        sdk: String,
    },
    AbortsOnPanic,
    /// It has no workers.
    Empty,
    SameName(String),
}

impl Library {
    /// Loads this library and returns it with its number. The same path is the same library. The file's initialisers
    /// run on this thread.
    pub fn load(path: Option<&str>) -> Result<(usize, &'static Library), LoadError> {
        let mut libraries = LIBRARIES.lock().unwrap();
        if libraries.is_empty() {
            // SAFETY: the built-in library, which lives forever.
            libraries.push(unsafe { read(None, isothreads::isothreads_library()) }?);
        }
        let Some(path) = path else { return Ok((0, libraries[0])) };
        let known = libraries
            .iter()
            .position(|library| library.path.as_deref() == Some(Path::new(path)));
        if let Some(number) = known {
            return Ok((number, libraries[number]));
        }
        let raw = open(OsStr::new(path))?;
        // SAFETY: what the library's entry returned; the library is never unloaded.
        let library = unsafe { read(Some(path.into()), raw) }?;
        libraries.push(library);
        guard_exit();
        Ok((libraries.len() - 1, library))
    }

    /// Returns the library with this number from [`load`](Self::load).
    pub fn get(number: usize) -> Option<&'static Library> {
        LIBRARIES.lock().unwrap().get(number).copied()
    }
}

impl WorkerInfo {
    /// # Safety
    /// As for `abi::Worker::run`.
    pub unsafe fn run(&self, call: &abi::Call) {
        // SAFETY: by the contract.
        unsafe { (self.raw.run)(self.raw.context, call) };
    }
}

fn open(path: &OsStr) -> Result<*const abi::Library, LoadError> {
    // Loading a file without the entry symbol would run its initialisers for nothing. Those of a Node addon would leave
    // Node waiting for that addon to register itself.
    if !library_file::exports(Path::new(path), abi::ENTRY).map_err(LoadError::NotLoaded)? {
        return Err(LoadError::NotALibrary);
    }
    // SAFETY: these are the initialisers of a library that the user asked for, as with any addon.
    let library = unsafe { libloading::Library::new(path) }.map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        LoadError::NotLoaded(reason)
    })?;
    // SAFETY: a symbol with this name is the SDK's.
    let entry = unsafe { library.get::<unsafe extern "C" fn() -> *const abi::Library>(abi::ENTRY) };
    let Ok(entry) = entry else {
        return Err(LoadError::NotALibrary);
    };
    // SAFETY: this is the SDK's function, which takes no arguments.
    let raw = unsafe { entry() };
    if raw.is_null() {
        return Err(LoadError::NotALibrary);
    }
    std::mem::forget(library);
    Ok(raw)
}

/// # Safety
/// `library` is the return value of a library's entry, which lives forever.
unsafe fn read(path: Option<PathBuf>, raw: *const abi::Library) -> Result<&'static Library, LoadError> {
    // SAFETY: the fields up to the version are the same in every version.
    let (version, sdk) = unsafe { (raw.cast::<u32>().read(), text((*raw).sdk_version)) };
    if version != abi::VERSION {
        return Err(LoadError::OtherVersion { version, sdk });
    }
    // SAFETY: the version matches, so all fields exist.
    let raw: &'static abi::Library = unsafe { &*raw };
    if raw.aborts_on_panic {
        return Err(LoadError::AbortsOnPanic);
    }
    // SAFETY: a list of that length, which lives forever.
    let list: &'static [abi::Worker] = unsafe { list(raw.workers, raw.worker_count) };
    let workers: Vec<_> = list
        .iter()
        .map(|raw| WorkerInfo {
            // SAFETY: texts that live forever.
            name: unsafe { text(raw.name) },
            // SAFETY: as above.
            description: unsafe { text(raw.description) },
            is_conversation: raw.kind == WorkerKind::Conversation,
            takes_input: raw.takes_input,
            raw,
        })
        .collect();
    if workers.is_empty() {
        return Err(LoadError::Empty);
    }
    // Sorted by name.
    if let Some(pair) = workers.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(LoadError::SameName(pair[0].name.clone()));
    }
    Ok(Box::leak(Box::new(Library { path, workers })))
}
