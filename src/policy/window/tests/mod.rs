//! Windows: how they are read, and when they are open.

mod any_zone;
mod clock;
mod reading;

use super::super::diagnostic::Diagnostic;
use super::super::document;
use super::super::source::SourceFile;
use super::*;

/// The window of a file that is nothing else, or its errors.
fn diagnosed(text: &str) -> Result<Window, Vec<(String, Diagnostic)>> {
    let files = [SourceFile { name: "p.toml".into(), text: text.to_owned() }];
    let mut problems = Problems::default();
    let tree = document::parse(0, &files[0], &mut problems).unwrap();
    let mut section = Section::root(0, "the policy", &tree);
    for what in ["`window`", "window `office`"] {
        let entry = section.entries().next().unwrap();
        section = entry.table(what.to_owned(), &mut problems).unwrap();
    }
    let window = Window::read("office".parse().unwrap(), &mut section, &mut problems);
    let all = problems.finish(&files);
    assert!(window.is_some() || !all.is_empty(), "refused without a word");
    match window {
        Some(window) if all.is_empty() => Ok(window),
        _ => Err(all.into_iter().map(|d| (d.render(&files, false), d)).collect()),
    }
}

/// The window, or its errors as people see them.
fn read(text: &str) -> Result<Window, String> {
    diagnosed(text).map_err(|all| all.into_iter().map(|(shown, _)| shown).collect::<Vec<_>>().join("\n"))
}

fn text(zone: &str, open: &[impl AsRef<str>]) -> String {
    // A string in JSON is one in TOML.
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let open: Vec<_> = open.iter().map(|hours| quoted(hours.as_ref())).collect();
    format!("[window.office]\nzone = {}\nopen = [{}]\n", quoted(zone), open.join(", "))
}

#[track_caller]
fn window(zone: &str, open: &[&str]) -> Window {
    read(&text(zone, open)).unwrap_or_else(|errors| panic!("{errors}"))
}

fn at(text: &str) -> Time {
    text.parse().unwrap()
}
