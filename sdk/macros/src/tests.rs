//! What the macro rejects, with its message and the location of the error.

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::attribute::Arguments;
use crate::expand::{expand, registration};

/// Each error: the text at its location, and its message.
fn errors(arguments: &str, item: &str) -> Vec<(String, String)> {
    let tokens = |text| TokenStream::from_str(text).expect("tokens");
    let result = Arguments::parse(tokens(arguments)).and_then(|arguments| registration(arguments, tokens(item)));
    let errors = result.map_or_else(|error| error.into_iter().collect(), |_| Vec::new());
    errors
        .into_iter()
        .map(|error| (error.span().source_text().unwrap_or_default(), error.to_string()))
        .collect()
}

#[track_caller]
fn refused(item: &str, place: &str, message: &str) {
    let errors = errors("", item);
    let [(found, text)] = &errors[..] else {
        panic!("{item}: {errors:?}");
    };
    assert_eq!(found, place, "{item}");
    assert!(text.contains(message), "{item}: {text}");
}

#[track_caller]
fn accepted(item: &str) {
    assert_eq!(errors("", item), [], "{item}");
}

#[test]
fn functions() {
    accepted("fn now() -> f64 { 0.0 }");
    accepted("fn add((a, b): (f64, f64)) -> f64 { a + b }");
    accepted("pub(crate) fn length(data: &[u8], task: &Task) -> Result<usize> { Ok(data.len()) }");
    accepted("fn f(task: &isothreads::Task) {}");
    accepted("fn f<'a>(input: Input<'a>) -> Input<'a> where 'a: 'a { input }");
    accepted("const fn r#type(Input { a, .. }: Input) -> impl Serialize { a }");
    accepted("fn f(task: Task) {} // the author's own type");
}

#[test]
fn conversations() {
    accepted("fn f(port: ParentPort) {}");
    accepted("fn f(port: isothreads::ParentPort, options: Options<'_>) -> () {}");
    accepted("fn f(mut port: ParentPort, (): ()) -> Result<(), Box<MyError>> { Ok(()) }");
    accepted("fn f(_: ParentPort) -> std::io::Result<()> { Ok(()) }");
}

/// The compiler handles an incomplete body.
#[test]
fn bodies_are_not_read() {
    accepted("fn f() -> f64 { let x = ; }");
}

#[test]
fn async_functions() {
    refused("async fn f() {}", "async", "cannot be async");
}

#[test]
fn unsafe_functions() {
    refused("unsafe fn f() {}", "unsafe", "cannot be unsafe");
}

#[test]
fn extern_functions() {
    refused("extern \"C\" fn f() {}", "extern \"C\"", "no `extern`");
}

#[test]
fn generics() {
    refused("fn f<T: Clone>(a: T) {}", "T: Clone", "cannot be generic");
    refused(
        "fn f<'a, const N: usize>(a: &'a str) {}",
        "const N: usize",
        "cannot be generic",
    );
}

#[test]
fn impl_trait_arguments() {
    refused("fn f(a: impl Fn()) {}", "impl Fn()", "cannot be generic: name the type");
    refused(
        "fn f(a: Vec<(u8, impl Copy)>) {}",
        "Vec<(u8, impl Copy)>",
        "name the type",
    );
}

#[test]
fn static_arguments() {
    refused("fn f(a: &'static str) {}", "'static", "take an owned type");
    accepted("fn f(a: Cow<'static, str>) {}");
}

#[test]
fn methods() {
    refused("fn f(&self) {}", "&self", "no `self`");
    refused("fn f(self: Box<Self>, a: u8) {}", "self: Box<Self>", "no `self`");
}

#[test]
fn several_arguments() {
    refused("fn f(a: u8, b: u16) {}", "u16", "use a struct or a tuple");
    refused("fn f(a: u8, b: u16, c: &Task) {}", "u16", "use a struct or a tuple");
}

#[test]
fn the_task_is_a_reference_and_comes_last() {
    refused("fn f(task: &Task, a: u8) {}", "&Task", "after the argument");
    refused("fn f(a: u8, task: &Task, other: &Task) {}", "&Task", "one `&Task`");
    refused("fn f(task: isothreads::Task) {}", "isothreads::Task", "`task: &Task`");
    refused("fn f(a: u8, task: &mut Task) {}", "&mut Task", "`task: &Task`");
}

#[test]
fn the_port_is_a_value_and_comes_first() {
    refused("fn f(port: &ParentPort) {}", "&ParentPort", "by value");
    refused("fn f(a: u8, port: ParentPort) {}", "ParentPort", "first parameter");
}

#[test]
fn arguments_of_conversations() {
    refused("fn f(port: ParentPort, a: u8, b: u16) {}", "u16", "and one value");
    refused("fn f(port: ParentPort, task: &Task) {}", "&Task", "port.task()");
    refused("fn f(port: ParentPort, a: u8, task: &Task) {}", "&Task", "port.task()");
    refused(
        "fn f(port: ParentPort, other: sdk::ParentPort) {}",
        "sdk::ParentPort",
        "one `ParentPort`",
    );
}

#[test]
fn conversations_return_nothing() {
    refused("fn f(port: ParentPort) -> u64 { 0 }", "u64", "post its output instead");
    refused(
        "fn f(port: ParentPort) -> Result<u64> {}",
        "Result<u64>",
        "returns nothing",
    );
    refused("fn f(port: ParentPort) -> ! {}", "!", "returns nothing");
}

#[test]
fn other_items() {
    refused("pub struct Input { a: u8 }", "pub", "turns a function into a worker");
    refused("mod workers {}", "mod", "turns a function into a worker");
    assert_eq!(errors("", "").len(), 1);
}

#[test]
fn all_that_is_wrong_is_said() {
    let places: Vec<_> = errors("", "async unsafe fn f<T>(a: T, b: u8) {}")
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places, ["async", "unsafe", "T", "u8"]);
}

#[track_caller]
fn refused_arguments(arguments: &str, place: &str, message: &str) {
    let errors = errors(arguments, "fn f() {}");
    let [(found, text)] = &errors[..] else {
        panic!("{arguments}: {errors:?}");
    };
    assert_eq!(found, place, "{arguments}");
    assert!(text.contains(message), "{arguments}: {text}");
}

#[test]
fn names() {
    for name in ["", "name = \"other\"", "name = \"größe-2.x\","] {
        assert_eq!(errors(name, "fn f() {}"), []);
    }
    refused_arguments("name = \"\"", "\"\"", "must not be empty");
    refused_arguments("name = \"a#b\"", "\"a#b\"", "must not contain `#` or `/`");
    refused_arguments("name = \"a/b\"", "\"a/b\"", "must not contain `#` or `/`");
    for name in ["\" \"", "\"a\\tb\"", "\"a\\0\"", "\"a\u{a0}b\""] {
        refused_arguments(&format!("name = {name}"), name, "whitespace");
    }
    refused_arguments("name = 7", "7", "a string literal");
    refused_arguments("name = f()", "f()", "a string literal");
}

#[test]
fn other_arguments() {
    refused_arguments("other = \"a\"", "other", "the only argument");
    refused_arguments("name", "name", "the only argument");
    refused_arguments("name(\"a\")", "name", "the only argument");
    refused_arguments("\"a\"", "\"a\"", "the only argument");
    refused_arguments("name = \"a\", name = \"b\"", "name", "already has a name");
}

/// Without the function, its callers would cause a second error.
#[test]
fn a_refused_function_stays() {
    let function = "async fn f () { }";
    let expanded = expand(TokenStream::new(), TokenStream::from_str(function).expect("tokens")).to_string();
    assert!(expanded.starts_with(function), "{expanded}");
    assert!(expanded.contains("compile_error"), "{expanded}");
}
