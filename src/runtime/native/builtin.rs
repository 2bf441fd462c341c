//! The built-in workers, `native:fib` and `native:processor`.

mod fib;
mod processor;
