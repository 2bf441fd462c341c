//! The Node-API entry point, which only loads the addon.

use napi::JsValue;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

#[napi(module_exports)]
pub fn register(exports: Object) -> napi::Result<()> {
    // SAFETY: Node calls this with an object, in a handle scope with a context entered; a napi value is V8's.
    unsafe { super::define(exports.raw().cast()) };
    Ok(())
}
