//! Where two values meet: they have to be of one type, and strings are looked up.

use cel::IdedExpr;

use super::super::types::{Domain, Literal, Names, Type};
use super::{Checker, Problem, did_you_mean};

impl Checker<'_, '_> {
    /// The type of two values that have to be of one. Strings are looked up here.
    pub(super) fn join(&mut self, node: &IdedExpr, left: Type, right: Type, how: &str) -> Option<Type> {
        let differ = |left: &Type, right: &Type| format!("{} {how} {}", left.describe(), right.describe());
        match (left, right) {
            (Type::Bool, Type::Bool) => Some(Type::Bool),
            (Type::Int, Type::Int) => Some(Type::Int),
            (Type::Double, Type::Double) => Some(Type::Double),
            (Type::Duration, Type::Duration) => Some(Type::Duration),
            (Type::Timestamp, Type::Timestamp) => Some(Type::Timestamp),
            (Type::List(left), Type::List(right)) => {
                self.join(node, *left, *right, how).map(|element| Type::List(Box::new(element)))
            }
            (Type::Text(left), Type::Text(right)) => match (left, right) {
                (Domain::Free, Domain::Free | Domain::Literals(_)) | (Domain::Literals(_), Domain::Free) => {
                    Some(Type::Text(Domain::Free))
                }
                (Domain::Literals(mut left), Domain::Literals(right)) => {
                    left.extend(right);
                    Some(Type::Text(Domain::Literals(left)))
                }
                (Domain::Names(names), Domain::Literals(literals))
                | (Domain::Literals(literals), Domain::Names(names)) => {
                    self.look_up(&names, &literals)?;
                    Some(Type::names(names))
                }
                (Domain::Names(left), Domain::Names(right)) if left == right => Some(Type::names(left)),
                (left, right) => {
                    let hint = match (&left, &right) {
                        (Domain::Names(_), Domain::Names(_)) => "these are names of different things",
                        _ => "write the name in quotes, so that its spelling can be checked",
                    };
                    self.refuse_type(node, differ(&Type::Text(left), &Type::Text(right)), hint)
                }
            },
            (left, right) => {
                let hint = match (&left, &right) {
                    (Type::Duration, _) | (_, Type::Duration) => "a duration is written `duration('1h30m')`",
                    (Type::Timestamp, _) | (_, Type::Timestamp) => {
                        "a time is written `timestamp('2026-11-21T18:05:00Z')`"
                    }
                    (Type::Int, Type::Double) | (Type::Double, Type::Int) => {
                        "write both as 1.0, or both as 1"
                    }
                    (Type::List(_), _) | (_, Type::List(_)) => "to look in a list, write `in`",
                    (Type::Labels, _) | (_, Type::Labels) => "look at one label: `resource.labels.env`",
                    (Type::Record(_), _) | (_, Type::Record(_)) => "look at one of its fields",
                    _ => "both have to be of one type",
                };
                self.refuse_type(node, differ(&left, &right), hint)
            }
        }
    }

    /// Every one of the literals has to be a name of that kind.
    pub(super) fn look_up(&mut self, names: &Names, literals: &[Literal]) -> Option<()> {
        let mut all = Some(());
        for literal in literals.iter().filter(|literal| !names.has(self.names, &literal.text)) {
            all = None;
            let near = did_you_mean(&literal.text, names.all(self.names));
            let problem = Problem::new(literal.at, names.code(), names.unknown(&literal.text));
            self.problems.push(problem.maybe(names.listed(self.names)).maybe(near));
        }
        all
    }

    /// Two texts of the condition itself: neither was looked up, as no name is there to tell what it is.
    pub(super) fn not_written_out(&mut self, node: &IdedExpr, compared: &Type) -> Option<()> {
        match compared {
            Type::Text(Domain::Literals(_)) => {
                let message = "both of these are written in the condition: it is always the same";
                let at = self.written.node(node);
                self.refuse(
                    Problem::new(at, "constant-condition", message)
                        .hint("compare with a part of the request, such as `request.role`"),
                )
            }
            Type::List(element) => self.not_written_out(node, element),
            _ => Some(()),
        }
    }
}
