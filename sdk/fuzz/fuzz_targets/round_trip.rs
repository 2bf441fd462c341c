//! What is read as a value is written, and is the same value when it is read again.

#![no_main]

use isothreads::Value;
use isothreads::fuzzing::{sent, with_message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    with_message(bytes, |message| {
        let Ok(value) = message.read::<Value>() else { return };
        let before = format!("{value:?}");
        let message = match sent(&value) {
            Ok(message) => message,
            Err(error) if error.message().contains("nested too deep") => return,
            // What V8 takes with the memory only.
            Err(error) if error.message().contains("send the memory") => return,
            Err(error) => panic!("{error}: {before}"),
        };
        match message.read::<Value>() {
            Ok(again) => assert_eq!(format!("{again:?}"), before),
            Err(error) if error.message().contains("nested too deep") => {}
            Err(error) => panic!("{error}: {before}"),
        }
    });
});
