//! Native workers, for `lib/native/`.

use isothreads::abi;

use super::library::HOST;
use super::table::{bindings, from_object, into_object};
use super::workers::{start, take_created};
use super::{Result, agent};
use crate::engine::bindings::Error;
use crate::runtime::native::{Entry, Library, LoadError, NativeRuntime};

bindings! {
    c"loadLibrary" => load_library(path);
    c"startNativeWorker" => start_native_worker(key, options);
}

pub struct NativeWorkerInfo {
    pub name: String,
    pub description: String,
    pub is_conversation: bool,
    pub takes_input: bool,
}

into_object!(NativeWorkerInfo {
    name: c"name",
    description: c"description",
    is_conversation: c"isConversation",
    takes_input: c"takesInput",
});

pub struct NativeLibrary {
    /// The library's key.
    pub key: u32,
    pub workers: Vec<NativeWorkerInfo>,
}

into_object!(NativeLibrary {
    key: c"key",
    workers: c"workers",
});

/// Loads the library at this path, or the built-in library. Throws when the file cannot be used.
fn load_library(path: Option<String>) -> Result<NativeLibrary> {
    let (key, library) = Library::load(path.as_deref()).map_err(|error| Error::new(explain(error)))?;
    let workers = library.workers.iter().map(|info| NativeWorkerInfo {
        name: info.name.clone(),
        description: info.description.clone(),
        is_conversation: info.is_conversation,
        takes_input: info.takes_input,
    });
    Ok(NativeLibrary {
        key: key as u32,
        workers: workers.collect(),
    })
}

fn explain(error: LoadError) -> String {
    match error {
        LoadError::NotLoaded(reason) => reason,
        LoadError::NotALibrary => {
            "not a worker library: isothreads_library is not exported, as it is by crates that use \
             isothreads-sdk and have crate-type = [\"cdylib\"]"
                .into()
        }
        LoadError::OtherVersion { version, sdk } => format!(
            "it was built with isothreads-sdk {sdk}, whose interface has version {version}; this addon's has version {}. \
             Build it again with the isothreads-sdk of this package",
            abi::VERSION
        ),
        LoadError::AbortsOnPanic => "it was built with panic = \"abort\", so a panic in it would end the process. \
             Remove that setting from the profile in Cargo.toml"
            .into(),
        LoadError::Empty => "it has no workers: mark a function with #[isothreads::worker]".into(),
        LoadError::SameName(name) => format!("it has two workers named {name}"),
    }
}

pub struct NativeWorkerOptions {
    /// Key of the library.
    pub library: u32,
    /// The worker's index in the library; absent for a pool worker.
    pub function: Option<u32>,
    /// Whether the first message on the control port is `workerData`.
    pub has_input: bool,
    /// For a pool worker.
    pub most_tasks: Option<f64>,
    /// -1: the default.
    pub stack_size_mb: f64,
}

from_object!(NativeWorkerOptions {
    library: c"library",
    function: c"function",
    has_input: c"hasInput",
    most_tasks: c"mostTasks",
    stack_size_mb: c"stackSizeMb",
});

/// Starts the thread of a worker that was created. Returns why the system could not create the thread.
fn start_native_worker(key: u32, options: NativeWorkerOptions) -> Result<Option<String>> {
    let agent = agent()?;
    let (worker, context) = take_created(&agent, key)?;
    let library = Library::get(options.library as usize);
    let function = options.function.map(|index| index as usize);
    let is_there = |library: &&Library| match function {
        Some(index) => index < library.workers.len(),
        None => context.slot.is_some(),
    };
    let Some(library) = library.filter(is_there) else {
        return Err(Error::new("isothreads: unknown native worker"));
    };
    let entry = Entry {
        library,
        function,
        has_input: options.has_input,
        most_tasks: options.most_tasks.map(|most| most as u64),
        stack_size_mb: options.stack_size_mb,
        table: &HOST,
    };
    let runtime = NativeRuntime::new(&context, entry);
    let native = runtime.worker().clone();
    worker.set_abort_task(Box::new(move |id| native.abort(id)));
    Ok(start(&agent, key, runtime, context))
}
