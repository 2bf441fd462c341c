//! Functions that carry the attribute, as the addon sees them.

mod macros {
    mod calls;
    mod host;
    mod lists;
    mod workers;
}
