//! The attribute macro of `isothreads-sdk`.

mod attribute;
mod expand;
mod function;
mod kind;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a function a worker of its library. The function itself is unchanged and can still be called from Rust.
///
/// ```ignore
/// /// `nativeWorkers()` returns this comment as the worker's documentation.
/// #[isothreads::worker]
/// fn fib(n: u32) -> u64 { ... }
///
/// #[isothreads::worker(name = "to-grey")] // the name in JavaScript; by default the function's
/// fn to_grey(image: Image<'_>, task: &Task) -> Result<Bytes> { ... }
///
/// #[isothreads::worker]
/// fn processor(port: ParentPort, options: Options) -> Result<()> { ... }
/// ```
///
/// A **function** takes at most one value and returns one. The argument is any type that serde deserialises, and may
/// borrow from the message. A `task: &Task` parameter, after the argument or alone, gives access to progress and
/// cancellation. The function returns a type that serde serialises, or a `Result` of one, whose error is an
/// `isothreads::Error` or any `std::error::Error`.
///
/// A **conversation** is a function whose first parameter is a `ParentPort`. A second parameter is the `workerData`. It
/// returns nothing, or a `Result<()>`.
///
/// The macro recognises `Result`, `ParentPort` and `&Task` by the last segment of the path.
#[proc_macro_attribute]
pub fn worker(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), item.into()).into()
}
