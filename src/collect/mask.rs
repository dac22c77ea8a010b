//! Passwords in statements: what stands behind the word is left out before it leaves the host.
//!
//! This is what can be told from the text alone: a string behind `PASSWORD`, with or without `=` or `TO`. A
//! password that is built at run time, or is an argument of a function, looks like any other string.

/// What stands in a password's place.
const MASK: &str = "'********'";

/// The statement without the strings that stand behind the word `password`.
pub fn passwords(sql: &str) -> String {
    let mut masked = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, word, behind)) = next_word(rest) {
        masked.push_str(before);
        masked.push_str(word);
        rest = behind;
        if !word.eq_ignore_ascii_case("password") {
            continue;
        }
        let string = after_filler(behind);
        if let Some(after) = after_string(string) {
            masked.push_str(behind.strip_suffix(string).unwrap_or(" "));
            masked.push_str(MASK);
            rest = after;
        }
    }
    masked + rest
}

/// What is before the next word, the word, and what is behind it.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (before, from) = text.split_at(text.find(is_word)?);
    let (word, behind) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
    Some((before, word, behind))
}

/// Without blanks, comments, `=`, `:=`, `TO` and a closing quote of the name before it.
fn after_filler(text: &str) -> &str {
    let mut rest = text.strip_prefix('"').unwrap_or(text);
    loop {
        let before = rest;
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        }
        for sign in [":=", "="] {
            rest = rest.strip_prefix(sign).unwrap_or(rest);
        }
        if let Some((to, behind)) = rest.split_at_checked(2)
            && to.eq_ignore_ascii_case("to")
            && behind.starts_with(|c: char| c.is_whitespace() || c == '\'')
        {
            rest = behind;
        }
        if rest == before {
            return rest;
        }
    }
}

/// What is behind the string that the text begins with (PostgreSQL's manual, 4.1.2). One that does not end
/// goes to the end of the text: more is left out, never less.
fn after_string(text: &str) -> Option<&str> {
    if let Some(dollar) = text.strip_prefix('$') {
        let (tag, body) = dollar.split_once('$')?;
        if !tag.chars().all(|c| c.is_alphanumeric() || c == '_')
            || tag.starts_with(|c: char| c.is_ascii_digit())
        {
            return None;
        }
        let close = format!("${tag}$");
        return Some(body.split_once(&close).map_or("", |(_, rest)| rest));
    }
    let (escapes, quoted) = match text.split_at_checked(1) {
        Some(("e" | "E", rest)) => (true, rest),
        Some(("n" | "N", rest)) => (false, rest),
        Some(("u" | "U", rest)) => (false, rest.strip_prefix('&')?),
        _ => (false, text),
    };
    let mut rest = quoted.strip_prefix('\'')?;
    loop {
        let Some(at) = rest.find(['\'', '\\']) else { return Some("") };
        let (_, from) = rest.split_at(at);
        let mut chars = from.chars();
        match chars.next() {
            Some('\\') if escapes => {
                chars.next();
            }
            Some('\\') => {}
            _ if from.starts_with("''") => {
                chars.next();
            }
            _ => return Some(chars.as_str()),
        }
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_password_never_leaves_in_any_spelling_that_postgres_has() {
        for literal in [
            "'s3cr''et'",
            "E's3cr\\'et'",
            "e's3cr\\\\et'",
            "U&'s3cr\\0065t'",
            "N's3cret'",
            "$$s3cret$$",
            "$x$s3cr$$et$x$",
            "'s3cret",
            "$$s3cret",
            "'s3cr\\'",
        ] {
            for before in [
                "ALTER ROLE x PASSWORD ",
                "create user x password\n\t",
                "ALTER ROLE x ENCRYPTED PASSWORD /* 'new' */",
                "ALTER ROLE x PASSWORD -- 'new'\n ",
                "SET my.password = ",
                "SET my.password TO ",
                "UPDATE users SET password=",
                "UPDATE users SET \"password\" = ",
                "SELECT login(password := ",
                "DO $do$ BEGIN EXECUTE ALTER ROLE x PASSWORD ",
            ] {
                let masked = passwords(&format!("{before}{literal}"));
                assert!(!masked.contains("s3cr") && masked.ends_with(MASK), "{before}{literal}: {masked}");
            }
        }
        assert_eq!(
            passwords("ALTER ROLE x PASSWORD 'a' VALID UNTIL 'now'; SELECT 'b'"),
            "ALTER ROLE x PASSWORD '********' VALID UNTIL 'now'; SELECT 'b'"
        );
    }

    #[test]
    fn everything_else_stays_as_it_was() {
        for sql in [
            "SELECT 'größer', password FROM users WHERE x = 'y'",
            "ALTER ROLE x PASSWORD NULL",
            "SELECT password_hash = 'x', 1 $1",
            "",
            "SELECT $1, password",
        ] {
            assert_eq!(passwords(sql), sql);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic(sql in "(password|PASSWORD|'|\\$|\\$\\$|E|\\\\|=| |x|ä|--|/\\*|\\*/|to|\n){0,20}") {
            let _ = passwords(&sql);
        }
    }
}
