//! Types and names of a condition, before anything is evaluated.
//!
//! What keeps a misspelt name out: a string that may be a name ([`Domain::Names`]) meets only names of
//! the same kind, or strings that are written out in the condition, and those are looked up. Whatever
//! would make some other string of either, such as `+`, is refused.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators as op};

use crate::domain::{Span, Time};

use super::super::diagnostic::{Problem, Problems, did_you_mean, nearest_of, shown};
use super::super::document::quoted;
use super::super::source::At;
use super::Vocabulary;
use super::moments::{PARTS, zone};
use super::parse::Written;
use super::types::{Domain, Literal, Names, Record, Type, VARIABLES};

/// Bounds on one evaluation, together with: no loop inside a loop.
const MOST_NODES: usize = 200;
const DEEPEST: usize = 40;

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

pub(super) struct Checker<'c, 'v> {
    written: &'c Written<'c>,
    what: &'c str,
    names: &'c Vocabulary<'v>,
    problems: &'c mut Problems,
    nodes: usize,
    /// The variable of the loop around, if any.
    item: Option<(&'c str, Typed)>,
}

/// What an expression is.
#[derive(Debug, Clone)]
struct Typed {
    kind: Type,
    /// At any part of the inputs. What does not is the same for every request.
    looks: bool,
}

impl Typed {
    fn looking(kind: Type) -> Option<Self> {
        Some(Self { kind, looks: true })
    }
}

impl<'c, 'v> Checker<'c, 'v> {
    pub fn new(
        written: &'c Written<'c>,
        what: &'c str,
        names: &'c Vocabulary<'v>,
        problems: &'c mut Problems,
    ) -> Self {
        Self { written, what, names, problems, nodes: 0, item: None }
    }

    /// `None` where something was wrong, which is reported.
    pub fn condition(mut self, tree: &'c IdedExpr) -> Option<()> {
        let found = self.kind(tree, 0)?;
        if !matches!(found.kind, Type::Bool) {
            let message = format!("{} is {}, expected a condition", self.what, found.kind.describe());
            return self.refuse(
                Problem::new(self.written.whole(), "type", message)
                    .label("neither true nor false")
                    .hint("compare it with something: `request.duration <= duration('1h')`"),
            );
        }
        if !found.looks {
            let message = format!("{} looks at nothing of a request: it is always the same", self.what);
            return self.refuse(
                Problem::new(self.written.whole(), "constant-condition", message)
                    .hint("leave it out, or look at `request`, `requester`, `resource` or `now`"),
            );
        }
        Some(())
    }

    fn refuse<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    fn refuse_type<T>(&mut self, node: &IdedExpr, message: impl Into<String>, hint: &str) -> Option<T> {
        self.refuse(Problem::new(self.written.node(node), "type", message).hint(hint))
    }

    fn kind(&mut self, node: &'c IdedExpr, depth: usize) -> Option<Typed> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEEPEST {
            let message = format!("{} is too large", self.what);
            return self.refuse(
                Problem::new(self.written.whole(), "condition", message)
                    .hint("write several rules, each with a part of it"),
            );
        }
        let depth = depth + 1;
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(name) => self.variable(node, name),
            Expr::Select(select) => self.select(node, select, depth),
            Expr::List(list) => self.list(node, &list.elements, depth),
            Expr::Call(call) => self.call(node, call, depth),
            Expr::Comprehension(each) => self.each(node, each, depth),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.refuse_type(node, "a condition has no maps", "compare the values one by one")
            }
        }
    }

    fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue) -> Option<Typed> {
        let kind = match literal {
            LiteralValue::Boolean(_) => Type::Bool,
            LiteralValue::Int(_) => Type::Int,
            LiteralValue::Double(_) => Type::Double,
            LiteralValue::String(text) => {
                let at = self.written.node(node);
                Type::Text(Domain::Literals(vec![Literal { at, text: text.inner().to_owned() }]))
            }
            LiteralValue::Null => {
                let hint = "ask whether something is there with `has()`: `has(requester.company)`";
                return self.refuse_type(node, "a condition has no `null`", hint);
            }
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                let hint = "numbers are written 1 or 1.5, and text in quotes";
                return self.refuse_type(node, "no part of a request is of this type", hint);
            }
        };
        Some(Typed { kind, looks: false })
    }

    fn variable(&mut self, node: &IdedExpr, name: &str) -> Option<Typed> {
        if let Some((item, typed)) = &self.item
            && *item == name
        {
            return Some(typed.clone());
        }
        match name {
            "request" => Typed::looking(Type::Record(Record::Request)),
            "requester" => Typed::looking(Type::Record(Record::Requester)),
            "resource" => Typed::looking(Type::Record(Record::Resource)),
            "now" => Typed::looking(Type::Timestamp),
            _ => {
                let message = format!("there is no variable `{}`", shown(name));
                let near = did_you_mean(name, VARIABLES);
                let hint = format!("the variables are {}; text stands in quotes", quoted(&VARIABLES));
                let at = self.written.node(node);
                self.refuse(Problem::new(at, "unknown-variable", message).hint(hint).maybe(near))
            }
        }
    }

    /// `a.b`, and `has(a.b)`.
    fn select(&mut self, node: &'c IdedExpr, select: &'c SelectExpr, depth: usize) -> Option<Typed> {
        let from = self.kind(&select.operand, depth)?;
        let at = self.written.node(node);
        let (kind, optional) = match from.kind {
            Type::Record(record) => {
                let mut fields = record.fields();
                let Some(place) = fields.iter().position(|field| field.name == select.field) else {
                    let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
                    let message = format!("`{}` has no field `{}`", record.name(), shown(&select.field));
                    let near = did_you_mean(&select.field, known.iter().copied());
                    let hint = format!("the fields of `{}` are {}", record.name(), quoted(&known));
                    return self.refuse(Problem::new(at, "unknown-field", message).hint(hint).maybe(near));
                };
                let field = fields.swap_remove(place);
                (field.kind, field.optional)
            }
            Type::Labels => (self.label(at, &select.field)?, true),
            other => {
                let message = format!("{} has no fields, so no `{}`", other.describe(), shown(&select.field));
                return self.refuse_type(node, message, "labels are in `resource.labels`");
            }
        };
        if !select.test {
            return Some(Typed { kind, looks: from.looks });
        }
        if !optional {
            let message = format!("`{}` is always there", shown(&select.field));
            return self
                .refuse(Problem::new(at, "constant-condition", message).hint("look at its value instead"));
        }
        Typed::looking(Type::Bool)
    }

    /// A label by its name.
    fn label(&mut self, at: At, label: &str) -> Option<Type> {
        self.look_up(&Names::Labels, &[Literal { at, text: label.to_owned() }])?;
        Some(Type::names(Names::Values(label.to_owned())))
    }

    fn list(&mut self, node: &IdedExpr, elements: &'c [IdedExpr], depth: usize) -> Option<Typed> {
        let typed: Vec<_> = elements.iter().map(|element| self.kind(element, depth)).collect();
        let mut typed = typed.into_iter();
        let Some(first) = typed.next() else {
            return self.refuse_type(node, "this list is empty", "nothing is in it");
        };
        let mut all = first?;
        for next in typed {
            let next = next?;
            let kind = self.join(node, all.kind, next.kind, "stands in one list with")?;
            all = Typed { kind, looks: all.looks || next.looks };
        }
        Some(Typed { kind: Type::List(Box::new(all.kind)), looks: all.looks })
    }

    /// An expression that something hangs on: it has to be a condition by itself.
    fn truth(&mut self, node: &'c IdedExpr, depth: usize) -> Option<()> {
        let found = self.kind(node, depth)?;
        if !matches!(found.kind, Type::Bool) {
            let message = format!("this is {}, expected a condition", found.kind.describe());
            return self.refuse_type(node, message, "compare it with something");
        }
        if !found.looks {
            let message = "this looks at nothing of a request: it is always the same";
            let at = self.written.node(node);
            return self.refuse(
                Problem::new(at, "constant-condition", message)
                    .hint("leave it out, or look at `request`, `requester`, `resource` or `now`"),
            );
        }
        Some(())
    }

    fn both(&mut self, left: &'c IdedExpr, right: &'c IdedExpr, depth: usize) -> Option<(Typed, Typed)> {
        let (left, right) = (self.kind(left, depth), self.kind(right, depth));
        Some((left?, right?))
    }

    fn call(&mut self, node: &'c IdedExpr, call: &'c CallExpr, depth: usize) -> Option<Typed> {
        if let Some(target) = &call.target {
            return self.method(node, call, target, depth);
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, [left, right]) => {
                let (left, right) = (self.truth(left, depth), self.truth(right, depth));
                left.and(right)?;
                Typed::looking(Type::Bool)
            }
            (op::LOGICAL_NOT, [inner]) => {
                self.truth(inner, depth)?;
                Typed::looking(Type::Bool)
            }
            (op::CONDITIONAL, [when, then, otherwise]) => {
                let when = self.truth(when, depth);
                let (then, otherwise) = self.both(then, otherwise, depth)?;
                when?;
                let kind = self.join(node, then.kind, otherwise.kind, "stands for the same as")?;
                Typed::looking(kind)
            }
            (op::EQUALS | op::NOT_EQUALS, [left, right]) => {
                let (left, right) = self.both(left, right, depth)?;
                let kind = self.join(node, left.kind, right.kind, "is compared with")?;
                self.not_written_out(node, &kind)?;
                Some(Typed { kind: Type::Bool, looks: left.looks || right.looks })
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [left, right]) => {
                let (left, right) = self.both(left, right, depth)?;
                let kind = self.join(node, left.kind, right.kind, "is compared with")?;
                if !matches!(kind, Type::Int | Type::Double | Type::Duration | Type::Timestamp) {
                    let message = format!("there is no order of {}", kind.describe());
                    return self.refuse_type(node, message, "compare with `==`, or look in a list with `in`");
                }
                Some(Typed { kind: Type::Bool, looks: left.looks || right.looks })
            }
            (op::IN, [item, list]) => self.within(node, item, list, depth),
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [left, right]) => {
                self.arithmetic(node, &call.func_name, left, right, depth)
            }
            (op::NEGATE, [inner]) => {
                let inner = self.kind(inner, depth)?;
                match inner.kind {
                    Type::Int | Type::Double => Some(inner),
                    other => {
                        let message = format!("`-` stands before {}", other.describe());
                        self.refuse_type(node, message, "to deny a condition, write `!`")
                    }
                }
            }
            (op::INDEX, [from, index]) => self.index(node, from, index, depth),
            (name, args) => self.function(node, name, args, depth),
        }
    }

    fn within(
        &mut self,
        node: &IdedExpr,
        item: &'c IdedExpr,
        list: &'c IdedExpr,
        depth: usize,
    ) -> Option<Typed> {
        let (item, list) = self.both(item, list, depth)?;
        let elements = match list.kind {
            Type::List(elements) => *elements,
            Type::Labels => Type::names(Names::Labels),
            other => {
                let message = format!("{} is not a list", other.describe());
                return self.refuse_type(node, message, "write `in [...]`, or compare with `==`");
            }
        };
        let kind = self.join(node, item.kind, elements, "is compared with")?;
        self.not_written_out(node, &kind)?;
        Some(Typed { kind: Type::Bool, looks: item.looks || list.looks })
    }

    /// Two texts of the condition itself: neither was looked up, as no name is there to tell what it is.
    fn not_written_out(&mut self, node: &IdedExpr, compared: &Type) -> Option<()> {
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

    fn arithmetic(
        &mut self,
        node: &IdedExpr,
        sign: &str,
        left: &'c IdedExpr,
        right: &'c IdedExpr,
        depth: usize,
    ) -> Option<Typed> {
        let (left, right) = self.both(left, right, depth)?;
        let looks = left.looks || right.looks;
        let kind = match (sign, left.kind, right.kind) {
            (_, Type::Int, Type::Int) => Type::Int,
            (op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE, Type::Double, Type::Double) => Type::Double,
            (op::ADD | op::SUBSTRACT, Type::Duration, Type::Duration) => Type::Duration,
            (op::ADD | op::SUBSTRACT, Type::Timestamp, Type::Duration) => Type::Timestamp,
            (op::ADD, Type::Duration, Type::Timestamp) => Type::Timestamp,
            (op::SUBSTRACT, Type::Timestamp, Type::Timestamp) => Type::Duration,
            (op::ADD, left @ Type::List(_), right @ Type::List(_)) => {
                self.join(node, left, right, "stands in one list with")?
            }
            (op::ADD, Type::Text(left), Type::Text(right)) => {
                // The spelling of a name that is put together could not be checked.
                if let (Domain::Names(names), _) | (_, Domain::Names(names)) = (&left, &right) {
                    let message = format!("{} is put together with other text", names.one());
                    return self.refuse_type(node, message, "compare it as it is");
                }
                Type::Text(Domain::Free)
            }
            (_, left, right) => {
                let sign = sign.replace('_', "");
                let message =
                    format!("`{sign}` does not go with {} and {}", left.describe(), right.describe());
                return self.refuse_type(
                    node,
                    message,
                    "both sides have to be of one type: 1 + 1, 1.0 + 1.0",
                );
            }
        };
        Some(Typed { kind, looks })
    }

    fn index(
        &mut self,
        node: &IdedExpr,
        from: &'c IdedExpr,
        index: &'c IdedExpr,
        depth: usize,
    ) -> Option<Typed> {
        let (from, at) = self.both(from, index, depth)?;
        match (from.kind, at.kind) {
            (Type::List(element), Type::Int) => Some(Typed { kind: *element, looks: from.looks || at.looks }),
            (Type::Labels, Type::Text(Domain::Literals(literals)))
                if matches!(index.expr, Expr::Literal(_)) =>
            {
                let [literal] = literals.as_slice() else { return None };
                let kind = self.label(literal.at, &literal.text)?;
                Some(Typed { kind, looks: from.looks })
            }
            (Type::Labels, _) => {
                let hint = "write `resource.labels['env']` or `resource.labels.env`";
                self.refuse_type(node, "which label this is cannot be told", hint)
            }
            (from, at) => {
                let message = format!("{} has no element of {}", from.describe(), at.describe());
                self.refuse_type(node, message, "a list has elements 0, 1, 2, …")
            }
        }
    }

    fn function(
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

    fn method(
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

    /// `all`, `exists`, `exists_one`, `filter` and `map`. The parser has made loops of them, each with
    /// a shape of its own; the names of their variables cannot be written, so nothing else has one.
    fn each(&mut self, node: &'c IdedExpr, each: &'c ComprehensionExpr, depth: usize) -> Option<Typed> {
        if self.item.is_some() {
            let hint = "no loop stands in a loop: look in a list with `in`";
            return self.refuse_type(node, "this is a loop inside of another", hint);
        }
        let range = self.kind(&each.iter_range, depth)?;
        let kind = match range.kind {
            Type::List(element) => *element,
            Type::Labels => Type::names(Names::Labels),
            other => {
                let message = format!("{} is not a list", other.describe());
                return self.refuse_type(node, message, "loops are over lists, such as `requester.groups`");
            }
        };
        if VARIABLES.contains(&each.iter_var.as_str()) {
            let message = format!("`{}` is a variable already", each.iter_var);
            return self.refuse_type(node, message, "call what is in the list something else");
        }
        self.item = Some((&each.iter_var, Typed { kind, looks: range.looks }));
        let found = self.body(node, each, depth);
        self.item = None;
        let found = found?;
        Some(Typed { kind: found.kind, looks: found.looks || range.looks })
    }

    fn body(&mut self, node: &IdedExpr, each: &'c ComprehensionExpr, depth: usize) -> Option<Typed> {
        let step = match &each.loop_step.expr {
            Expr::Call(step) => (step.func_name.as_str(), step.args.as_slice()),
            _ => ("", [].as_slice()),
        };
        match (&each.accu_init.expr, step) {
            // exists, all
            (Expr::Literal(_), (op::LOGICAL_OR | op::LOGICAL_AND, [_, test])) => {
                self.truth(test, depth)?;
                Typed::looking(Type::Bool)
            }
            // exists_one
            (Expr::Literal(_), (op::CONDITIONAL, [test, _, _])) => {
                self.truth(test, depth)?;
                Typed::looking(Type::Bool)
            }
            // map
            (Expr::List(_), (op::ADD, [_, item])) => self.kind(item, depth),
            // filter, map with a condition
            (Expr::List(_), (op::CONDITIONAL, [test, then, _])) => {
                self.truth(test, depth)?;
                match &then.expr {
                    Expr::Call(CallExpr { args, .. }) => self.kind(args.last()?, depth),
                    _ => None,
                }
            }
            _ => self.refuse_type(node, "this loop is of an unknown kind", "use `exists` or `all`"),
        }
    }

    /// The type of two values that have to be of one. Strings are looked up here.
    fn join(&mut self, node: &IdedExpr, left: Type, right: Type, how: &str) -> Option<Type> {
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
    fn look_up(&mut self, names: &Names, literals: &[Literal]) -> Option<()> {
        let known = names.all(self.names);
        let mut all = Some(());
        for literal in literals.iter().filter(|literal| !known.contains(&literal.text.as_str())) {
            all = None;
            let near = did_you_mean(&literal.text, known.iter().copied());
            let problem = Problem::new(literal.at, names.code(), names.unknown(&literal.text));
            self.problems.push(problem.maybe(names.listed(self.names)).maybe(near));
        }
        all
    }
}
