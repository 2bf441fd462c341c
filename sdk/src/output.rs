//! Printing to `worker.stdout` and `worker.stderr`, in order with the messages. std's own macros print to the process's
//! streams directly, bypassing `worker.stdout`.

use std::fmt;

use isothreads_codec::abi::Stream;

use crate::task;

/// Like std's, to the worker's `stdout`; on threads that do not belong to a worker, to the process's.
#[macro_export]
macro_rules! print {
    ($($arguments:tt)*) => {
        $crate::__private::print(::std::format_args!($($arguments)*))
    };
}

/// Like std's, to the worker's `stdout`; on threads that do not belong to a worker, to the process's.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($arguments:tt)*) => {
        $crate::__private::print(::std::format_args!("{}\n", ::std::format_args!($($arguments)*)))
    };
}

/// Like std's, to the worker's `stderr`; on threads that do not belong to a worker, to the process's.
#[macro_export]
macro_rules! eprint {
    ($($arguments:tt)*) => {
        $crate::__private::eprint(::std::format_args!($($arguments)*))
    };
}

/// Like std's, to the worker's `stderr`; on threads that do not belong to a worker, to the process's.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::eprint!("\n") };
    ($($arguments:tt)*) => {
        $crate::__private::eprint(::std::format_args!("{}\n", ::std::format_args!($($arguments)*)))
    };
}

#[doc(hidden)]
pub fn print(arguments: fmt::Arguments<'_>) {
    match task::current() {
        Some(task) => task.write(Stream::Output, &arguments.to_string()),
        None => std::print!("{arguments}"),
    }
}

#[doc(hidden)]
pub fn eprint(arguments: fmt::Arguments<'_>) {
    match task::current() {
        Some(task) => task.write(Stream::Error, &arguments.to_string()),
        None => std::eprint!("{arguments}"),
    }
}
