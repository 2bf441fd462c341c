//! How the function that the macro generates handles a call.

use isothreads::abi::{FailureKind, ending};

use super::host::values::{array, int, null, text, undefined};
use super::host::{Seen, call};

#[track_caller]
fn returns(name: &str, input: &[u8], expected: &[u8]) {
    let seen = call(name, input, &[], 0);
    assert_eq!(
        (&seen.results, &seen.failures),
        (&vec![expected.to_vec()], &Vec::new()),
        "{name}"
    );
}

#[track_caller]
fn fails(seen: &Seen, kind: FailureKind, name: &str, message: &str, code: &str) {
    let [(found, found_name, found_message, found_code)] = &seen.failures[..] else {
        panic!("{seen:?}");
    };
    assert_eq!((*found, &**found_name, &**found_code), (kind as u32, name, code));
    assert!(found_message.contains(message), "{found_message}");
}

#[test]
fn the_argument_is_read() {
    returns("square", &int(5), &int(25));
    returns("large_square", &int(6), &int(36));
    returns(
        "add",
        &array(&[int(1), int(2)]),
        &[&[0xFF, 15, b'N'], &3f64.to_le_bytes()[..]].concat(),
    );
}

#[test]
fn the_argument_may_be_borrowed() {
    let object = [&[0xFF, 15, b'o'], &text("text")[2..], &text("here")[2..], &[b'{', 1]].concat();
    returns("borrows", &object, &text("here"));
}

#[test]
fn a_function_without_an_argument_does_not_look_at_it() {
    returns("nothing", &undefined(), &undefined());
    returns("Ok", &[], &int(0));
    returns("only_a_task", &[1, 2, 3], &[0xFF, 15, b'F']);
}

#[test]
fn names_of_the_author_and_of_the_macro_do_not_meet() {
    returns("call", &int(7), &int(7));
    returns("value", &int(8), &int(8));
    for name in ["run", "task", "type", "another-name", "old"] {
        returns(name, &undefined(), &undefined());
    }
}

#[test]
fn an_argument_of_another_type_is_an_error() {
    let seen = call("add", &text("1"), &[], 0);
    fails(&seen, FailureKind::Clone, "TypeError", "", "ERR_INVALID_ARG_VALUE");
}

#[test]
fn errors_are_told() {
    let seen = call("fails", &undefined(), &[], 0);
    fails(&seen, FailureKind::Error, "RangeError", "it fails", "ERR_IT_FAILS");
    let seen = call("parses", &text("x"), &[], 0);
    fails(&seen, FailureKind::Error, "Error", "invalid digit", "");
}

#[test]
fn the_task_is_the_calls() {
    let object = [&[0xFF, 15, b'o'], &text("text")[2..], &text("")[2..], &[b'{', 1]].concat();
    let seen = call("borrows", &object, &[], ending::ABORTED);
    fails(&seen, FailureKind::Terminated, "AbortError", "", "ABORT_ERR");
}

#[test]
fn a_panic_is_told_with_its_place() {
    let seen = call("panics", &undefined(), &[], 0);
    fails(&seen, FailureKind::Panic, "Error", "it panics", "ERR_ISOTHREADS_PANIC");
    assert!(seen.locations[0].contains("workers.rs:"), "{seen:?}");
}

#[test]
fn a_conversation_has_the_port_and_the_data() {
    let seen = call("echo", &undefined(), &[text("a"), text("b")], 0);
    assert_eq!(seen.posted, [text("a"), text("b")]);
    assert_eq!(seen.results, [undefined()]);

    let seen = call("counts", &array(&[int(10), int(2)]), &[undefined(), undefined()], 0);
    assert_eq!(seen.posted, [int(12), int(14)]);
    assert_eq!(seen.results, [undefined()]);
}

#[test]
fn a_channel_posts_and_hears_arrays_of_one_value() {
    let heard = [
        array(&[text("a")]),
        null(),
        array(&[text("b")]),
        array(&[text("c")]),
        array(&[int(1)]),
    ];
    let seen = call("broadcasts", &undefined(), &heard, 0);
    assert_eq!(seen.opened, ["a name"]);
    assert_eq!(seen.posted, [array(&[int(1)])]);
    let told = String::from_utf8_lossy(&seen.results[0]).into_owned();
    let texts = [
        "Ok",
        "a",
        "Err",
        "could not be read",
        "Ok",
        "b",
        "Ok",
        "c",
        "Err",
        "a string",
    ];
    let places = texts.map(|text| told.find(text));
    assert!(places.iter().all(Option::is_some), "{told}");
}

#[test]
fn a_conversation_that_fails_closes_its_port() {
    let seen = call("counts", &text("x"), &[], 0);
    fails(&seen, FailureKind::Clone, "TypeError", "", "ERR_INVALID_ARG_VALUE");
    let seen = call("counts", &array(&[int(1), int(1)]), &[text("x")], 0);
    fails(&seen, FailureKind::Clone, "TypeError", "", "ERR_INVALID_ARG_VALUE");
}
