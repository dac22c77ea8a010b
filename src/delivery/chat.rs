//! Slack and Teams: a message in plain text. Neither form is given any markup to read: a person's text is
//! shown as it is, links to nothing and calls nobody.

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::domain::Time;

use super::channel::Sink;
use super::config::{Chat, ChatForm, web_url};
use super::notice::Notice;
use super::webhook::{Caller, read_secret};
use super::{Failure, Pace, words};

/// The longest text of a block of Slack's, in characters; Teams takes more.
const LONGEST: usize = 3000;

pub(super) struct ChatSink {
    to: Chat,
    caller: Caller,
}

impl ChatSink {
    pub fn new(to: Chat, pace: Pace) -> Self {
        let caller = Caller::new(to.allow_private, to.ca_file.clone(), pace);
        Self { to, caller }
    }
}

#[async_trait]
impl Sink for ChatSink {
    async fn send(&mut self, notices: &[Notice], _: Time) -> Result<(), Failure> {
        for notice in notices {
            let secret = read_secret(&self.to.secret_file)?;
            let url = web_url(&secret, self.to.allow_private).map_err(|(why, _)| {
                Failure::channel(format!("the URL in {}: {why}", crate::files::shown(&self.to.secret_file)))
            })?;
            let body = body(self.to.form, &words::sentence(notice)).to_string();
            let call = |client: &reqwest::Client| {
                client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body)
            };
            self.caller.call(&url, call).await?;
        }
        Ok(())
    }
}

fn body(form: ChatForm, sentence: &str) -> Value {
    let text: String = sentence.chars().take(LONGEST).collect();
    match form {
        // `text` is what a notification shows; in it `<` would begin a link or call a whole channel.
        ChatForm::Slack => json!({
            "text": text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text, "emoji": false}}],
            "unfurl_links": false,
            "unfurl_media": false,
        }),
        // A text run has no Markdown; `{{` would begin a function of the card's.
        ChatForm::Teams => json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [{
                        "type": "RichTextBlock",
                        "inlines": [{"type": "TextRun", "text": text.replace("{{", "{ {")}],
                    }],
                },
            }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "<!channel> <http://evil|click> *b* [x](http://evil) {{DATE(x)}} & <at>all</at>";

    #[test]
    fn text_in_slack_calls_nobody_and_links_to_nothing() {
        let body = body(ChatForm::Slack, HOSTILE);
        assert!(!body["text"].as_str().unwrap().contains(['<', '>']));
        assert!(body["text"].as_str().unwrap().contains("&amp;"));
        let block = &body["blocks"][0]["text"];
        assert_eq!((&block["type"], &block["text"]), (&"plain_text".into(), &HOSTILE.into()));
    }

    #[test]
    fn text_in_teams_is_in_a_run_without_markdown_and_without_functions() {
        let body = body(ChatForm::Teams, HOSTILE);
        let run = &body["attachments"][0]["content"]["body"][0]["inlines"][0];
        assert_eq!(run["type"], "TextRun");
        assert!(!run["text"].as_str().unwrap().contains("{{"));
    }

    #[test]
    fn a_text_is_no_longer_than_a_block_may_be() {
        let body = body(ChatForm::Slack, &"数".repeat(10_000));
        assert_eq!(body["blocks"][0]["text"]["text"].as_str().unwrap().chars().count(), LONGEST);
    }
}
