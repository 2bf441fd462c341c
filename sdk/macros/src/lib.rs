//! The attribute macro of `isothreads-sdk`.

mod attribute;
mod expand;
mod function;
mod kind;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a function a worker of its library. The function itself stays as it is, and can be called from
/// Rust.
///
/// ```ignore
/// /// This comment is what `nativeWorkers()` says of it.
/// #[isothreads::worker]
/// fn fib(n: u32) -> u64 { ... }
///
/// #[isothreads::worker(name = "to-grey")] // the name that JavaScript uses, if not the function's
/// fn to_grey(image: Image<'_>, task: &Task) -> Result<Bytes> { ... }
///
/// #[isothreads::worker]
/// fn processor(port: ParentPort, options: Options) -> Result<()> { ... }
/// ```
///
/// A **function** takes one value and returns one. The argument is any type that serde deserialises; it
/// may borrow from the message. There may be none. `task: &Task`, after it or alone, is for progress and
/// cancellation. The function returns what serde serialises, or a `Result` of that, whose error is an
/// `isothreads::Error` or any `std::error::Error`.
///
/// A **conversation** is a function whose first parameter is a `ParentPort`, by that name. A second one
/// is the `workerData`. It returns nothing, or a `Result<()>`.
///
/// Whether something is a `Result`, a `ParentPort` or a `&Task` is seen by the last name of its path.
#[proc_macro_attribute]
pub fn worker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), item.into()).into()
}
