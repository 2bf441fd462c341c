//! Environment variables that workers share; see [`crate::variables`].

use std::sync::Arc;

use napi::bindgen_prelude::*;
use napi_derive::napi;

use super::list::List;
use crate::variables::Variables;

pub type SharedVariables = External<Arc<Variables>>;

/// Environment variables that workers are to share; `shareVariablesWith` gives them to one.
#[napi]
pub fn create_variables(entries: Vec<Vec<String>>) -> SharedVariables {
    let entries = entries.into_iter().filter_map(|entry| {
        let [name, value] = <[String; 2]>::try_from(entry).ok()?;
        Some((name, value))
    });
    External::new(Arc::new(Variables::new(entries)))
}

#[napi]
pub fn variable(variables: &SharedVariables, name: String) -> Option<String> {
    variables.get(&name)
}

#[napi]
pub fn set_variable(variables: &SharedVariables, name: String, value: String) {
    variables.set(name, value);
}

#[napi]
pub fn remove_variable(variables: &SharedVariables, name: String) {
    variables.remove(&name);
}

#[napi]
pub fn variable_names(variables: &SharedVariables) -> List<String> {
    List(variables.names())
}
