//! Workers that the tests load, each for one thing that native workers do.

mod conversations;
mod functions;
mod hammers;
mod panics;
mod streams;
mod threads;
mod views;
