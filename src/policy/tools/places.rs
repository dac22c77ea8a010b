//! Where the things of a policy are defined. A [`Policy`](crate::policy::Policy) does not remember it.

use std::collections::HashMap;
use std::ops::Range;

use crate::policy::diagnostic::Problems;
use crate::policy::document::{self, Section};
use crate::policy::source::{At, Place, SourceFile, before};

/// By kind, name and key: `role`, `web`, `when`.
#[derive(Debug, Default)]
pub struct Places {
    at: HashMap<String, At>,
    files: Vec<Lines>,
}

/// The starts of a file's lines, so that a place is found without counting them again.
#[derive(Debug)]
struct Lines {
    name: String,
    text: String,
    starts: Vec<usize>,
}

impl Places {
    /// Of the files that the policy was read from. What is wrong in them is not told: they were read before.
    pub fn of(files: &[SourceFile]) -> Self {
        let mut at = HashMap::new();
        for (number, file) in files.iter().enumerate() {
            let mut problems = Problems::default();
            let Some(tree) = document::parse(number, file, &mut problems) else { continue };
            for kind in Section::root(number, "", &tree).entries() {
                let Some(table) = kind.table(String::new(), &mut problems) else { continue };
                for named in table.entries() {
                    at.insert(key(kind.key, named.key, ""), named.key_at);
                    if named.is_table() {
                        let inner = named.table(String::new(), &mut problems);
                        for entry in inner.iter().flat_map(Section::entries) {
                            at.insert(key(kind.key, named.key, entry.key), entry.key_at);
                        }
                    }
                }
            }
        }
        let lines = |file: &SourceFile| Lines {
            name: file.name.clone(),
            text: file.text.clone(),
            starts: std::iter::once(0)
                .chain(file.text.match_indices('\n').map(|(newline, _)| newline + 1))
                .collect(),
        };
        Self { at, files: files.iter().map(lines).collect() }
    }

    /// Of that key's definition, or of the whole thing's where `key` is empty or is not there.
    pub fn find(&self, kind: &str, name: &str, key_of: &str) -> Option<Place> {
        let at = self.at.get(&key(kind, name, key_of)).or_else(|| self.at.get(&key(kind, name, "")))?;
        let file = self.files.get(at.file)?;
        let line = file.starts.partition_point(|start| *start <= at.start);
        let start = file.starts.get(line.checked_sub(1)?)?;
        let column = before(&file.text, at.start).get(*start..)?.chars().count() + 1;
        let span: Range<usize> = at.start..at.end;
        Some(Place { file: file.name.clone(), line, column, span })
    }
}

/// No name has a line end.
fn key(kind: &str, name: &str, key: &str) -> String {
    format!("{kind}\n{name}\n{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_and_its_keys_are_found_however_they_are_written() {
        let text =
            "[person]\nalice = {}\nbob = { company = \"ü\", sponsor = 'alice' }\n[role.web]\nwhen = 'x'\n";
        let files = [SourceFile { name: "p.toml".into(), text: text.into() }];
        let places = Places::of(&files);
        let at = |kind, name, key| places.find(kind, name, key).map(|place| (place.line, place.column));
        assert_eq!(at("person", "alice", ""), Some((2, 1)));
        assert_eq!(at("person", "bob", "sponsor"), Some((3, 24)));
        assert_eq!(at("role", "web", ""), Some((4, 7)));
        assert_eq!(at("role", "web", "when"), Some((5, 1)));
        assert_eq!(at("role", "web", "absent"), Some((4, 7)));
        assert_eq!(at("role", "absent", ""), None);
    }
}
