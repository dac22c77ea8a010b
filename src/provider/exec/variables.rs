//! The variables that a plugin may set in the environment of somebody's command.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::Secret;

const MOST: usize = 64;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 16 << 10;
const LONGEST_ALL: usize = 64 << 10;

/// What shells, linkers and interpreters obey, and jit's own: setting one of them would run code, or change
/// what the requester's other commands do. A plugin is trusted with its target, not with its users' machines.
const NEVER: &[&str] = &[
    "ALL_PROXY",
    "BROWSER",
    "CDPATH",
    "CLASSPATH",
    "COMSPEC",
    "EDITOR",
    "ENV",
    "FPATH",
    "GCONV_PATH",
    "GLOBIGNORE",
    "HOME",
    "HOSTALIASES",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "IFS",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "LANG",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "LOGNAME",
    "MAIL",
    "NLSPATH",
    "NO_PROXY",
    "OLDPWD",
    "PAGER",
    "PATH",
    "PATHEXT",
    "POSIXLY_CORRECT",
    "PROMPT_COMMAND",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PSMODULEPATH",
    "PWD",
    "RES_OPTIONS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "SUDO_ASKPASS",
    "TERM",
    "TERMCAP",
    "TERMINFO",
    "TMP",
    "TMPDIR",
    "TEMP",
    "USER",
    "VISUAL",
    "ZDOTDIR",
];
const NEVER_STARTING: &[&str] = &[
    "BASH", "DBUS_", "DYLD_", "GIT_", "GLIBC_", "JIT_", "LC_", "LD_", "MALLOC_", "NODE_", "PERL", "PYTHON",
    "RUBY", "SUDO_", "XDG_",
];

/// # Errors
/// Why the plugin may not set these. Values are secrets, and shown nowhere.
pub(super) fn checked(given: &Map<String, Value>) -> Result<BTreeMap<String, Secret>, String> {
    if given.len() > MOST {
        return Err(format!("it sets more than {MOST} variables"));
    }
    let mut all = 0;
    let mut variables = BTreeMap::new();
    for (name, value) in given {
        if !is_name(name) {
            return Err("a name of a variable is not of the form ^[A-Z][A-Z0-9_]{0,63}$".to_owned());
        }
        if NEVER.contains(&name.as_str()) || NEVER_STARTING.iter().any(|start| name.starts_with(start)) {
            return Err(format!("it sets {name}, which no plugin may"));
        }
        let value = value.as_str().ok_or_else(|| format!("the value of {name} is no text"))?;
        // Keys and certificates have lines.
        if value.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(format!("the value of {name} has control characters"));
        }
        all += name.len() + value.len();
        if value.len() > LONGEST_VALUE || all > LONGEST_ALL {
            return Err(format!("the value of {name} is too long"));
        }
        variables.insert(name.clone(), Secret::new(value));
    }
    Ok(variables)
}

fn is_name(name: &str) -> bool {
    let other = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() <= LONGEST_NAME
        && name.bytes().all(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value) -> Result<BTreeMap<String, Secret>, String> {
        checked(value.as_object().unwrap())
    }

    #[test]
    fn a_variable_that_a_shell_or_a_linker_obeys_is_refused_and_no_error_shows_a_value() {
        let good =
            check(json!({"REDIS_USER": "jit", "KEY": "-----BEGIN\n\tx\n", "A1_": "", "PGPASSWORD": "x"}));
        assert_eq!(good.unwrap().len(), 4);
        for name in [
            "PATH",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "JIT_TOKEN",
            "JIT_GRANT_ID",
            "HOME",
            "IFS",
            "ENV",
            "BASH_ENV",
            "GIT_SSH_COMMAND",
            "PYTHONPATH",
            "PERL5OPT",
            "NODE_OPTIONS",
            "RUBYOPT",
            "lower",
            "",
            "1A",
            "_A",
            "A-B",
            "A=B",
            "A\n",
            "Ä",
            "A\0",
            &"A".repeat(65),
        ] {
            let error = check(json!({name: "canary-secret"})).unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
        for value in [
            json!(1),
            json!(null),
            json!(["canary"]),
            json!("canary\0"),
            json!("canary\u{1b}[2J"),
            json!("c".repeat(16385)),
        ] {
            let error = check(json!({"NAME": value})).unwrap_err();
            assert!(error.contains("NAME") && !error.contains("canary"), "{error}");
        }
        let many: Map<String, Value> = (0..65).map(|n| (format!("A{n}"), json!(""))).collect();
        assert!(checked(&many).is_err());
        let long: Map<String, Value> =
            (0..5).map(|n| (format!("A{n}"), json!("x".repeat(16 << 10)))).collect();
        assert!(checked(&long).is_err());
    }
}
