//! What the library reports about its workers.

use isothreads::abi::{Slice, Worker, WorkerKind};
use isothreads::isothreads_library;

pub fn workers() -> &'static [Worker] {
    // SAFETY: a library's list lives forever.
    unsafe {
        let library = &*isothreads_library();
        std::slice::from_raw_parts(library.workers, library.worker_count)
    }
}

pub fn text(slice: Slice) -> String {
    if slice.length == 0 {
        return String::new();
    }
    // SAFETY: borrowed bytes, which the creator of the slice keeps alive.
    let bytes = unsafe { std::slice::from_raw_parts(slice.data, slice.length) };
    String::from_utf8(bytes.to_vec()).expect("text is UTF-8")
}

#[track_caller]
pub fn worker(name: &str) -> &'static Worker {
    let found = workers().iter().find(|worker| text(worker.name) == name);
    found.expect("a worker of that name")
}

#[test]
fn names() {
    let names: Vec<_> = workers().iter().map(|worker| text(worker.name)).collect();
    let expected = "Ok add another-name borrows broadcasts call counts echo fails large_square length nothing now old \
                    only_a_task opaque panics parses run square task type value";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn descriptions() {
    assert_eq!(
        text(worker("add").description),
        "Adds two numbers.\n\n And says it in two lines."
    );
    assert_eq!(text(worker("borrows").description), "A block.");
    assert_eq!(text(worker("square").description), "A square.");
    assert_eq!(text(worker("now").description), "");
}

#[test]
fn kinds() {
    for name in ["echo", "counts"] {
        assert_eq!(worker(name).kind, WorkerKind::Conversation);
    }
    for name in ["now", "add", "only_a_task"] {
        assert_eq!(worker(name).kind, WorkerKind::Function);
    }
}

#[test]
fn what_takes_an_argument() {
    for name in ["add", "borrows", "value", "counts"] {
        assert!(worker(name).takes_input, "{name}");
    }
    for name in ["now", "only_a_task", "fails", "echo"] {
        assert!(!worker(name).takes_input, "{name}");
    }
}
