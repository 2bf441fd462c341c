//! The entry point of a library.

use std::sync::OnceLock;

use isothreads_codec::abi;

use crate::run::{self, Registration};
use crate::task::slice;

struct Exported {
    library: abi::Library,
    _workers: Vec<abi::Worker>,
}

// SAFETY: created once, then only read; everything it points to lives forever.
unsafe impl Send for Exported {}
// SAFETY: as above.
unsafe impl Sync for Exported {}

/// All workers of this library, sorted by name. The addon calls this after loading the library.
#[unsafe(no_mangle)]
pub extern "C" fn isothreads_library() -> *const abi::Library {
    static EXPORTED: OnceLock<Exported> = OnceLock::new();
    &EXPORTED.get_or_init(export).library
}

fn export() -> Exported {
    let mut registrations: Vec<_> = inventory::iter::<Registration>().collect();
    registrations.sort_by_key(|registration| registration.name);
    let workers: Vec<_> = registrations
        .into_iter()
        .map(|registration| abi::Worker {
            name: slice(registration.name),
            description: slice(registration.description),
            kind: match registration.is_conversation {
                true => abi::WorkerKind::Conversation,
                false => abi::WorkerKind::Function,
            },
            takes_input: registration.takes_input,
            run: run::run,
            context: std::ptr::from_ref(registration).cast(),
        })
        .collect();
    Exported {
        library: abi::Library {
            version: abi::VERSION,
            sdk_version: slice(env!("CARGO_PKG_VERSION")),
            aborts_on_panic: cfg!(panic = "abort"),
            workers: workers.as_ptr(),
            worker_count: workers.len(),
        },
        _workers: workers,
    }
}
