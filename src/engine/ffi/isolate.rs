//! `shim/isolate/interface.h`: V8. The layout assertions match the header's.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use crate::engine::value::Value;
use isothreads_codec::record::{Leaf, LeafKind};

#[repr(C)]
pub struct Realm {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Object {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Call {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct Host {
    _opaque: [u8; 0],
}

#[repr(C)]
pub struct HostMessage {
    _opaque: [u8; 0],
}

/// JavaScript functions, except for the instance.
#[repr(C)]
pub struct Callbacks<'call> {
    pub receive: Value<'call>,
    pub receive_record: Value<'call>,
    pub create_port: Value<'call>,
    pub clone_error: Value<'call>,
    pub find_clone_symbols: Value<'call>,
    pub take_apart: Value<'call>,
    pub put_together: Value<'call>,
    pub is_host_object: Value<'call>,
    pub check_cloneable: Value<'call>,
    pub pack: Value<'call>,
    pub unpack: Value<'call>,
    pub instance: Value<'call>,
}

const _: () = {
    assert!(size_of::<Callbacks<'static>>() == 96);
    assert!(offset_of!(Callbacks<'static>, receive) == 0);
    assert!(offset_of!(Callbacks<'static>, receive_record) == 8);
    assert!(offset_of!(Callbacks<'static>, create_port) == 16);
    assert!(offset_of!(Callbacks<'static>, clone_error) == 24);
    assert!(offset_of!(Callbacks<'static>, find_clone_symbols) == 32);
    assert!(offset_of!(Callbacks<'static>, take_apart) == 40);
    assert!(offset_of!(Callbacks<'static>, put_together) == 48);
    assert!(offset_of!(Callbacks<'static>, is_host_object) == 56);
    assert!(offset_of!(Callbacks<'static>, check_cloneable) == 64);
    assert!(offset_of!(Callbacks<'static>, pack) == 72);
    assert!(offset_of!(Callbacks<'static>, unpack) == 80);
    assert!(offset_of!(Callbacks<'static>, instance) == 88);
};

#[repr(C)]
pub struct Wire {
    pub data: *mut u8,
    pub length: usize,
    pub array_buffers: *mut *mut c_void,
    pub array_buffer_count: usize,
    pub shared_buffers: *mut *mut c_void,
    pub shared_buffer_count: usize,
    pub wasm_modules: *mut *mut c_void,
    pub wasm_module_count: usize,
    pub host_message: *mut HostMessage,
    pub is_in_scratch: bool,
    pub has_host_objects: bool,
    pub has_composites: bool,
}

const _: () = {
    assert!(size_of::<Wire>() == 80);
    assert!(offset_of!(Wire, data) == 0);
    assert!(offset_of!(Wire, length) == 8);
    assert!(offset_of!(Wire, array_buffers) == 16);
    assert!(offset_of!(Wire, array_buffer_count) == 24);
    assert!(offset_of!(Wire, shared_buffers) == 32);
    assert!(offset_of!(Wire, shared_buffer_count) == 40);
    assert!(offset_of!(Wire, wasm_modules) == 48);
    assert!(offset_of!(Wire, wasm_module_count) == 56);
    assert!(offset_of!(Wire, host_message) == 64);
    assert!(offset_of!(Wire, is_in_scratch) == 72);
    assert!(offset_of!(Wire, has_host_objects) == 73);
    assert!(offset_of!(Wire, has_composites) == 74);
};

const _: () = {
    assert!(size_of::<Leaf>() == 24);
    assert!(offset_of!(Leaf, kind) == 0);
    assert!(offset_of!(Leaf, length) == 4);
    assert!(offset_of!(Leaf, offset) == 8);
    assert!(offset_of!(Leaf, number) == 16);
};

const _: () = {
    assert!(LeafKind::Undefined as u32 == 0);
    assert!(LeafKind::Null as u32 == 1);
    assert!(LeafKind::True as u32 == 2);
    assert!(LeafKind::False as u32 == 3);
    assert!(LeafKind::Number as u32 == 4);
    assert!(LeafKind::Latin1 as u32 == 5);
    assert!(LeafKind::Utf16 as u32 == 6);
};

#[repr(C)]
pub struct Script {
    pub text: *const c_void,
    pub length: usize,
    pub filename: *const c_char,
    pub cache: *const u8,
    pub cache_length: usize,
    pub script: *mut c_void,
    pub is_two_byte: bool,
}

const _: () = {
    assert!(size_of::<Script>() == 56);
    assert!(offset_of!(Script, text) == 0);
    assert!(offset_of!(Script, length) == 8);
    assert!(offset_of!(Script, filename) == 16);
    assert!(offset_of!(Script, cache) == 24);
    assert!(offset_of!(Script, cache_length) == 32);
    assert!(offset_of!(Script, script) == 40);
    assert!(offset_of!(Script, is_two_byte) == 48);
};

pub type Write = extern "C" fn(data: *mut c_void, text: *const c_char, length: usize) -> bool;

pub const HEAP_STATISTICS: usize = 15;

#[repr(C)]
pub struct HeapProfileSample {
    pub node_id: u32,
    pub count: u32,
    pub object_size: u64,
    pub ordinal: u64,
    pub is_live: bool,
}

const _: () = {
    assert!(size_of::<HeapProfileSample>() == 32);
    assert!(offset_of!(HeapProfileSample, node_id) == 0);
    assert!(offset_of!(HeapProfileSample, count) == 4);
    assert!(offset_of!(HeapProfileSample, object_size) == 8);
    assert!(offset_of!(HeapProfileSample, ordinal) == 16);
    assert!(offset_of!(HeapProfileSample, is_live) == 24);
};

#[repr(C)]
pub struct HeapProfileNode {
    pub function_name: *const c_char,
    pub function_name_length: usize,
    pub url: *const c_char,
    pub url_length: usize,
    pub self_size: u64,
    pub self_count: u64,
    pub id: u32,
    pub depth: u32,
    pub script_id: i32,
    pub line_number: i32,
    pub column_number: i32,
}

const _: () = {
    assert!(size_of::<HeapProfileNode>() == 72);
    assert!(offset_of!(HeapProfileNode, function_name) == 0);
    assert!(offset_of!(HeapProfileNode, function_name_length) == 8);
    assert!(offset_of!(HeapProfileNode, url) == 16);
    assert!(offset_of!(HeapProfileNode, url_length) == 24);
    assert!(offset_of!(HeapProfileNode, self_size) == 32);
    assert!(offset_of!(HeapProfileNode, self_count) == 40);
    assert!(offset_of!(HeapProfileNode, id) == 48);
    assert!(offset_of!(HeapProfileNode, depth) == 52);
    assert!(offset_of!(HeapProfileNode, script_id) == 56);
    assert!(offset_of!(HeapProfileNode, line_number) == 60);
    assert!(offset_of!(HeapProfileNode, column_number) == 64);
};

#[repr(C)]
pub struct HeapProfileVisitor {
    pub sample: extern "C" fn(data: *mut c_void, sample: &HeapProfileSample),
    pub node: extern "C" fn(data: *mut c_void, node: &HeapProfileNode),
    pub data: *mut c_void,
    pub knows_liveness: bool,
}

const _: () = {
    assert!(size_of::<HeapProfileVisitor>() == 32);
    assert!(offset_of!(HeapProfileVisitor, sample) == 0);
    assert!(offset_of!(HeapProfileVisitor, node) == 8);
    assert!(offset_of!(HeapProfileVisitor, data) == 16);
    assert!(offset_of!(HeapProfileVisitor, knows_liveness) == 24);
};

unsafe extern "C" {
    pub fn isothreads_realm_new(owner: *mut c_void, host: *mut Host, callbacks: *const Callbacks) -> *mut Realm;
    pub fn isothreads_realm_delete(realm: *mut Realm);
    pub fn isothreads_realm_functions(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_realm_event_loop(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_realm_instance(realm: *mut Realm) -> *mut c_void;
    pub fn isothreads_object_new(realm: *mut Realm, value: *mut c_void) -> *mut Object;
    pub fn isothreads_object_delete(object: *mut Object);
    pub fn isothreads_object_is_elsewhere(object: *const Object) -> bool;
    pub fn isothreads_object_set_key(realm: *mut Realm, object: *mut Object, key: i32);
    pub fn isothreads_realm_dispatch(
        realm: *mut Realm,
        port: *mut Object,
        kind: i32,
        wire: *const Wire,
        port_keys: *const i32,
        port_count: usize,
    ) -> i32;
    pub fn isothreads_realm_notify(realm: *mut Realm, port: *mut Object, kind: i32, number: i32) -> i32;
    pub fn isothreads_realm_batch(
        realm: *mut Realm,
        port: *mut Object,
        run: extern "C" fn(*mut c_void),
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_realm_run_microtasks(realm: *mut Realm);
    pub fn isothreads_record_compile(
        realm: *mut Realm,
        body: *const c_char,
        length: usize,
        parameter_count: usize,
    ) -> *mut Object;
    pub fn isothreads_record_dispatch(
        realm: *mut Realm,
        port: *mut Object,
        kind: i32,
        make: *mut Object,
        message: *const u8,
        leaves: *const Leaf,
        leaf_count: usize,
    ) -> i32;
    pub fn isothreads_define_binding(target: *mut c_void, name: *const c_char, binding: *const c_void);
    pub fn isothreads_define_text(target: *mut c_void, name: *const c_char, text: *const c_char, length: usize);
    pub fn isothreads_call_argument(call: *const Call, index: u32) -> *mut c_void;
    pub fn isothreads_call_return(call: *const Call, value: *mut c_void);
    pub fn isothreads_call_throw(call: *const Call, message: *const c_char, length: usize, is_range_error: bool);
    pub fn isothreads_value_is_nullish(value: *mut c_void) -> bool;
    pub fn isothreads_value_number(value: *mut c_void, number: *mut f64) -> bool;
    pub fn isothreads_value_bool(value: *mut c_void, truth: *mut bool) -> bool;
    pub fn isothreads_value_big_int(value: *mut c_void, is_negative: *mut bool, magnitude: *mut u64) -> bool;
    pub fn isothreads_value_text(
        value: *mut c_void,
        write: extern "C" fn(*mut c_void, *const c_char, usize),
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_value_length(value: *mut c_void, length: *mut u32) -> bool;
    pub fn isothreads_value_element(array: *mut c_void, index: u32) -> *mut c_void;
    pub fn isothreads_value_property(object: *mut c_void, name: *const c_char) -> *mut c_void;
    pub fn isothreads_value_shared_store(value: *mut c_void) -> *mut c_void;
    pub fn isothreads_value_external_text(
        value: *mut c_void,
        text: *mut *const c_void,
        length: *mut usize,
        is_two_byte: *mut bool,
    ) -> bool;
    pub fn isothreads_value_array_buffer(value: *mut c_void, data: *mut *mut u8, length: *mut usize) -> bool;
    pub fn isothreads_undefined(call: *const Call) -> *mut c_void;
    pub fn isothreads_null(call: *const Call) -> *mut c_void;
    pub fn isothreads_boolean(call: *const Call, value: bool) -> *mut c_void;
    pub fn isothreads_number(call: *const Call, value: f64) -> *mut c_void;
    pub fn isothreads_big_int(call: *const Call, is_negative: bool, words: *const u64, count: usize) -> *mut c_void;
    pub fn isothreads_text(call: *const Call, text: *const c_char, length: usize) -> *mut c_void;
    pub fn isothreads_float64_array(call: *const Call, numbers: *const f64, count: usize) -> *mut c_void;
    pub fn isothreads_array_buffer(call: *const Call, store: *mut c_void) -> *mut c_void;
    pub fn isothreads_list(call: *const Call, values: *const *mut c_void, count: usize) -> *mut c_void;
    pub fn isothreads_new_object(call: *const Call) -> *mut c_void;
    pub fn isothreads_object_define(object: *mut c_void, name: *const c_char, value: *mut c_void);
    pub fn isothreads_store_memory(store: *const c_void, data: *mut *mut u8, length: *mut usize);
    pub fn isothreads_store_new(
        data: *mut c_void,
        length: usize,
        release: unsafe extern "C" fn(*mut c_void, usize, *mut c_void),
        context: *mut c_void,
    ) -> *mut c_void;
    pub fn isothreads_shared_store_new(length: usize) -> *mut c_void;
    pub fn isothreads_store_clone(store: *const c_void) -> *mut c_void;
    pub fn isothreads_store_watch(store: *const c_void) -> *mut c_void;
    pub fn isothreads_watch_owner_count(watch: *const c_void) -> usize;
    pub fn isothreads_watch_hold(watch: *const c_void) -> *mut c_void;
    pub fn isothreads_watch_delete(watch: *mut c_void);
    pub fn isothreads_backing_store_delete(store: *mut c_void);
    pub fn isothreads_wasm_module_clone(module: *const c_void) -> *mut c_void;
    pub fn isothreads_wasm_module_delete(module: *mut c_void);
    pub fn isothreads_host_message_delete(message: *mut HostMessage);
    pub fn isothreads_host_message_share(message: *mut HostMessage);
    pub fn isothreads_marks_memories() -> bool;
    pub fn isothreads_heap_statistics(numbers: *mut f64);
    pub fn isothreads_write_heap_snapshot(
        expose_internals: bool,
        expose_numeric_values: bool,
        write: Write,
        data: *mut c_void,
    ) -> bool;
    pub fn isothreads_cpu_profiler_new() -> *mut c_void;
    pub fn isothreads_cpu_profiler_delete(profiler: *mut c_void);
    pub fn isothreads_cpu_profile_start(
        profiler: *mut c_void,
        most_samples: u32,
        interval_microseconds: i32,
        id: *mut u32,
    ) -> bool;
    pub fn isothreads_cpu_profile_stop(profiler: *mut c_void, id: u32, write: Option<Write>, data: *mut c_void)
    -> bool;
    pub fn isothreads_heap_profile_start(sample_interval: u64, stack_depth: i32, flags: i32) -> bool;
    pub fn isothreads_heap_profile_discard();
    pub fn isothreads_heap_profile_stop(visitor: *mut HeapProfileVisitor) -> bool;
}
