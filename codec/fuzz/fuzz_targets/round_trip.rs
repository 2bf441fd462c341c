//! A value that was read is written and read again, and must be the same.

#![no_main]

use isothreads_codec::Value;
use isothreads_codec::testing::{sent, with_message};
use libfuzzer_sys::fuzz_target;

/// Reading and writing use different amounts of stack, and V8 only accepts such a buffer together with its memory.
fn is_expected(error: &str) -> bool {
    error.contains("nested too deep") || error.contains("send the memory")
}

fuzz_target!(|bytes: &[u8]| {
    with_message(bytes, |message| {
        let Ok(value) = message.read::<Value>() else { return };
        let before = format!("{value:?}");
        let message = match sent(&value, bytes) {
            Ok(message) => message,
            Err(error) if is_expected(error.message()) => return,
            Err(error) => panic!("{error}: {before}"),
        };
        match message.read::<Value>() {
            Ok(again) => assert_eq!(format!("{again:?}"), before),
            Err(error) if is_expected(error.message()) => {}
            Err(error) => panic!("{error}: {before}"),
        }
    });
});
