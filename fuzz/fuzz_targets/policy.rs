//! Policy files, whatever they say: a form feed, which TOML never has, stands between two of them.
#![no_main]

use jit_access::policy::{FormatError, Policy, SourceFile, format};
use jit_access_fuzz::{assert_answers, assert_shown, meaning};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let files: Vec<SourceFile> = text
        .split('\u{c}')
        .take(3)
        .enumerate()
        .map(|(n, text)| SourceFile { name: format!("{n}.toml"), text: text.to_owned() })
        .collect();
    let read = Policy::parse(&files);
    match &read {
        Err(diagnostics) => assert_shown(diagnostics, &files),
        Ok(policy) => assert_answers(policy),
    }
    // In the one layout it says the same, and has that layout already.
    let laid_out: Result<Vec<SourceFile>, FormatError> = files
        .iter()
        .map(|file| Ok(SourceFile { name: file.name.clone(), text: format(&file.text)? }))
        .collect();
    let Ok(laid_out) = laid_out else {
        assert!(read.is_err(), "what loads has a layout");
        return;
    };
    for file in &laid_out {
        assert_eq!(format(&file.text).as_deref(), Ok(file.text.as_str()), "its own layout is another");
    }
    match (read, Policy::parse(&laid_out)) {
        (Ok(before), Ok(after)) => assert_eq!(meaning(&before), meaning(&after)),
        (Err(before), Err(after)) => {
            let codes =
                |all: &[jit_access::policy::Diagnostic]| all.iter().map(|d| d.code).collect::<Vec<_>>();
            assert_eq!(codes(&before), codes(&after));
        }
        (before, _) => panic!("it loads in one of the layouts only, and in this one: {}", before.is_ok()),
    }
});
