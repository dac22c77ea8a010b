//! What happened, in one sentence for people. Text of others is escaped and cut (INVARIANT 11).

use crate::audit::{Draft, EventKind as K};
use crate::domain::text::escape;

use super::notice::Notice;

/// The longest text of somebody's in a sentence, in characters.
const LONGEST: usize = 300;

/// One line of plain text.
pub(super) fn sentence(notice: &Notice) -> String {
    let words = Words { notice, draft: &notice.event.event };
    let text = words.of_kind();
    match words.why() {
        Some(why) if says_why(words.draft.kind) => format!("{text}: {why}"),
        _ => format!("{text}."),
    }
}

/// As a subject of mail: ASCII, and no text that a person has written. `in_person`: to those whom it
/// concerns, and not to a list.
pub(super) fn subject(notice: &Notice, in_person: bool) -> String {
    let draft = &notice.event.event;
    let what = match (&draft.role, &draft.resource) {
        (Some(role), Some(resource)) => format!(" {role} on {resource}"),
        (Some(role), None) => format!(" {role}"),
        _ => String::new(),
    };
    let kind = match draft.kind {
        // The last vote of the stage before, for those of the next.
        K::RequestFiled | K::ExtensionAsked | K::VoteCast if in_person => "waits for you:",
        K::RequestReminded if in_person => "still waits for you:",
        K::RequestEscalated if in_person => "waits for you now:",
        K::RequestFiled => "asked for:",
        K::RequestReminded | K::RequestEscalated => "not decided yet:",
        K::RequestApproved => "approved:",
        K::RequestDenied => "denied:",
        K::RequestCancelled => "cancelled:",
        K::RequestLapsed => "lapsed:",
        K::ExtensionApproved => "more time:",
        K::ExtensionDenied | K::ExtensionLapsed | K::ExtensionRefused => "no more time:",
        K::GrantExpired | K::GrantRevoked => "ended:",
        K::BreakGlass => "break-glass:",
        K::DebriefOverdue => "debrief overdue:",
        K::EngagementReminded => "a contract ends soon",
        K::AlertRaised => "alert",
        kind => return format!("[jit] {kind}{what}"),
    };
    format!("[jit] {kind}{what}")
}

/// The text of a mail: the sentence, and what to do.
pub(super) fn text(notice: &Notice, in_person: bool) -> String {
    let draft = &notice.event.event;
    let mut commands = Vec::new();
    if let Some(id) = draft.data.get("id").filter(|_| draft.kind == K::AlertRaised) {
        commands.push(format!("jit alert show {}", shown(id)));
    }
    if let Some(id) = draft.request {
        commands.push(format!("jit show {id}"));
        let waits = matches!(
            draft.kind,
            K::RequestFiled | K::RequestReminded | K::RequestEscalated | K::ExtensionAsked | K::VoteCast
        );
        if in_person && waits {
            commands.extend([format!("jit approve {id}"), format!("jit deny {id}")]);
        }
    }
    let mut text = format!("{}\n\n", sentence(notice));
    for command in &commands {
        text += &format!("    {command}\n");
    }
    if !commands.is_empty() {
        text.push('\n');
    }
    text += &format!("{} {}, number {} in the log\n", draft.at, draft.kind, notice.event.seq);
    text
}

/// Where the reasons are the news.
fn says_why(kind: K) -> bool {
    let text = kind.as_str();
    text.ends_with("refused") || text.ends_with("failed") || kind == K::AlertRaised
}

struct Words<'a> {
    notice: &'a Notice,
    draft: &'a Draft,
}

impl Words<'_> {
    fn who(&self) -> String {
        self.draft.actor.as_ref().map_or_else(|| "jit".to_owned(), |actor| actor.subject.to_string())
    }

    /// A value of the event's, as it may be shown.
    fn the(&self, key: &str) -> String {
        self.draft.data.get(key).map_or_else(|| "?".to_owned(), |value| shown(value))
    }

    fn and(&self, before: &str, key: &str) -> String {
        self.draft.data.get(key).map_or_else(String::new, |value| format!("{before}{}", shown(value)))
    }

    fn why(&self) -> Option<String> {
        (!self.draft.why.is_empty()).then(|| shown(&self.draft.why.join("; ")))
    }

    /// `deploy on web-1`
    fn what(&self) -> String {
        let text = |key: &str| self.draft.data.get(key).map(|value| shown(value));
        let role = self.draft.role.as_ref().map(ToString::to_string).or_else(|| text("role"));
        let resource = self.draft.resource.as_ref().map(ToString::to_string).or_else(|| text("resource"));
        match (role, resource) {
            (Some(role), Some(resource)) if resource != "-" => format!("{role} on {resource}"),
            (Some(role), _) => role,
            _ => "access".to_owned(),
        }
    }

    /// `carol's request 8a3… for deploy on web-1`
    fn request(&self) -> String {
        let whose =
            self.notice.parties.requester.as_ref().map_or_else(String::new, |name| format!("{name}'s "));
        let id = self.draft.request.map_or_else(String::new, |id| format!(" {id}"));
        format!("{whose}request{id} for {}", self.what())
    }

    #[expect(clippy::too_many_lines, reason = "one line a kind of event")]
    fn of_kind(&self) -> String {
        let (who, the) = (self.who(), |key: &str| self.the(key));
        let (request, what) = (self.request(), self.what());
        let more = || self.and(", saying: ", "comment");
        match self.draft.kind {
            K::RequestFiled => {
                let ticket = self.and(", ticket ", "ticket");
                let reason = self.draft.data.get("reason").filter(|reason| !reason.is_empty());
                let reason =
                    reason.map_or_else(String::new, |reason| format!(", because: {}", shown(reason)));
                format!("{who} asks for {what} for {}{ticket} ({request}){reason}", the("duration"))
            }
            K::RequestRefused => format!("{who} was refused {what}"),
            K::VoteCast => format!("{who} said yes to {request}{}", more()),
            K::VoteRefused => format!("the vote of {who} on {request} was refused"),
            K::VoteWithdrawn => format!("a vote on {request} does not count any more"),
            K::RequestApproved => format!("{request} is approved{}", self.and(" by ", "by")),
            K::RequestDenied => format!("{who} denied {request}{}", more()),
            K::RequestCancelled => format!("{who} cancelled {request}"),
            K::RequestLapsed => format!("{request} lapsed: nobody decided on it or used it in time"),
            K::RequestReminded => format!("{request} still waits for {}", the("who")),
            K::RequestEscalated => {
                format!("{request} was not decided in time and waits for {} now", the("who"))
            }
            K::BreakGlass => {
                format!("{who} uses break-glass: {what} without an approval; told: {}", the("announced"))
            }
            K::DebriefOverdue => {
                format!("nobody has looked at the break-glass of {request} in time: {}", the("who"))
            }
            K::DebriefClosed => {
                format!("{who} looked at the break-glass of {request}: {}{}", the("verdict"), more())
            }
            K::ExtensionAsked => {
                format!("{who} asks for {} more of {request}{}", the("by"), self.and(", because: ", "reason"))
            }
            K::ExtensionApproved => format!("more time is approved for {request}"),
            K::ExtensionDenied => format!("{who} denied more time for {request}{}", more()),
            K::ExtensionCancelled => format!("{who} needs no more time for {request}"),
            K::ExtensionLapsed => format!("nobody decided in time on more time for {request}"),
            K::ExtensionRefused => {
                format!("more time was refused for {request}{}", self.and(", because: ", "because"))
            }
            K::DelegationAdded => format!("{} may decide for {who} until {}", the("to"), the("until")),
            K::DelegationRemoved => format!("{} does not decide for {} any more", the("to"), the("from")),
            K::DelegationRefused => format!("{who} may not let {} decide in their place", the("to")),
            K::OnCallChanged => format!("on call in {} now: {}", the("group"), the("members")),
            K::CredentialIntended => format!("a credential is being made for {request}"),
            K::CredentialIssued => {
                format!("a credential was issued to {who} for {what}, until {}", the("end"))
            }
            K::CredentialFailed => format!("a credential for {request} could not be made"),
            K::CredentialRefused => format!("a credential for {request} was refused"),
            K::GrantActive => format!("{who} has {what} until {}", the("end")),
            K::GrantEnding => format!("the access of {request} is being ended{}", more()),
            K::GrantEndFailed => {
                format!(
                    "the access of {request} could not be ended yet, attempt {}: {}",
                    the("attempt"),
                    the("trouble")
                )
            }
            K::GrantExpired => format!("the access of {request} has ended: its time was up"),
            K::GrantRevoked => format!("the access of {request} has ended: it was revoked"),
            K::DriftOrphan => format!("a credential on {what} belongs to no grant; ended: {}", the("ended")),
            K::DriftMissing => format!("a credential of {request} is not where it should be"),
            K::DriftChanged => format!("a credential of {request} is not as jit made it"),
            K::AccessRefused => format!("{who} was refused {}", self.and("", "asked")).trim_end().to_owned(),
            K::LoginSucceeded => format!("{who} logged in"),
            K::LoginRefused => format!("a login{} was refused", self.and(" of ", "user")),
            K::LoggedOut if self.draft.data.contains_key("tokens") => {
                format!("{who} ended the tokens of {} ({})", the("user"), the("for"))
            }
            K::LoggedOut => format!("{who} logged out"),
            K::UserAdded => format!("{who} added the user {}", the("user")),
            K::UserEnrolment if self.draft.data.contains_key("for") => {
                format!("{who} made a token for {} ({})", the("user"), the("for"))
            }
            K::UserEnrolment => format!("{who} made a login code for {}", the("user")),
            K::UserDisabled => format!("{who} disabled the user {}", the("user")),
            K::UserSuspended => format!("{} is suspended{}", the("user"), self.and(": ", "cause")),
            K::UserReinstated => format!("{} is reinstated{}", the("user"), self.and(": ", "cause")),
            K::UserRoleGranted => format!("{who} gave {} the role {} of jit's own", the("user"), the("role")),
            K::UserRoleRemoved => {
                format!("{who} took from {} the role {} of jit's own", the("user"), the("role"))
            }
            K::DirectoryChanged => {
                let (user, group) = (self.and(": ", "user"), self.and(": group ", "group"));
                format!("{who} changed the directory{user}{group}{}", self.and(", ", "change"))
            }
            K::EngagementAdded => {
                format!(
                    "{} works for {} until {}; sponsor: {}",
                    the("user"),
                    the("company"),
                    the("until"),
                    the("sponsor")
                )
            }
            K::EngagementChanged => format!("{who} changed the engagement of {}", the("user")),
            K::EngagementExtended => {
                format!("{who} extended the engagement of {} until {}", the("user"), the("until"))
            }
            K::EngagementRefused => format!("a change to the engagement of {} was refused", the("user")),
            K::EngagementReminded => {
                format!("the engagement of {} ends in {} days, at {}", the("user"), the("days"), the("until"))
            }
            K::EngagementEnded => {
                format!("the engagement of {} has ended{}", the("user"), self.and(": ", "cause"))
            }
            K::OffboardingBegun => {
                format!("all access of {} is being ended{}", the("user"), self.and(": ", "cause"))
            }
            K::OffboardingLeg => {
                format!("offboarding of {}: {}: {}", the("user"), the("leg"), the("outcome"))
            }
            K::OffboardingDone => format!("all access of {} has ended", the("user")),
            K::TermsAccepted => {
                format!("{} accepted the terms {} {}", the("user"), the("terms"), the("version"))
            }
            K::TrainingRecorded => format!("{} completed the training {}", the("user"), the("training")),
            K::TrainingWithdrawn => format!(
                "{who} withdrew the training {} of {}{}",
                the("training"),
                the("user"),
                self.and(": ", "reason")
            ),
            K::AlertRaised => {
                format!("alert {} ({}){}", the("alert"), the("severity"), self.and(" about ", "user"))
            }
            K::AlertAnswered => {
                format!("{who} answered the alert {}: {}{}", the("alert"), the("answer"), more())
            }
            K::ReviewStarted => format!("the review {} has begun and is due {}", the("id"), the("due")),
            K::ReviewDecided => {
                format!("{who} decided in the review {}: {} {}", the("id"), the("user"), the("decision"))
            }
            K::ReviewLapsed => {
                format!("nobody reviewed {} of {} in time: it is removed", what, the("user"))
            }
            K::ReviewRestored => {
                format!("{who} gave {} back to {}, which a review had removed", what, the("user"))
            }
            K::ReviewClosed => {
                format!(
                    "the review {} is closed: {} kept, {} removed",
                    the("id"),
                    the("kept"),
                    the("removed")
                )
            }
            K::RecordingStored => format!("a recording of {request} was stored"),
            K::StatementsCollected => format!("{} statements under {request} were stored", the("statements")),
            K::NoticeFailed => match self.draft.data.get("dropped") {
                Some(dropped) => {
                    format!("the channel {} left out {}: {}", the("channel"), count(dropped), the("error"))
                }
                None => format!("the channel {} takes no notices: {}", the("channel"), the("error")),
            },
            K::EvidenceSigned => format!("{who} signed the evidence from {} to {}", the("from"), the("to")),
            K::PolicyLoaded => "a new policy is in force".to_owned(),
            K::PolicyRefused => {
                format!("a new policy was not taken into force; not granted: {}", the("held"))
            }
            K::ServerStarted => "the server started".to_owned(),
            K::ServerStopped => "the server stopped".to_owned(),
        }
    }
}

fn count(number: &str) -> String {
    if number == "1" { "1 notice".to_owned() } else { format!("{} notices", shown(number)) }
}

/// On one line, and no longer than a sentence bears.
fn shown(text: &str) -> String {
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    escape(&cut).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Event;
    use crate::delivery::Parties;
    use crate::domain::{Digest, Time};

    fn notice(kind: K, text: &str) -> Notice {
        let mut draft = Draft::new(Time::from_millis(0), kind);
        let keys = "reason comment user alert severity who announced by end error channel trouble cause held dropped";
        for key in keys.split(' ') {
            draft = draft.data(key, text);
        }
        draft.why = vec![text.to_owned()];
        draft.role = Some("deploy".parse().unwrap());
        draft.resource = Some("web-1".parse().unwrap());
        let event = Event { v: 1, seq: 0, prev: Digest::of(b""), event: draft };
        Notice::new(event, Parties { requester: Some("carol".parse().unwrap()), ..Parties::default() })
    }

    #[test]
    fn a_sentence_is_one_line_that_commands_nothing_and_is_not_endless() {
        let long = "x\u{202e}".repeat(5_000);
        for kind in K::ALL {
            for text in ["\x1b[2J\r\nBcc: all@acme.example\u{202e}\u{9b}", long.as_str()] {
                let notice = notice(*kind, text);
                let sentence = sentence(&notice);
                assert_eq!(escape(&sentence), sentence, "{kind}");
                assert!(sentence.len() < 9_000, "{kind} {}", sentence.len());
                let subject = subject(&notice, true);
                assert!(subject.is_ascii() && subject.len() < 200 && !subject.contains("Bcc"), "{subject}");
            }
        }
    }

    #[test]
    fn a_sentence_says_who_did_what() {
        let mut filed = notice(K::RequestFiled, "fix it");
        filed.event.event.actor = Some(crate::domain::Principal {
            issuer: "jit".parse().unwrap(),
            subject: "carol".parse().unwrap(),
        });
        filed.event.event.data.insert("duration".to_owned(), "1h".to_owned());
        let said = sentence(&filed);
        assert_eq!(
            said,
            "carol asks for deploy on web-1 for 1h (carol's request for deploy on web-1), because: fix it."
        );
        assert_eq!(subject(&filed, true), "[jit] waits for you: deploy on web-1");
        assert_eq!(
            sentence(&notice(K::GrantExpired, "x")),
            "the access of carol's request for deploy on web-1 has ended: its time was up."
        );
        assert_eq!(sentence(&notice(K::AlertRaised, "burst")), "alert burst (burst) about burst: burst");
    }
}
