//! Calls of functions.

use cel::IdedExpr;
use cel::common::ast::CallExpr;

use crate::domain::{Span, Time};

use super::super::moments::{PARTS, zone};
use super::super::types::{Domain, Literal, Type};
use super::{Checker, Problem, Typed, nearest_of, quoted, shown};

/// Functions other than those of [`PARTS`], and how each is called.
const FUNCTIONS: [(&str, &str); 8] = [
    ("contains", "text.contains('part')"),
    ("duration", "duration('1h30m')"),
    ("endsWith", "text.endsWith('part')"),
    ("int", "int(number)"),
    ("size", "size(list)"),
    ("startsWith", "text.startsWith('part')"),
    ("string", "string(number)"),
    ("timestamp", "timestamp('2026-11-21T18:05:00Z')"),
];
const LOOPS: [&str; 5] = ["all", "exists", "exists_one", "filter", "map"];

/// How a function is called.
fn how(name: &str) -> Option<String> {
    if let Some((_, how)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        return Some((*how).to_owned());
    }
    match name {
        "has" => Some("has(requester.company)".to_owned()),
        _ if LOOPS.contains(&name) => Some(format!("requester.groups.{name}(group, …)")),
        _ if PARTS.contains(&name) => Some(format!("now.{name}('Europe/Berlin')")),
        _ => None,
    }
}

impl<'c> Checker<'c, '_> {
    pub(super) fn function(
        &mut self,
        node: &'c IdedExpr,
        name: &str,
        args: &'c [IdedExpr],
        depth: usize,
    ) -> Option<Typed> {
        match (name, args) {
            ("size", [of]) => self.size(node, of, depth),
            ("duration", [text]) => {
                let literal = self.constant(name, text, depth)?;
                self.value(&literal, "duration", literal.text.parse::<Span>())?;
                Some(Typed { kind: Type::Duration, looks: false })
            }
            ("timestamp", [text]) => {
                let literal = self.constant(name, text, depth)?;
                self.value(&literal, "time", literal.text.parse::<Time>())?;
                Some(Typed { kind: Type::Timestamp, looks: false })
            }
            ("int" | "string", [of]) => {
                let of = self.kind(of, depth)?;
                let kind = match (name, of.kind) {
                    ("int", Type::Int | Type::Double) => Type::Int,
                    ("string", Type::Int | Type::Double | Type::Bool) => Type::Text(Domain::Free),
                    (_, other) => {
                        let message = format!("`{name}` does not go with {}", other.describe());
                        return self.refuse_type(node, message, "it converts numbers");
                    }
                };
                Some(Typed { kind, looks: of.looks })
            }
            _ => self.no_such_function(node, name),
        }
    }

    pub(super) fn method(
        &mut self,
        node: &'c IdedExpr,
        call: &'c CallExpr,
        target: &'c IdedExpr,
        depth: usize,
    ) -> Option<Typed> {
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            ("size", []) => self.size(node, target, depth),
            ("startsWith" | "endsWith" | "contains", [part]) => {
                let (whole, part) = self.both(target, part, depth)?;
                self.part_of(node, name, whole, part)
            }
            (_, args) if PARTS.contains(&name) && args.len() < 2 => {
                let of = self.kind(target, depth)?;
                if !matches!(of.kind, Type::Timestamp) {
                    let message = format!("`{name}` is of a time, this is {}", of.kind.describe());
                    return self.refuse_type(node, message, "durations are compared: `> duration('1h')`");
                }
                if let [named] = args {
                    let literal = self.constant(name, named, depth)?;
                    if zone(&literal.text).is_err() {
                        let message = format!("there is no time zone `{}`", shown(&literal.text));
                        return self.refuse(
                            Problem::new(literal.at, "unknown-zone", message)
                                .hint("write `UTC`, or a place such as `Europe/Berlin`"),
                        );
                    }
                }
                Some(Typed { kind: Type::Int, looks: of.looks })
            }
            _ => self.no_such_function(node, name),
        }
    }

    fn size(&mut self, node: &IdedExpr, of: &'c IdedExpr, depth: usize) -> Option<Typed> {
        let of = self.kind(of, depth)?;
        match of.kind {
            Type::List(_) | Type::Labels | Type::Text(Domain::Free) => {
                Some(Typed { kind: Type::Int, looks: of.looks })
            }
            other => {
                let message = format!("`size` does not go with {}", other.describe());
                self.refuse_type(node, message, "it is of a list, of labels, or of text such as a reason")
            }
        }
    }

    /// `startsWith`, `endsWith`, `contains`: some name has to fit, so that a misspelt part is found.
    fn part_of(&mut self, node: &IdedExpr, function: &str, whole: Typed, part: Typed) -> Option<Typed> {
        let looks = Some(Typed { kind: Type::Bool, looks: whole.looks || part.looks });
        let (names, parts) = match (whole.kind, part.kind) {
            (Type::Text(Domain::Names(names)), Type::Text(Domain::Literals(parts))) => (names, parts),
            (Type::Text(Domain::Free), Type::Text(Domain::Free)) => return looks,
            (Type::Text(Domain::Free), Type::Text(Domain::Literals(parts))) => {
                return parts.iter().all(|part| self.says_something(part)).then_some(looks)?;
            }
            (whole, part) => {
                let message =
                    format!("`{function}` does not go with {} and {}", whole.describe(), part.describe());
                let hint = "its text is a part of a request, and what is looked for stands in quotes";
                return self.refuse_type(node, message, hint);
            }
        };
        let fits: fn(&str, &str) -> bool = match function {
            "startsWith" => |name, part| name.starts_with(part),
            "endsWith" => |name, part| name.ends_with(part),
            _ => |name, part| name.contains(part),
        };
        let mut all = true;
        for part in &parts {
            if !self.says_something(part) {
                all = false;
            } else if !names.all(self.names).iter().any(|name| fits(name, &part.text)) {
                all = false;
                let verb = match function {
                    "startsWith" => "starts with",
                    "endsWith" => "ends with",
                    _ => "contains",
                };
                let message = format!("no {} {verb} `{}`", names.noun(), shown(&part.text));
                let problem = Problem::new(part.at, names.code(), message).maybe(names.listed(self.names));
                self.problems.push(problem);
            }
        }
        all.then_some(looks)?
    }

    fn says_something(&mut self, part: &Literal) -> bool {
        if part.text.is_empty() {
            let message = "every text has this in it";
            let problem =
                Problem::new(part.at, "constant-condition", message).hint("write what it should be");
            self.problems.push(problem);
        }
        !part.text.is_empty()
    }

    /// The argument of a function that reads it: written out, so that it can be read now.
    fn constant(&mut self, function: &str, node: &'c IdedExpr, depth: usize) -> Option<Literal> {
        let found = self.kind(node, depth)?;
        match found.kind {
            Type::Text(Domain::Literals(mut literals)) if literals.len() == 1 => literals.pop(),
            _ => {
                let message = format!("`{function}` takes text that is written out");
                let hint = format!("write `{}`", how(function).unwrap_or_default());
                self.refuse_type(node, message, &hint)
            }
        }
    }

    fn value<T, E: std::fmt::Display>(
        &mut self,
        literal: &Literal,
        what: &str,
        read: Result<T, E>,
    ) -> Option<()> {
        match read {
            Ok(_) => Some(()),
            Err(error) => {
                let message = format!("`{}` is no {what}: {error}", shown(&literal.text));
                self.refuse(Problem::new(literal.at, "value", message))
            }
        }
    }

    fn no_such_function(&mut self, node: &IdedExpr, name: &str) -> Option<Typed> {
        let known = FUNCTIONS.iter().map(|(known, _)| *known).chain(LOOPS).chain(["has"]);
        let hint = match (how(name), name) {
            (Some(how), _) => format!("write `{how}`"),
            (_, "matches") => {
                "there are no regular expressions: use `startsWith`, `endsWith` or `contains`".to_owned()
            }
            _ => match nearest_of(name, known.clone().chain(PARTS)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "the functions are {}, and parts of a time such as `getHours`",
                    quoted(&known.collect::<Vec<_>>())
                ),
            },
        };
        let message = if hint.starts_with("write") {
            format!("`{name}` is not called like this")
        } else {
            format!("there is no function `{}`", shown(name))
        };
        self.refuse(Problem::new(self.written.node(node), "unknown-function", message).hint(hint))
    }
}
