//! Arrays for JavaScript. Those of napi-rs are filled by assignment, which calls setters that a program may have put
//! on `Array.prototype`.

use napi::bindgen_prelude::*;

use crate::engine;

pub struct List<T>(pub Vec<T>);

impl<T: ToNapiValue> ToNapiValue for List<T> {
    unsafe fn to_napi_value(env: sys::napi_env, list: Self) -> Result<sys::napi_value> {
        let mut values = Vec::with_capacity(list.0.len());
        for value in list.0 {
            // SAFETY: by the contract of this function.
            values.push(unsafe { T::to_napi_value(env, value) }?.cast());
        }
        // SAFETY: they were made just now, in the handle scope of the call.
        Ok(unsafe { engine::realm::list(&values) }.cast())
    }
}
