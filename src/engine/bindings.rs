//! Rust functions that JavaScript calls. They are V8 functions, so that a context without Node-API can have them too.

use std::any::Any;
use std::borrow::Cow;
use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::ffi;
use super::value::{FromValue, IntoValue, Value};

/// One function. It converts its own arguments and its result.
pub struct Binding {
    pub name: &'static CStr,
    pub run: for<'call> fn(Call<'call>) -> Result<(), Error>,
}

/// What JavaScript receives from a failed call: an `Error` or a `RangeError` with this message.
#[derive(Debug)]
pub struct Error {
    message: Cow<'static, str>,
    is_range_error: bool,
}

impl Error {
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            is_range_error: false,
        }
    }

    pub fn range(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            is_range_error: true,
        }
    }

    fn of_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::new(format!(
            "isothreads: panic: {}",
            text.unwrap_or("with a non-string payload")
        ))
    }
}

/// A call from JavaScript that has not returned. Bound to its thread.
#[derive(Clone, Copy)]
pub struct Call<'call> {
    call: *const ffi::Call,
    lifetime: PhantomData<&'call ()>,
}

impl<'call> Call<'call> {
    pub(super) fn raw(self) -> *const ffi::Call {
        self.call
    }

    pub fn arguments(self) -> Arguments<'call> {
        Arguments { call: self, next: 0 }
    }

    fn return_value(self, value: Value<'call>) {
        // SAFETY: the call has not returned, and the value belongs to it.
        unsafe { ffi::isothreads_call_return(self.call, value.raw()) };
    }
}

/// The arguments of a call, in order. Missing ones are `undefined`.
pub struct Arguments<'call> {
    call: Call<'call>,
    next: u32,
}

impl<'call> Arguments<'call> {
    pub fn take<T: Argument<'call>>(&mut self) -> Result<T, Error> {
        T::take_from(self)
    }
}

/// A parameter of a function: the next argument, or the call itself.
pub trait Argument<'call>: Sized {
    fn take_from(arguments: &mut Arguments<'call>) -> Result<Self, Error>;
}

impl<'call, T: FromValue<'call>> Argument<'call> for T {
    fn take_from(arguments: &mut Arguments<'call>) -> Result<Self, Error> {
        // SAFETY: the call has not returned; V8 has a value for every index.
        let value = unsafe { Value::from_raw(ffi::isothreads_call_argument(arguments.call.raw(), arguments.next)) };
        arguments.next += 1;
        T::from_value(value)
    }
}

impl<'call> Argument<'call> for Call<'call> {
    fn take_from(arguments: &mut Arguments<'call>) -> Result<Self, Error> {
        Ok(arguments.call)
    }
}

/// A return type of a function.
pub trait Answer<'call> {
    fn answer(self, call: Call<'call>) -> Result<(), Error>;
}

impl<'call, T: IntoValue<'call>> Answer<'call> for T {
    fn answer(self, call: Call<'call>) -> Result<(), Error> {
        call.return_value(self.into_value(call));
        Ok(())
    }
}

impl<'call, T: IntoValue<'call>> Answer<'call> for Result<T, Error> {
    fn answer(self, call: Call<'call>) -> Result<(), Error> {
        self?.answer(call)
    }
}

/// Defines these functions on an object. Never calls a setter of its prototype.
///
/// # Safety
/// `target` is an object in a live handle scope of the current thread, whose context is entered.
pub unsafe fn define(target: *mut c_void, bindings: &'static [Binding]) {
    for binding in bindings {
        // SAFETY: by the contract; the binding lives forever.
        unsafe { ffi::isothreads_define_binding(target, binding.name.as_ptr(), (&raw const *binding).cast()) };
    }
}

/// Defines the function with this name. Returns false if there is none.
///
/// # Safety
/// As for [`define`].
pub unsafe fn define_one(target: *mut c_void, bindings: &'static [Binding], name: &CStr) -> bool {
    let Some(binding) = bindings.iter().find(|binding| binding.name == name) else {
        return false;
    };
    // SAFETY: by the contract; the binding lives forever.
    unsafe { ffi::isothreads_define_binding(target, binding.name.as_ptr(), (&raw const *binding).cast()) };
    true
}

/// # Safety
/// As for [`define`].
pub unsafe fn define_text(target: *mut c_void, name: &'static CStr, text: &str) {
    // SAFETY: by the contract; the text is copied.
    unsafe { ffi::isothreads_define_text(target, name.as_ptr(), text.as_ptr().cast(), text.len()) };
}

#[unsafe(no_mangle)]
extern "C" fn isothreads_on_call(binding: *const c_void, call: *const ffi::Call) {
    // SAFETY: called by bindings.cc with the binding that define() registered.
    let binding = unsafe { &*binding.cast::<Binding>() };
    let call = Call {
        call,
        lifetime: PhantomData,
    };
    // A panic must not unwind V8's frames.
    let result = catch_unwind(AssertUnwindSafe(|| (binding.run)(call)))
        .unwrap_or_else(|payload| Err(Error::of_panic(&*payload)));
    if let Err(error) = result {
        let message = error.message.as_ptr().cast();
        // SAFETY: the call has not returned; the message is copied.
        unsafe { ffi::isothreads_call_throw(call.raw(), message, error.message.len(), error.is_range_error) };
    }
}
