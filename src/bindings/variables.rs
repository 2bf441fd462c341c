//! Environment variables that workers share; see [`crate::variables`]. JavaScript identifies those of its thread by a
//! key, which is never 0; they stay until the thread ends.

use std::cell::RefCell;
use std::sync::Arc;

use super::Result;
use super::table::bindings;
use crate::engine::bindings::Error;
use crate::variables::Variables;

bindings! {
    c"createVariables" => create_variables(entries);
    c"variable" => variable(key, name);
    c"setVariable" => set_variable(key, name, value);
    c"removeVariable" => remove_variable(key, name);
    c"variableNames" => variable_names(key);
}

thread_local! {
    /// Indexed by key - 1. A thread creates at most one set, and receives at most one.
    static SHARED: RefCell<Vec<Arc<Variables>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn add(variables: Arc<Variables>) -> u32 {
    SHARED.with_borrow_mut(|shared| {
        shared.push(variables);
        shared.len() as u32
    })
}

pub(super) fn get(key: u32) -> Result<Arc<Variables>> {
    let index = (key as usize).wrapping_sub(1);
    let unknown = || Error::new("isothreads: unknown variables");
    SHARED.with_borrow(|shared| shared.get(index).cloned().ok_or_else(unknown))
}

/// Creates environment variables for workers to share; `shareVariablesWith` gives them to one.
fn create_variables(entries: Vec<Vec<String>>) -> u32 {
    let entries = entries.into_iter().filter_map(|entry| {
        let [name, value] = <[String; 2]>::try_from(entry).ok()?;
        Some((name, value))
    });
    add(Arc::new(Variables::new(entries)))
}

fn variable(key: u32, name: String) -> Result<Option<String>> {
    Ok(get(key)?.get(&name))
}

fn set_variable(key: u32, name: String, value: String) -> Result<()> {
    get(key)?.set(name, value);
    Ok(())
}

fn remove_variable(key: u32, name: String) -> Result<()> {
    get(key)?.remove(&name);
    Ok(())
}

fn variable_names(key: u32) -> Result<Vec<String>> {
    Ok(get(key)?.names())
}
