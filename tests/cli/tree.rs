//! What is generated from the command line. What each command does without a terminal: `never_hangs`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::path::Path;

#[test]
fn the_committed_completions_and_man_pages_are_those_of_the_command_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let update = std::env::var_os("UPDATE").is_some();
    for folder in ["completions", "man"] {
        let committed = root.join(folder);
        if update {
            std::fs::create_dir_all(&committed).unwrap();
        }
        for file in std::fs::read_dir(fresh.path().join(folder)).unwrap() {
            let file = file.unwrap();
            let now = std::fs::read(file.path()).unwrap();
            let path = committed.join(file.file_name());
            if update {
                std::fs::write(&path, &now).unwrap();
            }
            let same = std::fs::read(&path).is_ok_and(|committed| committed == now);
            assert!(same, "{} is stale: UPDATE=1 cargo test --test cli committed", path.display());
        }
        // What no command makes any more; pages written by hand are of other sections.
        for file in std::fs::read_dir(&committed).unwrap() {
            let name = file.unwrap().file_name();
            let by_hand = !Path::new(&name).extension().is_none_or(|e| e == "1" || folder == "completions");
            assert!(
                by_hand || fresh.path().join(folder).join(&name).exists(),
                "{name:?} belongs to no command"
            );
        }
    }
}

fn generate(to: &Path) {
    use clap_complete::aot::{Bash, Fish, Zsh, generate_to};
    let (completions, man) = (to.join("completions"), to.join("man"));
    std::fs::create_dir_all(&completions).unwrap();
    std::fs::create_dir_all(&man).unwrap();
    let mut command = jit_access::cli::command();
    generate_to(Bash, &mut command, "jit", &completions).unwrap();
    generate_to(Zsh, &mut command, "jit", &completions).unwrap();
    generate_to(Fish, &mut command, "jit", &completions).unwrap();
    let mut command = jit_access::cli::command().disable_help_subcommand(true);
    command.build();
    clap_mangen::generate_to(command, &man).unwrap();
}
