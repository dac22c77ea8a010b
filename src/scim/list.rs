//! Queries and the pages that answer them (RFC 7644, section 3.4.2).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Refusal;

/// Resources on a page at most.
pub const MOST_RESULTS: usize = 200;
/// Where a client does not say.
const USUAL_RESULTS: usize = 100;

/// The parameters of a GET, and the body of a `.search`. Sorting is not supported, so `sortBy` is taken and
/// does nothing, as the RFC has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Query {
    pub filter: Option<String>,
    pub start_index: Option<i64>,
    pub count: Option<i64>,
    #[serde(default)]
    pub attributes: Names,
    #[serde(default)]
    pub excluded_attributes: Names,
}

/// A list of attributes: with commas in a query, an array in a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    #[default]
    None,
    Commas(String),
    Array(Vec<String>),
}

impl Names {
    pub fn list(&self) -> Vec<&str> {
        let all: Vec<&str> = match self {
            Self::None => Vec::new(),
            Self::Commas(text) => text.split(',').collect(),
            Self::Array(list) => list.iter().map(String::as_str).collect(),
        };
        all.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect()
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResponse {
    schemas: [&'static str; 1],
    total_results: usize,
    start_index: usize,
    items_per_page: usize,
    #[serde(rename = "Resources")]
    resources: Vec<Value>,
}

const LIST: [&str; 1] = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"];

impl ListResponse {
    /// All in one page: what is few and fixed.
    pub fn all(resources: Vec<Value>) -> Self {
        let total = resources.len();
        Self { schemas: LIST, total_results: total, start_index: 1, items_per_page: total, resources }
    }

    /// The page that the query asks for, out of all that match.
    pub fn page<T>(query: &Query, found: Vec<T>, show: impl FnMut(T) -> Value) -> Self {
        let start = usize::try_from(query.start_index.unwrap_or(1).max(1)).unwrap_or(usize::MAX);
        let count = query.count.map_or(USUAL_RESULTS, |count| usize::try_from(count.max(0)).unwrap_or(0));
        let total = found.len();
        let page = found.into_iter().skip(start - 1).take(count.min(MOST_RESULTS));
        let resources: Vec<Value> = page.map(show).collect();
        Self {
            schemas: LIST,
            total_results: total,
            start_index: start,
            items_per_page: resources.len(),
            resources,
        }
    }
}

/// The body of a `.search`.
pub fn search(bytes: &[u8]) -> Result<Query, Refusal> {
    const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    let body = super::json::object(bytes)?;
    let named =
        body.get("schemas").and_then(Value::as_array).is_some_and(|urns| urns.contains(&SEARCH.into()));
    if !named {
        return Err(Refusal::syntax(format!("`schemas` is not [{SEARCH:?}]")));
    }
    serde_json::from_value(Value::Object(body)).map_err(|error| Refusal::syntax(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(start_index: Option<i64>, count: Option<i64>) -> (usize, usize, Vec<Value>) {
        let query = Query { start_index, count, ..Query::default() };
        let page = ListResponse::page(&query, (1..=300).collect(), Value::from);
        assert_eq!(page.total_results, 300);
        assert_eq!(page.items_per_page, page.resources.len());
        (page.start_index, page.items_per_page, page.resources)
    }

    #[test]
    fn a_page_begins_at_one_and_is_bounded_whatever_is_asked_for() {
        assert_eq!(page(None, None).1, 100);
        assert_eq!(page(Some(-5), Some(2)), (1, 2, vec![1.into(), 2.into()]));
        assert_eq!(page(Some(299), Some(10)), (299, 2, vec![299.into(), 300.into()]));
        assert_eq!(page(Some(i64::MAX), Some(i64::MAX)).1, 0);
        assert_eq!(page(Some(1), Some(i64::MAX)).1, 200);
        assert_eq!(page(Some(1), Some(0)).1, 0);
        assert_eq!(page(Some(i64::MIN), Some(i64::MIN)).1, 0);
    }
}
