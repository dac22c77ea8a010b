//! Quoting, and the names of jit's own roles.

use crate::domain::{CredentialId, RequestId, Time};

/// Of the roles that people log in with: `jit_` and the credential's id.
pub const PREFIX: &str = "jit_";
/// Of the roles that get what people left.
const QUARANTINE: &str = "jit_quarantine_";
/// How the comment on each role of jit's begins.
const MARK: &str = "jit: request ";

/// The role of a credential.
pub fn role(credential: CredentialId) -> String {
    format!("{PREFIX}{credential}")
}

/// The role that owns what that credential's left: one for each, so that what one person left has no
/// rights on what another left.
pub fn quarantine(credential: CredentialId) -> String {
    format!("{QUARANTINE}{credential}")
}

/// The credential of a role of that name. Only the exact form that [`role`] gives is one.
pub fn credential(name: &str) -> Option<CredentialId> {
    let credential = name.strip_prefix(PREFIX)?.parse().ok()?;
    (role(credential) == name).then_some(credential)
}

/// The comment by which jit knows its roles again.
pub fn mark(request: RequestId, end: Time) -> String {
    format!("{MARK}{request} until {end}")
}

pub fn is_marked(comment: Option<&str>) -> bool {
    comment.is_some_and(|comment| comment.starts_with(MARK))
}

pub fn is_marked_for(comment: Option<&str>, request: RequestId) -> bool {
    comment.is_some_and(|comment| comment.starts_with(&format!("{MARK}{request} ")))
}

/// An identifier in SQL (PostgreSQL's manual, 4.1.1).
pub fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string in SQL, which holds whatever `standard_conforming_strings` is (manual, 4.1.2.2): one with a
/// backslash is written as an escape string.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// A statement that holds the credential's lock until its transaction ends, and returns no row.
pub fn lock(credential: CredentialId) -> String {
    format!("DO 'BEGIN PERFORM pg_advisory_xact_lock({}); END';", credential.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_would_be_sql_is_quoted_and_only_an_exact_id_is_one_of_ours() {
        assert_eq!(ident("a\"; DROP ROLE x; --"), "\"a\"\"; DROP ROLE x; --\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("\\'; DROP"), "E'\\\\''; DROP'");
        let id: CredentialId = "0123456789ab".parse().unwrap();
        assert_eq!(credential(&role(id)), Some(id));
        for other in ["jit_0123456789AB", "jit_o123456789ab", "jit_admin", "jit_quarantine_0123456789ab", ""]
        {
            assert_eq!(credential(other), None, "{other}");
        }
    }
}
