//! Workers that the tests load, each for one thing that native workers do.

mod conversations;
mod functions;
mod hammers;
mod streams;
mod threads;
