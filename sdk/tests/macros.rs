//! Functions with the attribute, from the addon's side.

mod macros {
    mod calls;
    mod host;
    mod lists;
    mod workers;
}
