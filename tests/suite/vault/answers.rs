//! Answers that make no sense, and answers that only look odd, to every kind of call: a clear error without a
//! word of the body, or the right result. Whole answers are here, their members in members.rs.

use std::time::Duration;

use doorkey::{Call, SecretAttributes, Status};
use doorkey_emulator::{Denied, Emulator, Fault};

use super::*;

const SENTINEL: &str = "S3NT1NEL-of-a-body";

/// More than is ever taken of an answer.
const TOO_LARGE: usize = doorkey::limits::REMOTE_ANSWER_BYTES_MAX + 1;

/// Every answer without sense.
fn nonsense() -> Vec<(&'static str, Fault)> {
    let fault = Fault::vault;
    let html = format!("<html>{SENTINEL}</html>");
    let object = format!(r#"{{"value":"{SENTINEL}"}}"#);
    let list = format!(r#"["{SENTINEL}"]"#);
    let wrong = format!(r#"{{"value":7,"id":7,"x":"{SENTINEL}"}}"#);
    vec![
        ("HTML", fault().content_type("text/html").body(html.clone())),
        ("HTML said to be JSON", fault().body(html)),
        ("empty", fault().body("")),
        ("blank", fault().body(" \r\n")),
        ("null", fault().body("null")),
        ("a text", fault().body(format!("\"{SENTINEL}\""))),
        ("a list", fault().body(list)),
        ("no members", fault().body("{}")),
        ("wrong members", fault().body(wrong)),
        ("more behind it", fault().body(format!("{object}{object}"))),
        (
            "a mark before it",
            fault().body(format!("\u{feff}{object}")),
        ),
        (
            "not UTF-8",
            fault().body(b"{\"value\":\"\xff\xfe\"}".to_vec()),
        ),
        ("deep nesting", fault().body("[".repeat(100_000))),
        ("deeper nesting", fault().body("{\"value\":".repeat(50_000))),
        ("cut off", fault().truncate_body(40)),
        ("cut off at once", fault().truncate_body(0)),
        ("cut off in JSON", fault().body(object[..20].to_owned())),
        ("too large", fault().oversized(TOO_LARGE)),
        ("endless", fault().oversized(TOO_LARGE).chunked()),
        ("gzip", fault().header("Content-Encoding", "gzip")),
        (
            "br, deflate",
            fault().header("Content-Encoding", "br, deflate"),
        ),
        ("another success", fault().status(206).body(SENTINEL)),
        ("no content", fault().status(204).body("")),
        (
            "a redirect",
            fault().status(302).header("Location", "/elsewhere"),
        ),
        ("an unknown refusal", fault().status(418).body(SENTINEL)),
    ]
}

#[test]
fn an_answer_without_sense_is_a_protocol_error_without_the_body_for_every_call() {
    let emulator = emulator();
    let client = client(&emulator);
    for asked in Asked::ALL {
        for (what, fault) in nonsense() {
            emulator.clear_faults();
            emulator.reset_requests();
            emulator.fault(fault.always());
            let error = failure(asked.ask(&client));
            assert_eq!(
                error.status(),
                Status::Protocol,
                "{asked:?}, {what}: {error}"
            );
            assert!(!format!("{error:?}").contains("S3NT"), "{asked:?}, {what}");
            assert_eq!(emulator.requests().vault, 1, "{asked:?}, {what}");
            assert!(advice(&error).len() > 10, "{asked:?}, {what}: {error}");
        }
    }
}

#[test]
fn an_answer_that_only_looks_odd_is_read_for_every_call() {
    for asked in Asked::ALL {
        for fault in [
            Fault::vault().chunked(),
            Fault::vault().content_type("text/html"),
            Fault::vault().content_type(""),
            Fault::vault().header("Content-Encoding", "identity"),
            Fault::vault().slow_drip(16, Duration::from_millis(1)),
            Fault::vault().header("x-ms-request-id", "a b"),
            Fault::vault().header("Set-Cookie", "a=b"),
        ] {
            let emulator = emulator();
            if asked == Asked::GetDeleted {
                emulator.delete_secret(None, NAME);
            }
            emulator.fault(fault);
            let item = asked.ask(&client(&emulator)).unwrap();
            assert_eq!(item.name(), NAME, "{asked:?}");
            assert_eq!(emulator.requests().vault, 1, "{asked:?}");
        }
    }
}

#[test]
fn a_set_answered_without_sense_says_that_it_may_have_taken_effect() {
    let emulator = emulator();
    let client = client(&emulator);
    let mut versions = 0;
    for (what, fault) in nonsense() {
        // What follows is no success: a vault that has set something does not say so.
        if ["a redirect", "an unknown refusal"].contains(&what) {
            continue;
        }
        emulator.fault(fault.after_effect());
        let error = failure(set(&client, OTHER, "v"));
        assert_eq!(error.status(), Status::Protocol);
        assert!(advice(&error).contains(MAY_HAVE_WORKED), "{what}: {error}");
        versions += 1;
        assert_eq!(stored(&emulator, OTHER).len(), versions, "{what}");
    }
}

#[test]
fn an_answer_that_drips_past_the_deadline_times_out_for_every_call() {
    for asked in Asked::ALL {
        let error = timed_out(|call| {
            let emulator = emulator();
            let drip = Fault::vault().slow_drip(1, Duration::from_millis(200));
            emulator.fault(drip.always());
            let error = failure(asked.ask_with(&client(&emulator), call));
            (emulator.requests().vault == 1).then_some(error)
        });
        assert_eq!(error.status(), Status::Timeout, "{asked:?}: {error}");
        let may_have = advice(&error).contains(MAY_HAVE_WORKED);
        assert_eq!(may_have, asked == Asked::Set, "{asked:?}: {error}");
    }
}

#[test]
fn a_gateway_that_fails_is_a_service_that_is_not_available() {
    for asked in Asked::ALL {
        for status in [502, 504] {
            let emulator = emulator();
            let clock = TestClock::new();
            let page = Fault::vault().status(status).content_type("text/html");
            emulator.fault(page.always().body(format!("<html>{SENTINEL}</html>")));
            let error = failure(asked.ask(&client_on(&emulator, &clock)));
            assert_eq!(error.status(), Status::ServiceUnavailable);
            assert_eq!(error.http_status(), Some(status));
            assert!(!format!("{error:?}").contains(SENTINEL), "{error}");
        }
    }
}

#[test]
fn a_refusal_is_told_in_the_services_words_for_every_call() {
    for asked in Asked::ALL {
        let emulator = emulator();
        emulator.fault(Fault::vault().denied(Denied::Firewall));
        let error = failure(asked.ask(&client(&emulator)));
        assert_eq!(error.status(), Status::Forbidden);
        assert_eq!(error.inner_code(), Some("ForbiddenByFirewall"));
        assert!(error.message().contains("Client address"), "{error}");
        assert!(error.request_id().is_some());
    }
}

#[test]
fn a_long_or_odd_refusal_gives_a_bounded_plain_message_for_every_call() {
    let message = "m\u{202e} \u{0}".repeat(30_000);
    let message = serde_json::to_string(&message).unwrap();
    let body = format!(r#"{{"error":{{"code":"BadParameter","message":{message}}}}}"#);
    for asked in Asked::ALL {
        let emulator = emulator();
        emulator.fault(Fault::vault().status(400).body(body.clone()));
        let error = failure(asked.ask(&client(&emulator)));
        assert_eq!(error.status(), Status::Rejected);
        assert!(error.message().len() < 1500);
        assert!(!error.message().contains(['\0', '\u{202e}']));
    }
}

#[test]
fn a_refusal_that_repeats_its_members_or_nests_its_reasons_is_still_a_refusal() {
    let nested = format!(
        "{}null{}",
        r#"{"code":"A","innererror":"#.repeat(60),
        "}".repeat(60)
    );
    for body in [
        r#"{"error":{"code":"BadParameter","code":"Other","message":"m"}}"#.to_owned(),
        format!(r#"{{"error":{{"code":"BadParameter","innererror":{nested}}}}}"#),
        r#"{"error":{"code":7}}"#.to_owned(),
        r#"{"error":null}"#.to_owned(),
    ] {
        let emulator = emulator();
        emulator.fault(Fault::vault().status(400).body(body.clone()));
        let error = failure(get(&client(&emulator), NAME));
        let is_clear = matches!(error.status(), Status::Rejected | Status::Protocol);
        assert!(
            is_clear && error.http_status() == Some(400),
            "{body}: {error}"
        );
    }
}

/// A call whose answer is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Get,
    Page,
    Versions,
    Set,
    Update,
    GetDeleted,
}

impl Asked {
    pub const ALL: [Self; 6] = [
        Self::Get,
        Self::Page,
        Self::Versions,
        Self::Set,
        Self::Update,
        Self::GetDeleted,
    ];

    pub fn ask(self, client: &Client) -> Result<SecretProperties> {
        self.ask_with(client, &Call::default())
    }

    /// What the answer says of the tutorial's secret, or of the first item of a list.
    fn ask_with(self, client: &Client, call: &Call) -> Result<SecretProperties> {
        let name = Some(NAME);
        let attributes = SecretAttributes {
            is_enabled: Some(true),
            ..SecretAttributes::default()
        };
        let first = |pager: Result<Pager<SecretProperties>>| {
            let mut items = page(&pager?)?;
            assert_eq!(items.len(), 1, "{items:?}");
            Ok(items.remove(0))
        };
        let known = |secret: Secret| secret.properties().clone();
        match self {
            Self::Get => client
                .get_secret(VAULT, name, None, call)?
                .take()
                .map(known),
            Self::Set => {
                let value = Sensitive::new(b"v");
                let operation = client.set_secret(VAULT, name, value, &attributes, call)?;
                operation.take().map(known)
            }
            Self::Update => {
                let operation = client.update_secret(VAULT, name, None, &attributes, call)?;
                operation.take()
            }
            Self::Page => first(client.list_secrets(VAULT, call)),
            Self::Versions => first(client.list_versions(VAULT, name, call)),
            Self::GetDeleted => client.get_deleted_secret(VAULT, name, call)?.take(),
        }
    }

    /// A body of the right kind with these members, written as JSON: of a secret, or of the one item of a page.
    pub fn body(self, members: &str) -> String {
        match self {
            Self::Get | Self::Set => format!(r#"{{"value":"v",{members}}}"#),
            Self::Update | Self::GetDeleted => format!("{{{members}}}"),
            Self::Page | Self::Versions => {
                format!(r#"{{"value":[{{{members}}}],"nextLink":null}}"#)
            }
        }
    }
}

/// A vault that answers as it is told, once.
pub struct Scripted {
    emulator: Emulator,
    client: Client,
}

impl Scripted {
    pub fn new() -> Self {
        let emulator = emulator();
        let client = client(&emulator);
        Self { emulator, client }
    }

    /// What comes of an answer with these members.
    pub fn answered(&self, asked: Asked, members: &str) -> Result<SecretProperties> {
        let body = asked.body(members);
        self.emulator.fault(Fault::vault().body(body));
        asked.ask(&self.client)
    }

    /// What every kind of call reads from these members.
    pub fn read(&self, members: &str) -> Vec<SecretProperties> {
        let read = |asked: Asked| {
            let answered = self.answered(asked, members);
            answered.unwrap_or_else(|error| panic!("{asked:?}: {members}: {error}"))
        };
        Asked::ALL.into_iter().map(read).collect()
    }

    /// No kind of call takes these members.
    pub fn assert_protocol(&self, members: &str) {
        for asked in Asked::ALL {
            let error = failure(self.answered(asked, members));
            assert_eq!(error.status(), Status::Protocol, "{asked:?}: {members}");
        }
    }
}
