//! JavaScript values, as seen by a Rust function during a call from JavaScript.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;
use std::ptr::{NonNull, null, null_mut};

use super::bindings::{Binding, Call, Error, define};
use super::ffi;
use super::store::Store;

/// A value of the current call. Bound to its thread.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'call> {
    raw: NonNull<c_void>,
    call: PhantomData<&'call ()>,
}

/// Characters outside of V8's heap. Latin-1, or UTF-16 with `is_two_byte`.
#[derive(Clone, Copy)]
pub struct ExternalText {
    pub(super) text: *const c_void,
    /// In characters.
    pub(super) length: usize,
    pub(super) is_two_byte: bool,
}

/// A type that a Rust function can take.
pub trait FromValue<'call>: Sized {
    fn from_value(value: Value<'call>) -> Result<Self, Error>;
}

/// A type that it can return.
pub trait IntoValue<'call> {
    fn into_value(self, call: Call<'call>) -> Value<'call>;
}

impl<'call> Value<'call> {
    /// # Safety
    /// `raw` is a value from the shim, which lives as long as the current call from JavaScript.
    pub(super) unsafe fn from_raw(raw: *mut c_void) -> Self {
        Self {
            raw: NonNull::new(raw).expect("the shim returns a value"),
            call: PhantomData,
        }
    }

    pub(super) fn raw(self) -> *mut c_void {
        self.raw.as_ptr()
    }

    pub fn undefined(call: Call<'call>) -> Self {
        // SAFETY: JavaScript is calling.
        unsafe { Self::from_raw(ffi::isothreads_undefined(call.raw())) }
    }

    pub fn null(call: Call<'call>) -> Self {
        // SAFETY: JavaScript is calling.
        unsafe { Self::from_raw(ffi::isothreads_null(call.raw())) }
    }

    pub fn big_int(call: Call<'call>, number: i128) -> Self {
        let magnitude = number.unsigned_abs();
        let words = [magnitude as u64, (magnitude >> 64) as u64];
        // SAFETY: JavaScript is calling; the words are copied.
        unsafe {
            Self::from_raw(ffi::isothreads_big_int(
                call.raw(),
                number < 0,
                words.as_ptr(),
                words.len(),
            ))
        }
    }

    /// A Float64Array.
    pub fn float64_array(call: Call<'call>, numbers: &[f64]) -> Self {
        // SAFETY: JavaScript is calling; the numbers are copied.
        unsafe {
            Self::from_raw(ffi::isothreads_float64_array(
                call.raw(),
                numbers.as_ptr(),
                numbers.len(),
            ))
        }
    }

    /// Creates an array. Setters that a program has put on `Array.prototype` are not called.
    pub fn list(call: Call<'call>, values: &[Value]) -> Self {
        // SAFETY: JavaScript is calling, a value is a pointer, and the pointers are copied.
        unsafe { Self::from_raw(ffi::isothreads_list(call.raw(), values.as_ptr().cast(), values.len())) }
    }

    /// Creates an object with these properties. Setters that a program has put on `Object.prototype` are not called.
    pub fn object<const N: usize>(call: Call<'call>, properties: [(&CStr, Value); N]) -> Self {
        // SAFETY: JavaScript is calling.
        let object = unsafe { Self::from_raw(ffi::isothreads_new_object(call.raw())) };
        for (name, value) in properties {
            object.define(name, value);
        }
        object
    }

    /// An ArrayBuffer over these bytes, without a copy.
    pub fn new_array_buffer(call: Call<'call>, bytes: Vec<u8>) -> Self {
        let store = Store::new(bytes);
        // SAFETY: JavaScript is calling; the store is given away.
        unsafe { Self::from_raw(ffi::isothreads_array_buffer(call.raw(), store.into_raw())) }
    }

    /// Defines a property on an object. Setters of its prototype are not called.
    pub fn define(self, name: &CStr, value: Value) {
        // SAFETY: an object and a value of this call, and a null-terminated string.
        unsafe { ffi::isothreads_object_define(self.raw(), name.as_ptr(), value.raw()) };
    }

    /// Defines functions on an object.
    pub fn define_bindings(self, bindings: &'static [Binding]) {
        // SAFETY: an object of this call, whose context is entered.
        unsafe { define(self.raw(), bindings) };
    }

    /// Whether it is `undefined` or `null`.
    pub fn is_nullish(self) -> bool {
        // SAFETY: a value of this call.
        unsafe { ffi::isothreads_value_is_nullish(self.raw()) }
    }

    fn number(self) -> Option<f64> {
        let mut number = 0.0;
        // SAFETY: a value of this call, and a place for the answer.
        unsafe { ffi::isothreads_value_number(self.raw(), &mut number) }.then_some(number)
    }

    /// The lowest 64 bits of a BigInt's magnitude, with its sign.
    pub fn to_big_int(self) -> Option<i128> {
        let (mut is_negative, mut magnitude) = (false, 0);
        // SAFETY: a value of this call, and places for the answer.
        let is_big_int = unsafe { ffi::isothreads_value_big_int(self.raw(), &mut is_negative, &mut magnitude) };
        let magnitude = i128::from(magnitude);
        is_big_int.then_some(if is_negative { -magnitude } else { magnitude })
    }

    /// A property of an object.
    pub fn get<T: FromValue<'call>>(self, name: &CStr) -> Result<T, Error> {
        // SAFETY: a value of this call, and a null-terminated string.
        let property = unsafe { ffi::isothreads_value_property(self.raw(), name.as_ptr()) };
        match NonNull::new(property) {
            Some(raw) => T::from_value(Self { raw, call: self.call }),
            None => Err(expected("an object")),
        }
    }

    /// The memory of a SharedArrayBuffer.
    pub fn shared_store(self) -> Option<Store> {
        // SAFETY: a value of this call.
        let store = unsafe { ffi::isothreads_value_shared_store(self.raw()) };
        // SAFETY: the box that the shim has just created.
        (!store.is_null()).then(|| unsafe { Store::from_raw(store) })
    }

    /// A copy of the bytes of an ArrayBuffer.
    pub fn bytes(self) -> Option<Vec<u8>> {
        let (data, length) = self.array_buffer()?;
        if length == 0 {
            return Some(Vec::new());
        }
        // SAFETY: the memory of the buffer, which no JavaScript can change or free before this returns.
        Some(unsafe { std::slice::from_raw_parts(data, length) }.to_vec())
    }

    /// The characters of a string that V8 reads from memory outside of its heap.
    pub fn external_text(self) -> Option<ExternalText> {
        let (mut text, mut length, mut is_two_byte) = (null(), 0, false);
        // SAFETY: a value of this call, and places for the answer.
        let is_external =
            unsafe { ffi::isothreads_value_external_text(self.raw(), &mut text, &mut length, &mut is_two_byte) };
        is_external.then_some(ExternalText {
            text,
            length,
            is_two_byte,
        })
    }

    /// The address and the length of the bytes of an ArrayBuffer. JavaScript may change, move or free them once it runs
    /// again.
    pub fn array_buffer(self) -> Option<(*mut u8, usize)> {
        let (mut data, mut length) = (null_mut(), 0);
        // SAFETY: a value of this call, and places for the answer.
        unsafe { ffi::isothreads_value_array_buffer(self.raw(), &mut data, &mut length) }.then_some((data, length))
    }
}

fn expected(what: &str) -> Error {
    Error::new(format!("isothreads: expected {what}"))
}

impl<'call> FromValue<'call> for Value<'call> {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        Ok(value)
    }
}

impl<'call> FromValue<'call> for f64 {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        value.number().ok_or_else(|| expected("a number"))
    }
}

impl<'call> FromValue<'call> for i32 {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        // Like JavaScript's `number | 0`, for everything that fits in 64 bits.
        f64::from_value(value).map(|number| number as i64 as i32)
    }
}

impl<'call> FromValue<'call> for u32 {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        // Like JavaScript's `number >>> 0`, for everything that fits in 64 bits.
        f64::from_value(value).map(|number| number as i64 as u32)
    }
}

impl<'call> FromValue<'call> for u16 {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        u32::from_value(value).map(|number| number as u16)
    }
}

impl<'call> FromValue<'call> for bool {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        let mut truth = false;
        // SAFETY: a value of this call, and a place for the answer.
        match unsafe { ffi::isothreads_value_bool(value.raw(), &mut truth) } {
            true => Ok(truth),
            false => Err(expected("a boolean")),
        }
    }
}

impl<'call> FromValue<'call> for String {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        extern "C" fn write(text: *mut c_void, data: *const c_char, length: usize) {
            // SAFETY: the string below, which nothing else uses meanwhile, and that many bytes of the shim.
            let (text, bytes) = unsafe {
                (
                    &mut *text.cast::<String>(),
                    std::slice::from_raw_parts(data.cast::<u8>(), length),
                )
            };
            text.push_str(&String::from_utf8_lossy(bytes));
        }
        let mut text = String::new();
        // SAFETY: a value of this call; `write` is called with the string before this returns.
        match unsafe { ffi::isothreads_value_text(value.raw(), write, (&raw mut text).cast()) } {
            true => Ok(text),
            false => Err(expected("a string")),
        }
    }
}

/// `undefined` and `null` become `None`.
impl<'call, T: FromValue<'call>> FromValue<'call> for Option<T> {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        if value.is_nullish() {
            return Ok(None);
        }
        T::from_value(value).map(Some)
    }
}

impl<'call, T: FromValue<'call>> FromValue<'call> for Vec<T> {
    fn from_value(value: Value<'call>) -> Result<Self, Error> {
        let mut length = 0;
        // SAFETY: a value of this call, and a place for the answer.
        if !unsafe { ffi::isothreads_value_length(value.raw(), &mut length) } {
            return Err(expected("an array"));
        }
        (0..length)
            .map(|index| {
                // SAFETY: an array of this call.
                let element = unsafe { ffi::isothreads_value_element(value.raw(), index) };
                match NonNull::new(element) {
                    Some(raw) => T::from_value(Value { raw, call: value.call }),
                    None => Err(expected("an element")),
                }
            })
            .collect()
    }
}

impl<'call> IntoValue<'call> for Value<'call> {
    fn into_value(self, _: Call<'call>) -> Value<'call> {
        self
    }
}

impl<'call> IntoValue<'call> for () {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        Value::undefined(call)
    }
}

impl<'call> IntoValue<'call> for bool {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        // SAFETY: JavaScript is calling.
        unsafe { Value::from_raw(ffi::isothreads_boolean(call.raw(), self)) }
    }
}

impl<'call> IntoValue<'call> for f64 {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        // SAFETY: JavaScript is calling.
        unsafe { Value::from_raw(ffi::isothreads_number(call.raw(), self)) }
    }
}

impl<'call> IntoValue<'call> for i32 {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        f64::from(self).into_value(call)
    }
}

impl<'call> IntoValue<'call> for u32 {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        f64::from(self).into_value(call)
    }
}

impl<'call> IntoValue<'call> for &str {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        // SAFETY: JavaScript is calling; the text is copied.
        unsafe { Value::from_raw(ffi::isothreads_text(call.raw(), self.as_ptr().cast(), self.len())) }
    }
}

impl<'call> IntoValue<'call> for String {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        self.as_str().into_value(call)
    }
}

/// `None` becomes `null`.
impl<'call, T: IntoValue<'call>> IntoValue<'call> for Option<T> {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        self.map_or_else(|| Value::null(call), |value| value.into_value(call))
    }
}

impl<'call, T: IntoValue<'call>> IntoValue<'call> for Vec<T> {
    fn into_value(self, call: Call<'call>) -> Value<'call> {
        let values: Vec<Value> = self.into_iter().map(|value| value.into_value(call)).collect();
        Value::list(call, &values)
    }
}
