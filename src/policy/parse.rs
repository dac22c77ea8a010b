//! From the text of all files to a policy, or to everything that is wrong with it.

use super::diagnostic::{Diagnostic, Problem, Problems};
use super::digest;
use super::document::{self, Section};
use super::draft::Draft;
use super::model::Policy;
use super::parallel;
use super::resolve::resolve;
use super::source::SourceFile;

impl Policy {
    /// Reads a policy from its files; jit-policy(5) has the language.
    ///
    /// # Errors
    /// Everything that is wrong, in order of file and place, and never a part of a policy
    /// (INVARIANT 9). Names are looked up only where every file is TOML, as what a broken file
    /// defines is not known.
    pub fn parse(files: &[SourceFile]) -> Result<Self, Vec<Diagnostic>> {
        // The largest first, so that none is left over at the end.
        let mut by_size: Vec<_> = files.iter().enumerate().collect();
        by_size.sort_by_key(|(_, file)| std::cmp::Reverse(file.text.len()));
        let mut read = parallel::each(by_size, |(number, file)| {
            let mut problems = Problems::default();
            let tree = document::parse(number, file, &mut problems);
            let root = tree.as_ref().map(|tree| Section::root(number, "a policy file", tree));
            (number, root.map(|root| Draft::read(root, &mut problems)), problems)
        });
        read.sort_by_key(|(number, ..)| *number);
        let mut problems = Problems::default();
        let mut draft = Draft::default();
        let mut all_read = true;
        for (_, part, of_part) in read {
            problems.extend(of_part);
            match part {
                Some(part) => draft.add(part, &mut problems),
                None => all_read = false,
            }
        }
        if !all_read {
            return Err(problems.finish(files));
        }
        if draft.roles.is_empty() && problems.is_empty() {
            problems.push(
                Problem::nowhere("no-roles", "no roles: nobody could ask for anything")
                    .hint("add a [role.NAME] to a *.toml file of the policy folder; see jit-policy(5)"),
            );
        }
        let policy = resolve(draft, files, digest::of_files(files), &mut problems);
        if problems.is_empty() { Ok(policy) } else { Err(problems.finish(files)) }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
