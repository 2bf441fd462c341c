//! `shim/lean/interface.h`: bare isolates. The layout assertions match the header's.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use super::isolate::Host;

#[repr(C)]
pub struct Lean {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct LeanOptions {
    pub max_young_generation_mb: f64,
    pub max_old_generation_mb: f64,
    pub code_range_mb: f64,
    pub stack_size: usize,
    pub owner: *mut c_void,
    pub external_memory_mb: f64,
    pub allow_strings: bool,
    pub allow_wasm: bool,
}

const _: () = {
    assert!(size_of::<LeanOptions>() == 56);
    assert!(offset_of!(LeanOptions, max_young_generation_mb) == 0);
    assert!(offset_of!(LeanOptions, max_old_generation_mb) == 8);
    assert!(offset_of!(LeanOptions, code_range_mb) == 16);
    assert!(offset_of!(LeanOptions, stack_size) == 24);
    assert!(offset_of!(LeanOptions, owner) == 32);
    assert!(offset_of!(LeanOptions, external_memory_mb) == 40);
    assert!(offset_of!(LeanOptions, allow_strings) == 48);
    assert!(offset_of!(LeanOptions, allow_wasm) == 49);
};

#[repr(C)]
pub struct Source {
    pub text: *const c_char,
    pub length: usize,
    pub cache: *const u8,
    pub cache_length: usize,
    pub is_ascii: bool,
    pub is_wanted: bool,
}

const _: () = {
    assert!(size_of::<Source>() == 40);
    assert!(offset_of!(Source, text) == 0);
    assert!(offset_of!(Source, length) == 8);
    assert!(offset_of!(Source, cache) == 16);
    assert!(offset_of!(Source, cache_length) == 24);
    assert!(offset_of!(Source, is_ascii) == 32);
    assert!(offset_of!(Source, is_wanted) == 33);
};

/// Defines the function of this name on an object. Returns false if there is none.
pub type Define = unsafe extern "C" fn(target: *mut c_void, name: *const c_char) -> bool;

unsafe extern "C" {
    pub fn isothreads_lean_is_available() -> bool;
    pub fn isothreads_lean_new(options: *mut LeanOptions, error: *mut *const c_char) -> *mut Lean;
    pub fn isothreads_lean_load(lean: *mut Lean, define: Define) -> *const c_char;
    pub fn isothreads_lean_spin(lean: *mut Lean);
    pub fn isothreads_lean_end_javascript(lean: *mut Lean);
    pub fn isothreads_lean_delete(lean: *mut Lean);
    pub fn isothreads_lean_host(lean: *mut Lean) -> *mut Host;
    pub fn isothreads_lean_stop(lean: *mut Lean);
    pub fn isothreads_lean_interrupt(lean: *mut Lean);
    pub fn isothreads_lean_check_memory(lean: *mut Lean);
    pub fn isothreads_lean_loop_times(lean: *mut Lean, start: *mut u64, idle: *mut u64);
}
