//! Types and names of a condition, before anything is evaluated.
//!
//! What keeps a misspelt name out: a string that may be a name ([`Domain::Names`]) meets only names of
//! the same kind, or strings that are written out in the condition, and those are looked up. Whatever
//! would make some other string of either, such as `+`, is refused.

mod functions;
mod join;

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators as op};

use super::super::diagnostic::{Problem, Problems, did_you_mean, nearest_of, shown};
use super::super::document::quoted;
use super::super::source::At;
use super::Vocabulary;
use super::parse::Written;
use super::types::{Domain, Literal, Names, Record, Type, VARIABLES};

/// Bounds on one evaluation, together with: no loop inside a loop.
const MOST_NODES: usize = 200;
const DEEPEST: usize = 24;

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
}
