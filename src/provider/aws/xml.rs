//! The answers of STS and IAM. What is missing, stands twice or is no XML without a DTD, is no answer
//! (INVARIANT 9).

use roxmltree::{Document, Node, ParsingOptions};

/// No answer that jit asks for has more; each takes memory.
const MOST_NODES: u32 = 20_000;

/// An answer, taken apart.
pub struct Reply<'x>(Document<'x>);

impl<'x> Reply<'x> {
    /// `None` for what is not XML. DTDs are refused, and entities with them.
    pub fn parse(xml: &'x str) -> Option<Self> {
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        Document::parse_with_options(xml, options).ok().map(Self)
    }

    /// The element under `ACTIONResponse/ACTIONResult` at that path.
    fn element(&self, action: &str, path: &[&str]) -> Option<Node<'_, 'x>> {
        let root = self.0.root_element();
        if root.tag_name().name().strip_suffix("Response") != Some(action) {
            return None;
        }
        let result = only(root, &format!("{action}Result"))?;
        path.iter().try_fold(result, |node, name| only(node, name))
    }

    /// The text there; never empty.
    pub fn text(&self, action: &str, path: &[&str]) -> Option<&str> {
        text(self.element(action, path)?)
    }

    /// The texts of a list's `member`s.
    pub fn members(&self, action: &str, path: &[&str]) -> Option<Vec<&str>> {
        let list = self.element(action, path)?;
        list.children()
            .filter(Node::is_element)
            .map(|node| if node.tag_name().name() == "member" { text(node) } else { None })
            .collect()
    }
}

/// The code and the message of an error.
pub fn error(xml: &str) -> Option<(String, String)> {
    let reply = Reply::parse(xml)?;
    let root = reply.0.root_element();
    if root.tag_name().name() != "ErrorResponse" {
        return None;
    }
    // EC2 has a list around its one error, and moto has it for every service.
    let error = only(root, "Error").or_else(|| only(only(root, "Errors")?, "Error"))?;
    let message = only(error, "Message").and_then(text).unwrap_or_default();
    Some((text(only(error, "Code")?)?.to_owned(), message.to_owned()))
}

/// The one child of that name.
fn only<'a, 'x>(node: Node<'a, 'x>, name: &str) -> Option<Node<'a, 'x>> {
    let mut found = node.children().filter(|child| child.is_element() && child.tag_name().name() == name);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The text of an element that has nothing else.
fn text<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    let text = children.next().filter(Node::is_text)?.text()?.trim();
    (children.next().is_none() && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(xml: &str) -> Option<String> {
        let reply = Reply::parse(xml)?;
        reply.text("AssumeRole", &["Credentials", "AccessKeyId"]).map(str::to_owned)
    }

    #[test]
    fn what_is_hostile_missing_or_there_twice_is_no_answer() {
        let good = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
                    <Credentials><AccessKeyId>ASIA</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        assert_eq!(id(good).as_deref(), Some("ASIA"));
        let laughs =
            (0..20).map(|n| format!("<!ENTITY a{} \"&a{n};&a{n};&a{n};\">", n + 1)).collect::<String>();
        for bad in [
            "",
            "ASIA",
            &good.replace("ASIA", ""),
            &good.replace("ASIA", "<b>ASIA</b>"),
            &good.replace("ASIA", "AS<b/>IA"),
            &good.replace("<AccessKeyId>", "<AccessKeyId>x</AccessKeyId><AccessKeyId>"),
            &good.replace("<Credentials>", "<Other/><Credential>").replace("</Credentials>", "</Credential>"),
            &good.replace("AssumeRoleRes", "GetRoleRes"),
            &good.replace("</AssumeRoleResponse>", ""),
            &format!("<!DOCTYPE a [<!ENTITY a0 \"x\">{laughs}]>{}", good.replace("ASIA", "&a20;")),
            &format!(
                "<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>{}",
                good.replace("ASIA", "&a;")
            ),
            &good.replace("<Credentials>", &format!("{}<Credentials>", "<a/>".repeat(30_000))),
            &"<a>".repeat(60_000),
        ] {
            assert_eq!(id(bad), None, "{bad:.300}");
        }
    }

    #[test]
    fn an_error_has_a_code() {
        let xml = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>\
                   <RequestId>1</RequestId></ErrorResponse>";
        assert_eq!(error(xml), Some(("AccessDenied".to_owned(), "no".to_owned())));
        let listed = xml.replace("<Error>", "<Errors><Error>").replace("</Error>", "</Error></Errors>");
        assert_eq!(error(&listed), error(xml));
        assert_eq!(error(&xml.replace("Code", "Kode")), None);
        assert_eq!(error("<html/>"), None);
    }
}
