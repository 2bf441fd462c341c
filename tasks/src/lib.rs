//! Workers for CPU-bound work: images, data, hashes and compression.
//!
//! The npm package `isothreads` loads this library. The library's own npm package is in the same folder:
//!
//! ```js
//! const pool = new WorkerPool(require('isothreads-tasks').library)
//! const { data } = await pool.exec({ data: photograph, width: 200 }, { name: 'resize' })
//! ```
//!
//! Every task takes one object and rejects unknown properties. Errors for invalid arguments have Node's names and
//! codes where Node has them. Long tasks regularly check whether to stop, and report `{ step, fraction }`. Results
//! that may be large are transferred.
//!
//! There is a module for each field. It contains the workers, which only handle arguments. Its submodules contain
//! functions that are independent of JavaScript.

mod check;
mod compression;
mod crypto;
mod data;
mod image;
mod input;
mod memory;
mod progress;
