//! Libraries of native workers: found once, and kept for as long as the process lives, because threads
//! may be in their code.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use isothreads::abi::{self, WorkerKind};

use super::library_file;
use super::message::{list, text};

/// A worker of a library, and what it is called with.
pub struct WorkerInfo {
    pub name: String,
    pub description: String,
    pub is_conversation: bool,
    pub takes_input: bool,
    raw: &'static abi::Worker,
}

// SAFETY: what the library says of its worker is only read, and stays for ever; its functions may be
// called on any thread.
unsafe impl Send for WorkerInfo {}
// SAFETY: as above.
unsafe impl Sync for WorkerInfo {}

pub struct Library {
    /// `None`: what comes with this package.
    path: Option<PathBuf>,
    pub workers: Vec<WorkerInfo>,
}

/// In the order loaded; what JavaScript calls them by is their place. The first one is this package's own.
static LIBRARIES: Mutex<Vec<&'static Library>> = Mutex::new(Vec::new());

/// Why a library cannot be used.
#[derive(Debug)]
pub enum LoadError {
    /// What the file is instead, or what the system's loader says.
    NotLoaded(String),
    NotALibrary,
    OtherVersion {
        version: u32,
        sdk: String,
    },
    AbortsOnPanic,
    /// It has no worker.
    Empty,
    SameName(String),
}

impl Library {
    /// This one, and its number. The same path is the same library. The file's initialisers run on this
    /// thread.
    pub fn load(path: Option<&str>) -> Result<(usize, &'static Library), LoadError> {
        let mut libraries = LIBRARIES.lock().unwrap();
        if libraries.is_empty() {
            // SAFETY: this package's own, which stays for ever.
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
        Ok((libraries.len() - 1, library))
    }

    /// By the number of [`load`](Self::load).
    pub fn get(number: usize) -> Option<&'static Library> {
        LIBRARIES.lock().unwrap().get(number).copied()
    }
}

impl WorkerInfo {
    /// # Safety
    /// As `abi::Worker::run`.
    pub unsafe fn run(&self, call: &abi::Call) {
        // SAFETY: by the contract.
        unsafe { (self.raw.run)(self.raw.context, call) };
    }
}

fn open(path: &OsStr) -> Result<*const abi::Library, LoadError> {
    // Loading one without the entry would run its initialisers for nothing, and those of an addon of Node's leave it
    // waiting for that addon.
    if !library_file::exports(Path::new(path), abi::ENTRY).map_err(LoadError::NotLoaded)? {
        return Err(LoadError::NotALibrary);
    }
    // SAFETY: initialisers of a library that the user asked for, as those of any addon.
    let library = unsafe { libloading::Library::new(path) }.map_err(|error| {
        let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        LoadError::NotLoaded(reason)
    })?;
    // SAFETY: a symbol of this name is that of the SDK.
    let entry = unsafe { library.get::<unsafe extern "C" fn() -> *const abi::Library>(abi::ENTRY) };
    let Ok(entry) = entry else {
        return Err(LoadError::NotALibrary);
    };
    // SAFETY: the SDK's function, which takes nothing.
    let raw = unsafe { entry() };
    if raw.is_null() {
        return Err(LoadError::NotALibrary);
    }
    std::mem::forget(library);
    Ok(raw)
}

/// # Safety
/// What the entry of a library returned, which stays for ever.
unsafe fn read(path: Option<PathBuf>, raw: *const abi::Library) -> Result<&'static Library, LoadError> {
    // SAFETY: the fields up to the version are the same in every version.
    let (version, sdk) = unsafe { (raw.cast::<u32>().read(), text((*raw).sdk_version)) };
    if version != abi::VERSION {
        return Err(LoadError::OtherVersion { version, sdk });
    }
    // SAFETY: of this version, so that all fields are there.
    let raw: &'static abi::Library = unsafe { &*raw };
    if raw.aborts_on_panic {
        return Err(LoadError::AbortsOnPanic);
    }
    // SAFETY: a list of so many workers, which stays for ever.
    let list: &'static [abi::Worker] = unsafe { list(raw.workers, raw.worker_count) };
    let workers: Vec<_> = list
        .iter()
        .map(|raw| WorkerInfo {
            // SAFETY: texts that stay for ever.
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
