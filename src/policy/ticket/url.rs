//! The address at which a ticket system is asked.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use super::super::diagnostic::{Problem, shown};
use super::super::source::Item;
use super::super::values;

const TICKET: &str = "{ticket}";

/// `https://host[:port]/path?query`, in which `{ticket}` stands once: as a whole segment of the path, or
/// as a whole value of the query. Plain `http` only to this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TicketUrl(String);

impl TicketUrl {
    pub(super) fn read(item: &Item<&str>, allow_local: bool) -> Result<Self, Problem> {
        let problem = |why: &str| {
            Problem::new(item.at, "url", format!("`{}` is no address of tickets: {why}", shown(item.value)))
                .hint("write https://host/path/{ticket}, such as https://tickets.example.net/api/{ticket}")
        };
        if item.value.len() > 1024 {
            return Err(problem("it has more than 1024 characters"));
        }
        let (plain, rest) = match item.value.split_once("://") {
            Some(("https", rest)) => (false, rest),
            Some(("http", rest)) => (true, rest),
            _ => return Err(problem("it begins with https://")),
        };
        let (address, path) =
            rest.split_once('/').ok_or_else(|| problem("a path follows the host and its port"))?;
        values::address(&Item { at: item.at, value: address })
            .map_err(|_| problem("host or host:port follows ://"))?;
        let host =
            Host::of(address).ok_or_else(|| problem("its host is neither a name nor an IP address"))?;
        place(path).map_err(problem)?;
        if plain && !host.is_loopback() {
            return Err(problem("without TLS, anybody on the way could answer")
                .hint("write https://; plain http is for localhost, 127.0.0.1 and [::1]"));
        }
        if !plain && !allow_local && host.is_local() {
            return Err(problem("it is on this machine or its link")
                .hint("if that is what is meant, add allow-local = true"));
        }
        Ok(Self(item.value.to_owned()))
    }

    /// Any text, as if a policy could have it.
    #[cfg(test)]
    pub(crate) fn unchecked(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether there is no TLS.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// As the policy has it, with `{ticket}`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address for one ticket. `None` where a URL would take the ticket for a step in the path.
    pub fn with(&self, ticket: &str) -> Option<String> {
        // Also percent-encoded, a URL parser takes dots for steps.
        if matches!(ticket, "" | "." | "..") {
            return None;
        }
        let mut encoded = String::new();
        for byte in ticket.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        Some(self.0.replace(TICKET, &encoded))
    }
}

/// Whether `path`, without its first slash, is one that a URL parser leaves as it is, with the ticket in
/// one good place.
fn place(path: &str) -> Result<(), &'static str> {
    let mut parts = path.split(TICKET);
    let (Some(before), Some(after), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("{ticket} stands in it once, behind the host");
    };
    let whole = match before.split_once('?') {
        None => {
            (before.is_empty() || before.ends_with('/'))
                && (after.is_empty() || after.starts_with(['/', '?']))
        }
        Some(_) => before.ends_with('=') && (after.is_empty() || after.starts_with('&')),
    };
    if !whole {
        return Err("{ticket} is a whole segment of the path, or a whole value of the query");
    }
    let ordinary = |c: char| c.is_ascii_alphanumeric() || "-._~/:@!$()*,;+=&?%".contains(c);
    if !before.chars().chain(after.chars()).all(ordinary) {
        return Err("its path and query have letters, digits and `- . _ ~ / : @ ! $ ( ) * , ; + = & ? %`");
    }
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("its path has a step back");
    }
    Ok(())
}

enum Host<'a> {
    Name(&'a str),
    Ip(IpAddr),
}

impl<'a> Host<'a> {
    /// Of an address that is `host`, `host:port`, `[v6]` or `[v6]:port`.
    fn of(address: &'a str) -> Option<Self> {
        if let Some(rest) = address.strip_prefix('[') {
            let (ip, _) = rest.split_once(']')?;
            return ip.parse::<Ipv6Addr>().ok().map(|ip| Self::Ip(ip.into()));
        }
        let host = address.split(':').next()?;
        if let Ok(ip) = host.parse::<Ipv4Addr>() {
            return Some(Self::Ip(ip.into()));
        }
        // A URL parser reads 127.1, 0x7f.1 and 2130706433 as numbers: they are 127.0.0.1.
        let last = host.rsplit('.').next()?;
        let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with('0');
        (!number).then_some(Self::Name(host))
    }

    fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name.eq_ignore_ascii_case("localhost"),
            Self::Ip(ip) => ip.is_loopback(),
        }
    }

    fn is_local(&self) -> bool {
        match self {
            Self::Name(name) => {
                let name = name.to_ascii_lowercase();
                name == "localhost" || name.ends_with(".localhost")
            }
            Self::Ip(ip) => is_local(*ip),
        }
    }
}

/// Whether it leads to this machine, or no further than its link: loopback, link-local, where clouds keep
/// their metadata, and the unspecified address, which connects to this machine. IPv4 written as IPv6 is
/// what it means.
pub fn is_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_link_local() || ip.octets().starts_with(&[0]),
        IpAddr::V6(ip) => {
            let embedded = match ip.segments() {
                // IPv4-mapped, IPv4-compatible (RFC 4291), and behind a NAT64 (RFC 6052).
                [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
                }
                _ => None,
            };
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unicast_link_local()
                || embedded.is_some_and(|ip| is_local(ip.into()))
        }
    }
}
