//! Workers that the tests load, each for one feature of native workers.

mod conversations;
mod functions;
mod hammers;
mod panics;
mod streams;
mod tables;
mod threads;
mod views;
