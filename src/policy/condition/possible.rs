//! What a condition comes to on one resource, as far as that can be told before anybody asks.

use std::collections::BTreeSet;

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators as op};

use crate::domain::Resource;

use super::Condition;

impl Condition {
    /// What it says of every request for this resource, whoever asks and when; `None` where that depends,
    /// or where it has no answer.
    pub fn on(&self, resource: &Resource) -> Option<bool> {
        truth(&self.expression, resource)
    }

    /// The texts that are written out in it: names of groups, people and labels' values among them.
    pub fn texts(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        texts(&self.expression, &mut found);
        found
    }
}

/// `&&` and `||` are decided by one side whatever the other is, an error included (the language's rule).
fn truth(node: &IdedExpr, resource: &Resource) -> Option<bool> {
    match &node.expr {
        Expr::Literal(LiteralValue::Boolean(value)) => Some(*value.inner()),
        Expr::Select(select) if select.test => {
            let labels = is_field(&select.operand, "resource", "labels");
            labels.then(|| resource.labels.contains_key(&select.field))
        }
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (op::LOGICAL_NOT, [inner]) => truth(inner, resource).map(|holds| !holds),
            (op::LOGICAL_AND, [left, right]) => match (truth(left, resource), truth(right, resource)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            (op::LOGICAL_OR, [left, right]) => match (truth(left, resource), truth(right, resource)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            (op::EQUALS, [left, right]) => Some(text(left, resource)? == text(right, resource)?),
            (op::NOT_EQUALS, [left, right]) => Some(text(left, resource)? != text(right, resource)?),
            (op::IN, [item, list]) => {
                let Expr::List(list) = &list.expr else { return None };
                let item = text(item, resource)?;
                let all: Option<Vec<&str>> =
                    list.elements.iter().map(|element| text(element, resource)).collect();
                Some(all?.contains(&item))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A text that is the same for every request.
fn text<'t>(node: &'t IdedExpr, resource: &'t Resource) -> Option<&'t str> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        Expr::Select(select) if select.test => None,
        Expr::Select(select) if is_field(&select.operand, "resource", "labels") => {
            resource.labels.get(&select.field).map(String::as_str)
        }
        _ if is_field(node, "resource", "name") || is_field(node, "request", "resource") => {
            Some(resource.name.as_str())
        }
        _ => None,
    }
}

fn is_field(node: &IdedExpr, record: &str, field: &str) -> bool {
    match &node.expr {
        Expr::Select(select) => {
            !select.test
                && select.field == field
                && matches!(&select.operand.expr, Expr::Ident(name) if name == record)
        }
        _ => false,
    }
}

fn texts<'t>(node: &'t IdedExpr, found: &mut BTreeSet<&'t str>) {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => {
            found.insert(text.inner());
        }
        Expr::Select(select) => {
            // A label by its name.
            found.insert(&select.field);
            texts(&select.operand, found);
        }
        Expr::List(list) => list.elements.iter().for_each(|element| texts(element, found)),
        Expr::Call(call) => {
            call.target.iter().for_each(|target| texts(target, found));
            call.args.iter().for_each(|arg| texts(arg, found));
        }
        Expr::Comprehension(each) => {
            for part in [&each.iter_range, &each.accu_init, &each.loop_cond, &each.loop_step, &each.result] {
                texts(part, found);
            }
        }
        Expr::Literal(_) | Expr::Ident(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {}
    }
}
