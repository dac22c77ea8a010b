//! Durations: what is read is within bounds, and is written back as it may be read.
#![no_main]

use jit_access::domain::Span;
use jit_access_fuzz::assert_plain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match text.parse::<Span>() {
        Err(error) => assert_plain(&error.to_string()),
        Ok(span) => {
            assert!((1..=366 * 86_400).contains(&span.secs()));
            assert!(text.chars().all(|c| c.is_ascii_digit() || "dhms".contains(c)), "{text:?}");
            let units: Vec<usize> = text.chars().filter_map(|c| "dhms".find(c)).collect();
            assert!(units.is_sorted_by(|a, b| a < b), "{text:?}");
            let written = span.to_string();
            assert_eq!(written.parse(), Ok(span));
            assert_eq!(Span::from_secs(span.secs()), Some(span));
            let json = serde_json::to_string(&span).expect("a text");
            assert_eq!(serde_json::from_str::<Span>(&json).ok(), Some(span));
        }
    }
    // Any number of seconds too: the bytes as one.
    let secs = text.bytes().take(8).fold(0u64, |secs, byte| secs << 8 | u64::from(byte));
    if let Some(span) = Span::from_secs(secs) {
        assert_eq!(span.to_string().parse(), Ok(span));
    }
});
