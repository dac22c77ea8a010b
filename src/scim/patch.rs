//! PATCH (RFC 7644, section 3.5.2): operations on the attributes of a resource, all of them or none.

use std::collections::HashSet;

use serde_json::Value;

use super::filter::{At, Filter};
use super::schema::{Attribute, Mutability, Schema, Type};
use super::{MOST_MEMBERS, Object, Refusal, ScimType};

/// Operations in one request.
const MOST: usize = 200;
const URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

#[derive(Debug)]
struct Operation {
    op: Op,
    path: Option<String>,
    value: Option<Value>,
}

/// Where it is done.
#[derive(Debug)]
struct Target {
    attribute: &'static Attribute,
    filter: Option<Filter>,
    part: Option<&'static Attribute>,
}

/// The resource after the operations in the body. `resource` has what a client may say of it
/// ([`Schema::normalised`]).
pub fn patched(schema: &'static Schema, mut resource: Object, body: &Object) -> Result<Object, Refusal> {
    for operation in read(body)? {
        apply(schema, &mut resource, operation)?;
    }
    Ok(resource)
}

fn read(body: &Object) -> Result<Vec<Operation>, Refusal> {
    let (mut urns, mut list) = (None, None);
    for (name, value) in body {
        match name.to_ascii_lowercase().as_str() {
            "schemas" => urns = value.as_array(),
            "operations" => list = value.as_array(),
            _ => return Err(Refusal::syntax(format!("a PATCH has no {name}"))),
        }
    }
    if !urns.is_some_and(|urns| urns.iter().any(|urn| urn == URN)) {
        return Err(Refusal::syntax(format!("`schemas` is not [{URN:?}]")));
    }
    let list = list.ok_or_else(|| Refusal::syntax("`Operations` is no list"))?;
    if list.is_empty() || list.len() > MOST {
        return Err(Refusal::syntax(format!("`Operations` has 1 to {MOST} of them")));
    }
    list.iter().map(operation).collect()
}

fn operation(value: &Value) -> Result<Operation, Refusal> {
    let object = value.as_object().ok_or_else(|| Refusal::syntax("an operation is an object"))?;
    let (mut op, mut path, mut given) = (None, None, None);
    for (name, value) in object {
        match (name.to_ascii_lowercase().as_str(), value) {
            ("op", Value::String(text)) => {
                op = Some(match text.to_ascii_lowercase().as_str() {
                    "add" => Op::Add,
                    "replace" => Op::Replace,
                    "remove" => Op::Remove,
                    _ => return Err(Refusal::syntax(format!("there is no operation {text}"))),
                });
            }
            ("path", Value::String(text)) => path = Some(text.clone()),
            ("path", Value::Null) => {}
            ("value", value) => given = Some(value.clone()),
            _ => return Err(Refusal::syntax(format!("{name} of an operation is not understood"))),
        }
    }
    Ok(Operation { op: op.ok_or_else(|| Refusal::syntax("`op` is missing"))?, path, value: given })
}

fn apply(schema: &'static Schema, resource: &mut Object, operation: Operation) -> Result<(), Refusal> {
    let Operation { op, path, value } = operation;
    let Some(path) = path else {
        if op == Op::Remove {
            return Err(Refusal::of(ScimType::NoTarget, "`remove` needs a path"));
        }
        let Some(Value::Object(values)) = value else {
            return Err(Refusal::value("without a path the value is an object of attributes"));
        };
        for (name, value) in values {
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            // Entra ID writes paths for names here, and others the whole resource with its id.
            match target(schema, &name)? {
                Some(target) if target.attribute.mutability != Mutability::ReadOnly => {
                    change(schema, resource, op, &target, Some(value))?;
                }
                _ => {}
            }
        }
        return Ok(());
    };
    match target(schema, &path)? {
        Some(target) => change(schema, resource, op, &target, value),
        // Of what jit does not keep.
        None => Ok(()),
    }
}

/// `emails[type eq "work"].value`; `None` for what jit does not keep.
fn target(schema: &'static Schema, path: &str) -> Result<Option<Target>, Refusal> {
    let unknown = || Refusal::of(ScimType::InvalidPath, format!("a {} has no {path}", schema.name));
    let Some((before, after)) = path.split_once('[') else {
        return match At::parse(schema, path) {
            Some(At { attribute, part }) => Ok(Some(Target { attribute, filter: None, part })),
            None if schema.is_unused_path(path) => Ok(None),
            None => match path.split_once('.') {
                // `name.middleName`.
                Some((attribute, part))
                    if At::parse(schema, attribute).is_some() && schema.is_unused(part) =>
                {
                    Ok(None)
                }
                _ => Err(unknown()),
            },
        };
    };
    let Some(At { attribute, part: None }) = At::parse(schema, before) else {
        return if schema.is_unused_path(path) { Ok(None) } else { Err(unknown()) };
    };
    let (filter, part) = after.rsplit_once(']').ok_or_else(unknown)?;
    if attribute.kind != Type::Complex || !attribute.several {
        return Err(unknown());
    }
    let filter = Filter::of_values(schema, attribute, filter)?;
    let part = match part.strip_prefix('.') {
        None if part.is_empty() => None,
        None => return Err(unknown()),
        Some(part) => match attribute.part(part) {
            Some(part) => Some(part),
            None if schema.is_unused(part) => return Ok(None),
            None => return Err(unknown()),
        },
    };
    Ok(Some(Target { attribute, filter: Some(filter), part }))
}

fn change(
    schema: &'static Schema,
    resource: &mut Object,
    op: Op,
    target: &Target,
    value: Option<Value>,
) -> Result<(), Refusal> {
    let name = target.attribute.name;
    let fixed = || Refusal::of(ScimType::Mutability, format!("{name} cannot be changed"));
    match target.attribute.mutability {
        Mutability::ReadOnly => return Err(fixed()),
        // Said again, it is no change.
        Mutability::Immutable if op == Op::Remove || resource.get(name) != value.as_ref() => {
            return Err(fixed());
        }
        Mutability::Immutable => return Ok(()),
        Mutability::ReadWrite => {}
    }
    if op == Op::Remove && target.attribute.required && target.part.is_none() {
        return Err(Refusal::of(ScimType::Mutability, format!("{name} cannot be removed")));
    }
    if target.attribute.several {
        let mut values = match resource.remove(name) {
            Some(Value::Array(values)) => values,
            _ => Vec::new(),
        };
        change_values(schema, &mut values, op, target, value)?;
        let most = if name == "members" { MOST_MEMBERS } else { usize::MAX };
        if values.len() > most {
            return Err(Refusal::value(format!("{name} has {most} values at most")));
        }
        // What is left is checked once more, as what a client says of the whole.
        if let Some(values) = target.attribute.normalised(schema, Value::Array(values))? {
            resource.insert(name.to_owned(), values);
        }
        return Ok(());
    }
    let Some(part) = target.part else {
        match (op, value) {
            (Op::Remove, _) => drop(resource.remove(name)),
            (_, None) => return Err(Refusal::value("the value is missing")),
            (_, Some(value)) => match (target.attribute.one(schema, value)?, resource.get_mut(name)) {
                (None, _) => drop(resource.remove(name)),
                // The parts that are named; the others stay.
                (Some(Value::Object(parts)), Some(Value::Object(kept))) => kept.extend(parts),
                (Some(value), _) => drop(resource.insert(name.to_owned(), value)),
            },
        }
        return Ok(());
    };
    let mut object = match resource.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    };
    set_part(schema, &mut object, op, part, value)?;
    if !object.is_empty() {
        resource.insert(name.to_owned(), Value::Object(object));
    }
    Ok(())
}

fn set_part(
    schema: &'static Schema,
    object: &mut Object,
    op: Op,
    part: &'static Attribute,
    value: Option<Value>,
) -> Result<(), Refusal> {
    if part.mutability != Mutability::ReadWrite {
        return Err(Refusal::of(ScimType::Mutability, format!("{} cannot be changed", part.name)));
    }
    let value = match (op, value) {
        (Op::Remove, _) => None,
        (_, None) => return Err(Refusal::value("the value is missing")),
        (_, Some(value)) => part.one(schema, value)?,
    };
    match value {
        Some(value) => drop(object.insert(part.name.to_owned(), value)),
        None => drop(object.remove(part.name)),
    }
    Ok(())
}

fn change_values(
    schema: &'static Schema,
    values: &mut Vec<Value>,
    op: Op,
    target: &Target,
    value: Option<Value>,
) -> Result<(), Refusal> {
    let name = target.attribute.name;
    let Some(filter) = &target.filter else {
        if target.part.is_some() {
            let detail = format!("{name} has several values: which one is said in brackets");
            return Err(Refusal::of(ScimType::InvalidPath, detail));
        }
        let given = value.map(|value| list(schema, target.attribute, value)).transpose()?;
        match (op, given) {
            (Op::Remove, None) => values.clear(),
            // As Entra ID removes members.
            (Op::Remove, Some(given)) => {
                values.retain(|value| !given.iter().any(|given| same(given, value)));
            }
            (_, None) => return Err(Refusal::value("the value is missing")),
            (Op::Replace, Some(given)) => *values = given,
            (Op::Add, Some(given)) => {
                // One by one would be slow: a group has thousands.
                let there: HashSet<String> = values.iter().map(Value::to_string).collect();
                for value in given.into_iter().filter(|value| !there.contains(&value.to_string())) {
                    add(values, value);
                }
            }
        }
        return Ok(());
    };
    let chosen: Vec<bool> = values.iter().map(|value| filter.matches(value)).collect();
    if !chosen.contains(&true) {
        return match op {
            // Nobody is there to be removed: it is as it was asked to be.
            Op::Remove => Ok(()),
            Op::Replace => {
                Err(Refusal::of(ScimType::NoTarget, format!("no value of {name} meets the filter")))
            }
            Op::Add => {
                let none = || Refusal::of(ScimType::NoTarget, format!("no value of {name} meets the filter"));
                let mut object = filter.pattern().ok_or_else(none)?;
                match (target.part, value) {
                    (Some(part), value) => {
                        let value = value.map(|value| part.one(schema, value)).transpose()?.flatten();
                        object.extend(value.map(|value| (part.name.to_owned(), value)));
                    }
                    (None, Some(Value::Object(more))) => object.extend(more),
                    (None, _) => return Err(Refusal::value("the value is an object")),
                }
                if let Some(value) = target.attribute.one(schema, Value::Object(object))? {
                    add(values, value);
                }
                Ok(())
            }
        };
    }
    if op == Op::Remove && target.part.is_none() {
        let mut chosen = chosen.into_iter();
        values.retain(|_| !chosen.next().unwrap_or(false));
        return Ok(());
    }
    for (at, old) in values.iter_mut().enumerate() {
        if !chosen.get(at).copied().unwrap_or(false) {
            continue;
        }
        let Value::Object(object) = old else { continue };
        match target.part {
            Some(part) => set_part(schema, object, op, part, value.clone())?,
            None => {
                let given = value.clone().unwrap_or_default();
                match target.attribute.one(schema, given)? {
                    Some(Value::Object(given)) if op == Op::Add => object.extend(given),
                    Some(Value::Object(given)) => *object = given,
                    _ => return Err(Refusal::value("the value is an object")),
                }
            }
        }
    }
    Ok(())
}

/// One value, or several.
fn list(schema: &'static Schema, attribute: &'static Attribute, value: Value) -> Result<Vec<Value>, Refusal> {
    let value = if value.is_object() { Value::Array(vec![value]) } else { value };
    Ok(match attribute.normalised(schema, value)? {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    })
}

/// Two values that stand for the same: what they are is in `value`, where they have one.
fn same(one: &Value, other: &Value) -> bool {
    match (one.get("value"), other.get("value")) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Adds a value. The preferred one is the last that is said to be.
fn add(values: &mut Vec<Value>, value: Value) {
    if value.get("primary") == Some(&Value::Bool(true)) {
        for value in values.iter_mut() {
            if let Some(primary) = value.get_mut("primary") {
                *primary = false.into();
            }
        }
    }
    values.push(value);
}

#[cfg(test)]
#[path = "patch_tests.rs"]
mod tests;
