//! Lists of who is on call.
#![no_main]

use jit_access::policy::oncall::{MOST_NAMES, parse_on_call};
use jit_access_fuzz::assert_plain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match parse_on_call(bytes) {
    Err(error) => assert_plain(&error.to_string()),
    Ok(names) => {
        assert!((1..=MOST_NAMES).contains(&names.len()));
        let again = names.iter().map(|name| format!("{name}\n")).collect::<String>();
        assert_eq!(parse_on_call(again.as_bytes()), Ok(names));
    }
});
