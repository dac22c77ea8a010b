//! Questions about a policy, answered without a server: what comes of an ask and why ([`explain`]), what
//! a change gives and takes ([`diff`]), who reaches what ([`who`]), and what is risky ([`lint`]).
//!
//! All of them go by meaning: the lists of a role and of the rules that are about it divide people into
//! classes ([`crowd`], [`reach`]), and everybody of one class has the same. So ten thousand roles of
//! a hundred thousand people take no longer than reading them.

mod crowd;
pub mod diff;
pub mod explain;
pub mod lint;
mod places;
mod reach;
pub mod who;

pub use crowd::Subject;
pub use places::Places;

/// `1 person`, `2 people`
fn people(number: usize) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// `a`, `a and b`, `a, b and c`
fn listed(items: &[String]) -> String {
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod shop;
