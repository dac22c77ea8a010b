//! The operating system's name of whoever runs this: the principal of the local backend.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use crate::api::Code;
use crate::domain::Name;

use super::error::CliError;

const PASSWD: &str = "/etc/passwd";
/// A directory with more local users than that is not read to its end.
const LONGEST: u64 = 16 << 20;

pub fn issuer() -> Result<Name, CliError> {
    "os".parse().map_err(|err| CliError::failure("the issuer of local users", &err))
}

/// By the real user id, and never by `USER`, which anybody sets. A user whom `/etc/passwd` does not
/// know, or whose name is none of jit's, is `uid-1000`.
pub fn name() -> Result<Name, CliError> {
    let uid = rustix::process::getuid().as_raw();
    let known = File::open(PASSWD).ok().and_then(|file| find(BufReader::new(file.take(LONGEST)), uid));
    match known {
        Some(name) => Ok(name),
        None => {
            format!("uid-{uid}").parse().map_err(|_| CliError::new(Code::Failure, "the user has no name"))
        }
    }
}

fn find(passwd: impl BufRead, uid: u32) -> Option<Name> {
    passwd.lines().map_while(Result::ok).find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, found) = (fields.next()?, fields.next()?, fields.next()?);
        if found.parse() == Ok(uid) { name.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_local_user_is_found_by_id_and_a_strange_name_is_not_taken() {
        let passwd =
            "root:x:0:0::/root:/bin/sh\nbroken\nAda:x:7:7::/:/bin/sh\ncarol:x:1000:1000:C:/home/c:/bin/sh\n";
        assert_eq!(find(passwd.as_bytes(), 1000).unwrap().as_str(), "carol");
        assert_eq!(find(passwd.as_bytes(), 0).unwrap().as_str(), "root");
        assert!(find(passwd.as_bytes(), 7).is_none());
        assert!(find(passwd.as_bytes(), 8).is_none());
        assert!(!name().unwrap().as_str().is_empty());
    }
}
