//! Limits of an isolate, whatever runs in it.

use crate::engine::environment::HeapLimits;

/// Bytes of the stack reserved for native code, as in Node's workers.
pub(super) const STACK_RESERVE: usize = 192 * 1024;

/// How much the heap limit rises when a worker that has reached it is asked to end. V8 aborts the process if the limit
/// is reached again before the termination takes effect: native code such as a regular expression, JSON.parse or a
/// growing array allocates until it returns to JavaScript.
pub(super) const HEADROOM: usize = 1 << 30;

/// In megabytes. With a smaller old generation V8 may end the process while it creates the isolate.
const LEAST_OLD_GENERATION: f64 = 8.0;

pub(super) fn limits_of_isolate(requested: HeapLimits) -> HeapLimits {
    HeapLimits {
        max_old_generation_mb: match requested.max_old_generation_mb {
            limit if limit >= 0.0 => limit.max(LEAST_OLD_GENERATION),
            default => default,
        },
        ..requested
    }
}
