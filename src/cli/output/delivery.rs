//! Channels, for people.

use crate::api;

use super::{Document, Lines, Page, Style, Table, Text};

impl Document for api::Channels {
    const KIND: &'static str = "channels";

    fn human(&self, page: &mut Page) {
        if self.channels.is_empty() {
            page.styled(
                &Text::new("no channels: the server was started without --channels").style(Style::Dim),
            );
            return;
        }
        let mut table =
            Table::new(["CHANNEL", "TO", "NEXT", "WAITING", "FAILING SINCE", "LEFT OUT", "ERROR"]);
        for channel in &self.channels {
            let failing = channel.failing_since.map(|at| page.moment(at).style(Style::Bad));
            table.row([
                Text::new(&channel.name),
                Text::new(&channel.to),
                Text::new(channel.next_seq),
                Text::new(channel.waiting),
                failing.unwrap_or_default(),
                Text::new(channel.dropped),
                Text::opt(channel.error.as_ref()),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.channels.iter().try_for_each(|one| lines.push("channel", one))
    }
}

impl Document for api::Replayed {
    const KIND: &'static str = "replayed";

    fn human(&self, page: &mut Page) {
        page.line(format_args!(
            "{} tells everything from number {} on again: {} events, as far as its filter lets them through",
            self.channel, self.from_seq, self.events
        ));
    }
}
