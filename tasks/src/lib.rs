//! Workers for what threads are good for: images, data, hashes and compression.
//!
//! A library that the npm package `isothreads` loads; its own npm package is in the same folder:
//!
//! ```js
//! const pool = new WorkerPool(require('isothreads-tasks').library)
//! const { data } = await pool.exec({ data: photograph, width: 200 }, { name: 'resize' })
//! ```
//!
//! Every task takes one object and refuses properties that it does not know. What is wrong with an argument is told as
//! Node tells it, with the same names and codes of errors where it has them. What takes long looks again and again
//! at whether it is to end, and reports `{ step, fraction }`. Results that may be large are transferred.
//!
//! A module for each field: the workers, which are only concerned with arguments, and beneath them functions that know
//! nothing of JavaScript.

mod check;
mod compression;
mod crypto;
mod data;
mod image;
mod input;
mod memory;
mod progress;
