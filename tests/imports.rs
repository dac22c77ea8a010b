//! Who may import whom (ARCHITECTURE.md): the table is enforced, not hoped for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each part with the parts that it may name. `cli` may name all, and nothing may name `cli`.
const TABLE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("files", &["domain"]),
    ("http", &[]),
    ("scim", &["domain"]),
    ("checks", &[]),
    ("policy", &["domain"]),
    ("audit", &["domain"]),
    ("alert", &["domain", "policy", "audit"]),
    ("evidence", &["domain", "audit"]),
    ("plugin", &["domain", "files"]),
    ("lookup", &["domain", "policy", "files", "http", "plugin"]),
    ("store", &["domain", "policy", "audit", "files"]),
    ("provider", &["domain", "policy", "audit", "files", "http", "checks", "plugin"]),
    ("api", &["domain"]),
    ("ops", &["domain", "policy", "audit", "store", "provider", "lookup", "api", "scim", "checks", "alert"]),
    ("collect", &["domain", "files", "api", "provider"]),
    ("server", &["domain", "ops", "api", "scim"]),
    ("delivery", &["domain", "audit", "files", "http"]),
    ("client", &["domain", "ops", "api", "http", "plugin"]),
    ("config", &["domain", "files", "plugin"]),
    ("guard", &["domain", "files", "provider"]),
    ("secrets", &["domain", "files", "config"]),
    (
        "assembly",
        &[
            "domain", "policy", "audit", "store", "provider", "lookup", "ops", "server", "config", "files",
            "delivery",
        ],
    ),
];

/// `ops` knows the seams of these, and none of the parts behind them.
const ONLY_THE_SEAM: &[(&str, &str)] = &[
    ("ops", "crate::store::sqlite"),
    ("ops", "crate::store::SqliteStore"),
    ("ops", "crate::store::PieceFiles"),
    ("ops", "crate::provider::aws"),
    ("ops", "crate::provider::ssh"),
    ("ops", "crate::provider::postgres"),
    ("ops", "crate::lookup::Outside"),
    ("client", "crate::ops::Engine"),
    ("client", "crate::ops::Local"),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") && !is_test(&path) {
            found.push(path);
        }
    }
}

/// Tests put parts together that the program keeps apart.
fn is_test(path: &Path) -> bool {
    let inside = path.components().any(|c| matches!(c.as_os_str().to_str(), Some("conformance" | "tests")));
    let stem = path.file_stem().unwrap().to_str().unwrap();
    inside || matches!(stem, "tests" | "testing" | "conformance") || stem.ends_with("_tests")
}

/// The code of a file: without its test module, and without comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn named(code: &str) -> BTreeSet<String> {
    let ident =
        |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = code.get(at + 7..).unwrap();
        if let Some(group) = rest.strip_prefix('{') {
            for part in group.split('}').next().unwrap().split(',') {
                found.insert(ident(part.trim()));
            }
        } else {
            found.insert(ident(rest));
        }
    }
    found
}

#[test]
fn every_part_imports_only_what_the_table_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for file in &files {
        let relative = file.strip_prefix(&src).unwrap();
        let part =
            relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if matches!(part, "main" | "lib" | "cli") {
            continue;
        }
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == part) else {
            panic!("{part} is not in the table");
        };
        seen.insert(part.to_owned());
        let code = code(&std::fs::read_to_string(file).unwrap());
        for name in named(&code) {
            if name != part && !allowed.contains(&name.as_str()) && src_has(&src, &name) {
                wrong.push(format!("{} names crate::{name}", relative.display()));
            }
        }
        for (who, path) in ONLY_THE_SEAM {
            if *who == part && code.contains(path) {
                wrong.push(format!("{} names {path}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen.len() >= 11, "too few parts were seen: {seen:?}");
}

/// A macro or another item of the crate's root is no part.
fn src_has(src: &Path, name: &str) -> bool {
    src.join(name).is_dir() || src.join(format!("{name}.rs")).is_file()
}

#[test]
fn the_pure_parts_do_no_input_or_output() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for part in ["domain", "policy", "audit", "alert", "evidence", "scim"] {
        let mut files = Vec::new();
        sources(&src.join(part), &mut files);
        for file in files {
            let code = code(&std::fs::read_to_string(&file).unwrap());
            for banned in [
                "std::fs",
                "std::net::Tcp",
                "std::net::Udp",
                "std::env",
                "SystemTime::now",
                "Instant::now",
                "tokio",
                "getrandom",
            ] {
                if code.contains(banned) {
                    wrong.push(format!("{} names {banned}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
