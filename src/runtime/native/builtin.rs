//! The workers that come with this package, `native:fib` and `native:processor`.

mod fib;
mod processor;
