//! The values that a policy may have, each with its exact rule.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::domain::text::escape;
use crate::domain::{Digest, Name, Span, Time, time};

use super::diagnostic::{Problem, shown};
use super::model::TicketPattern;
use super::source::Item;

/// The certificate extensions that OpenSSH defines (PROTOCOL.certkeys, "Extensions").
pub(super) const SSH_EXTENSIONS: [&str; 6] = [
    "no-touch-required",
    "permit-X11-forwarding",
    "permit-agent-forwarding",
    "permit-port-forwarding",
    "permit-pty",
    "permit-user-rc",
];

pub(super) fn name(item: &Item<&str>, what: &str) -> Result<Name, Problem> {
    item.value.parse().map_err(|error| {
        let problem =
            Problem::new(item.at, "name", format!("`{}` is no name of {what}: {error}", shown(item.value)));
        let lower = item.value.to_ascii_lowercase();
        let hint = lower.parse::<Name>().ok().map(|name| format!("write `{name}`"));
        problem.maybe(hint)
    })
}

pub(super) fn span(item: &Item<&str>) -> Result<Span, Problem> {
    item.value.parse().map_err(|error| {
        Problem::new(item.at, "duration", format!("`{}` is no duration: {error}", shown(item.value)))
            .hint("units are d, h, m and s, in that order: \"1h30m\"")
    })
}

/// A duration from the shortest to the longest that makes sense for `what`.
pub(super) fn span_within(
    item: &Item<&str>,
    what: &str,
    within: &RangeInclusive<Span>,
) -> Result<Span, Problem> {
    let span = span(item)?;
    if !within.contains(&span) {
        let message = format!("{what} is from {} to {}, this is {span}", within.start(), within.end());
        return Err(Problem::new(item.at, "duration", message));
    }
    Ok(span)
}

/// The path of `what`: nothing is searched for, and nothing depends on where jit was started.
pub(super) fn whole_path(item: &Item<&str>, what: &str, example: &str) -> Result<String, Problem> {
    let path = plain(item, 1024)?;
    let ordinary = |part: &str| !part.is_empty() && part != "." && part != "..";
    match path.strip_prefix('/') {
        Some(rest) if rest.split('/').all(ordinary) => Ok(path),
        _ => {
            let message = format!("`{}` is not the whole path of {what}", shown(&path));
            Err(Problem::new(item.at, "path", message)
                .hint(format!("write it from / on, without `.` and `..`: \"{example}\"")))
        }
    }
}

pub(super) fn sha256(item: &Item<&str>, hint: &str) -> Result<Digest, Problem> {
    item.value.parse().map_err(|_| {
        let message = format!("`{}` is no SHA-256: it has 64 hexadecimal digits", shown(item.value));
        Problem::new(item.at, "sha256", message).hint(hint)
    })
}

/// Text that people will read: no control, bidirectional or invisible characters (INVARIANT 11).
pub(super) fn plain(item: &Item<&str>, longest: usize) -> Result<String, Problem> {
    let text = item.value;
    let problem = |why: &str| Problem::new(item.at, "text", format!("this text {why}"));
    if text.trim().is_empty() {
        return Err(problem("is empty").hint("leave the key out, or say something"));
    }
    if text.chars().count() > longest {
        return Err(problem(&format!("has more than {longest} characters")));
    }
    if escape(text) != text {
        return Err(
            problem("has control or invisible characters").hint("write it on one line, in plain letters")
        );
    }
    Ok(text.to_owned())
}

/// A text of several lines that people agree to: what cannot be seen in it could not be agreed to.
pub(super) fn pages(item: &Item<&str>) -> Result<String, Problem> {
    const LONGEST: usize = 64 * 1024;
    let text = not_empty(item)?;
    let problem = |why: &str| Problem::new(item.at, "text", format!("this text {why}"));
    if text.len() > LONGEST {
        return Err(problem("has more than 64 kB")
            .hint("put the whole of it behind `link`, and say here what it asks for"));
    }
    if let Some(number) = (1..).zip(text.lines()).find_map(|(n, line)| {
        let line = line.replace('\t', " ");
        (escape(&line) != line).then_some(n)
    }) {
        let message = format!("has control or invisible characters on its line {number}");
        return Err(problem(&message).hint("nobody can agree to what they do not see"));
    }
    Ok(text)
}

/// `https://host[:port][/path]`, for people to open: nothing that a terminal or a shell takes for more.
pub(super) fn link(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |why: &str| {
        Problem::new(item.at, "link", format!("`{}` is no link: {why}", shown(item.value)))
            .hint("write https://host/path")
    };
    let rest = item.value.strip_prefix("https://").ok_or_else(|| problem("it begins with https://"))?;
    if item.value.len() > 1024 {
        return Err(problem("it has more than 1024 characters"));
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    address(&Item { at: item.at, value: host }).map_err(|_| problem("host or host:port follows ://"))?;
    let good = |c: char| c.is_ascii_alphanumeric() || "-._~/?#[]@!$&()*+,;=:%".contains(c);
    if !path.chars().all(good) {
        return Err(problem("it has characters that a link has to encode"));
    }
    Ok(item.value.to_owned())
}

/// A label's key or value: 1 to 64 letters, digits and `. _ - /`, ASCII, so that no two look alike.
pub(super) fn label(item: &Item<&str>) -> Result<String, Problem> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if item.value.is_empty() || item.value.len() > 64 || !item.value.chars().all(good) {
        let message = format!("`{}` is no label: 1 to 64 letters, digits and `. _ - /`", shown(item.value));
        return Err(Problem::new(item.at, "label", message));
    }
    Ok(item.value.to_owned())
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`. Without a user, and never anything that a command
/// would read as an option.
pub(super) fn address(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |why: &str| {
        Problem::new(item.at, "address", format!("`{}` is no address: {why}", shown(item.value)))
            .hint("write host or host:port, such as web-1.example.net:2222")
    };
    let (host, port) = match item.value.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(|| problem("the `]` is missing"))?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| problem("brackets are for IPv6"))?;
            (None, port)
        }
        None if item.value.parse::<std::net::Ipv6Addr>().is_ok() => {
            return Err(
                problem("an IPv6 address stands in brackets").hint(format!("write [{}]", shown(item.value)))
            );
        }
        None => match item.value.find(':').and_then(|colon| item.value.split_at_checked(colon)) {
            Some((host, port)) => (Some(host), port),
            None => (Some(item.value), ""),
        },
    };
    if let Some(host) = host {
        let part = |part: &str| {
            (1..=63).contains(&part.len())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        if host.len() > 253 || !host.split('.').all(part) {
            return Err(problem("a host has letters, digits, `-`, `_` and dots between them"));
        }
    }
    if !port.is_empty() {
        let digits = port.strip_prefix(':').unwrap_or("");
        let number = digits.parse::<u16>().ok().filter(|n| *n != 0 && n.to_string() == digits);
        if number.is_none() {
            return Err(problem("a port is a number from 1 to 65535"));
        }
    }
    Ok(item.value.to_owned())
}

/// An account on a host, as `useradd(8)` takes it: `[a-z_][a-z0-9_-]{0,31}`.
///
/// Two could hide in one with a comma, a newline forges log lines, and `*` is anyone (CASES,
/// "Principal empty").
pub(super) fn ssh_principal(item: &Item<&str>) -> Result<String, Problem> {
    let text = item.value;
    let first = |c: char| c.is_ascii_lowercase() || c == '_';
    let other = |c: char| first(c) || c.is_ascii_digit() || c == '-';
    if !text.starts_with(first) || text.len() > 32 || !text.chars().all(other) {
        let message = format!("`{}` is no account on a host", shown(text));
        let hint = "an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; \
                    list several as several strings";
        return Err(Problem::new(item.at, "principal", message).hint(hint));
    }
    Ok(text.to_owned())
}

/// An address, or a block of them, in its canonical form.
pub(super) fn source_address(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |why: &str| {
        Problem::new(item.at, "source-address", format!("`{}` is no address block: {why}", shown(item.value)))
    };
    let form =
        || problem("expected an IP address, or one with a prefix").hint("such as 10.0.0.0/8 or 2001:db8::1");
    let (ip, prefix) = match item.value.split_once('/') {
        Some((ip, prefix)) => (ip, Some(prefix)),
        None => (item.value, None),
    };
    let ip: IpAddr = ip.parse().map_err(|_| form())?;
    let Some(prefix) = prefix else { return Ok(ip.to_string()) };
    let bits: u32 = if ip.is_ipv4() { 32 } else { 128 };
    let length = prefix
        .parse::<u32>()
        .ok()
        .filter(|length| *length <= bits && length.to_string() == prefix)
        .ok_or_else(|| problem(&format!("the prefix is a number from 0 to {bits}")))?;
    // OpenSSH refuses the whole certificate over a block whose address has bits behind the prefix.
    let network = network(ip, length);
    if network != ip {
        return Err(
            problem("the address has bits behind the prefix").hint(format!("write {network}/{length}"))
        );
    }
    Ok(format!("{ip}/{length}"))
}

/// A regular expression that a whole ticket id has to match, and an empty one does not.
pub(super) fn ticket_pattern(item: &Item<&str>) -> Result<TicketPattern, Problem> {
    let text = plain(item, 200)?;
    let pattern = TicketPattern::new(&text).map_err(|error| {
        let message = format!("`{}` is no regular expression: {}", shown(&text), shown(&error.to_string()));
        Problem::new(item.at, "ticket", message)
            .hint("such as \"OPS-[0-9]+\"; it has to match the whole ticket")
    })?;
    if pattern.matches("") {
        let message = format!("`{}` accepts a ticket without a single character", shown(&text));
        return Err(
            Problem::new(item.at, "ticket", message).hint("such as \"OPS-[0-9]+\", or \".+\" for any")
        );
    }
    Ok(pattern)
}

/// Text that says something, whatever its characters.
pub(super) fn not_empty(item: &Item<&str>) -> Result<String, Problem> {
    if item.value.trim().is_empty() {
        return Err(
            Problem::new(item.at, "text", "this text is empty").hint("leave the key out, or say something")
        );
    }
    Ok(item.value.to_owned())
}

/// A day, `2027-03-31`, as the end of it in UTC; or an instant.
pub(super) fn day_end(item: &Item<&str>) -> Result<Time, Problem> {
    time::parse_until(item.value).map_err(|_| {
        Problem::new(item.at, "time", format!("`{}` is no day", shown(item.value)))
            .hint("write 2027-03-31, the last day; or an instant such as 2027-03-31T17:00:00Z")
    })
}

fn network(ip: IpAddr, length: u32) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & u32::MAX.checked_shl(32 - length).unwrap_or(0)).into()),
        IpAddr::V6(v6) => {
            IpAddr::V6((v6.to_bits() & u128::MAX.checked_shl(128 - length).unwrap_or(0)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::At;
    use super::*;

    fn item(value: &str) -> Item<&str> {
        Item { at: At { file: 0, start: 0, end: 0 }, value }
    }

    #[test]
    fn an_address_that_could_be_an_option_a_user_or_two_words_is_refused() {
        for good in ["web-1", "web-1.example.net", "10.0.0.1:22", "a_b:65535", "[::1]", "[2001:db8::1]:2222"]
        {
            assert_eq!(address(&item(good)).unwrap(), good);
        }
        for bad in [
            "",
            "-oProxyCommand=x",
            "a b",
            "a\n",
            "a\0",
            "root@web-1",
            "a:",
            "a:0",
            "a:022",
            "a:+22",
            "a:65536",
            "a:b",
            "::1",
            "[::1",
            "[a]",
            "[::1]x",
            "a..b",
            ".a",
            "a.-b",
            "a/b",
            "a;b",
            "wéb",
            "a:1:2",
            "$(x)",
            &"a".repeat(254),
        ] {
            assert!(address(&item(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_principal_that_is_empty_or_could_mean_two_or_anyone_is_refused() {
        for good in ["deploy", "_x", "a-1_b"] {
            assert_eq!(ssh_principal(&item(good)).unwrap(), good);
        }
        for bad in ["", "*", "a,b", "a\n", "a b", "-a", "1a", "Root", "dëploy", "a*", &"a".repeat(33)] {
            assert!(ssh_principal(&item(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_block_is_one_that_openssh_takes() {
        for (good, canonical) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
        ] {
            assert_eq!(source_address(&item(good)).unwrap(), canonical);
        }
        for bad in [
            "",
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10/8",
            "::1/0",
            "a",
            "10.0.0.0/",
            "*",
            "!10.0.0.0/8",
        ] {
            assert!(source_address(&item(bad)).is_err(), "{bad:?}");
        }
    }
}
