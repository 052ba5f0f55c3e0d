//! The members of an answer, in every call that reads them: what is unknown is passed over, what matters is
//! read strictly, and what an id says must be what was asked for.

use doorkey::{SecretAttributes, Status};
use doorkey_emulator::Fault;

use super::answers::{Asked, Scripted};
use super::*;

const ID: &str = r#""id":"https://demo.vault.localhost/secrets/MyTestSecret/0123456789abcdef""#;

fn attributes(members: &str) -> String {
    format!(r#"{ID},"attributes":{{{members}}}"#)
}

#[test]
fn unknown_members_are_passed_over_whatever_is_in_them() {
    let scripted = Scripted::new();
    let unknown = r#""previousVersion":"x","new":[{"a":[1,2.5e300,null,true,"\ud800"]}],"":{}"#;
    for members in [
        format!("{unknown},{ID}"),
        format!("{ID},{unknown}"),
        attributes(r#""enabled":true,"hsm":{"x":[]},"enabled2":false"#),
        // Unknown ones may even come twice.
        format!(r#"{ID},"new":1,"new":2"#),
    ] {
        for item in scripted.read(&members) {
            assert!(item.is_enabled() && item.name() == NAME);
        }
    }
}

#[test]
fn a_known_member_that_comes_twice_is_a_protocol_error() {
    let scripted = Scripted::new();
    scripted.assert_protocol(&format!("{ID},{ID}"));
    scripted.assert_protocol(&format!(r#"{ID},"attributes":{{}},"attributes":{{}}"#));
    scripted.assert_protocol(&format!(r#"{ID},"tags":{{}},"tags":{{}}"#));
    scripted.assert_protocol(&format!(r#"{ID},"contentType":"a","contentType":"a""#));
    scripted.assert_protocol(&attributes(r#""created":1,"created":2"#));
    scripted.assert_protocol(&attributes(r#""enabled":true,"enabled":false"#));
}

#[test]
fn members_that_are_null_are_members_that_are_missing() {
    let scripted = Scripted::new();
    let nulls = r#""contentType":null,"attributes":null,"tags":null,"kid":null,"managed":null,
        "recoveryId":null,"deletedDate":null,"scheduledPurgeDate":null"#;
    let no_times = r#""enabled":null,"created":null,"updated":null,"exp":null,"nbf":null,
        "recoveryLevel":null,"recoverableDays":null"#;
    for members in [format!("{ID},{nulls}"), attributes(no_times), ID.to_owned()] {
        for item in scripted.read(&members) {
            assert!(item.is_enabled() && !item.is_managed());
            assert_eq!((item.content_type(), item.key_id()), (None, None));
            assert_eq!((item.recovery_level(), item.recovery_id()), (None, None));
            assert_eq!(
                (item.created_at_unix(), item.updated_at_unix()),
                (None, None)
            );
            assert_eq!(
                (item.expires_at_unix(), item.not_before_unix()),
                (None, None)
            );
            assert_eq!(
                (item.deleted_at_unix(), item.recoverable_days()),
                (None, None)
            );
            assert_eq!(
                (item.scheduled_purge_at_unix(), item.tags().len()),
                (None, 0)
            );
        }
    }
}

#[test]
fn times_are_whole_numbers_and_fractions_before_and_after_1970() {
    let scripted = Scripted::new();
    for (written, meant) in [
        ("0", 0),
        ("-0", 0),
        ("1619572418", 1_619_572_418),
        ("1619572418.0", 1_619_572_418),
        ("1619572418.999", 1_619_572_418),
        ("1.619572418e9", 1_619_572_418),
        ("-1", -1),
        ("-0.5", -1),
        ("-62135596800", -62_135_596_800),
        ("4102444800", 4_102_444_800),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        let times =
            format!(r#""created":{written},"updated":{written},"exp":{written},"nbf":{written}"#);
        for item in scripted.read(&attributes(&times)) {
            assert_eq!(item.created_at_unix(), Some(meant), "{written}");
            assert_eq!(item.updated_at_unix(), Some(meant));
            assert_eq!(item.expires_at_unix(), Some(meant));
            assert_eq!(item.not_before_unix(), Some(meant));
        }
    }
}

#[test]
fn what_is_no_time_is_a_protocol_error() {
    let scripted = Scripted::new();
    for written in [
        "\"1619572418\"",
        "true",
        "[]",
        "{}",
        "1e300",
        "-1e300",
        "9223372036854775808",
        "18446744073709551616",
        "1e999",
        "NaN",
        "01",
        "0x10",
    ] {
        scripted.assert_protocol(&attributes(&format!(r#""created":{written}"#)));
    }
}

#[test]
fn members_of_another_kind_are_a_protocol_error() {
    let scripted = Scripted::new();
    for members in [
        format!(r#"{ID},"contentType":7"#),
        format!(r#"{ID},"tags":["a"]"#),
        format!(r#"{ID},"tags":{{"a":7}}"#),
        format!(r#"{ID},"tags":"a""#),
        format!(r#"{ID},"attributes":7"#),
        format!(r#"{ID},"managed":"yes""#),
        format!(r#"{ID},"kid":{{}}"#),
        attributes(r#""enabled":"true""#),
        attributes(r#""enabled":1"#),
        attributes(r#""recoverableDays":"90""#),
        attributes(r#""recoverableDays":99999999999"#),
        attributes(r#""recoveryLevel":7"#),
    ] {
        scripted.assert_protocol(&members);
    }
}

#[test]
fn tags_arrive_as_they_are_and_a_null_one_is_empty() {
    let scripted = Scripted::new();
    let tags = r#""tags":{"b":"2","a":null,"":"x","t\u00e9\ud83d\ude00":"\u202e\r\n"}"#;
    for item in scripted.read(&format!("{ID},{tags}")) {
        let tags: Vec<_> = item.tags().collect();
        assert_eq!(
            tags,
            [
                ("", "x"),
                ("a", ""),
                ("b", "2"),
                ("t\u{e9}\u{1F600}", "\u{202e}\r\n")
            ]
        );
    }
}

#[test]
fn a_text_with_nul_that_no_vault_stores_is_left_out() {
    let scripted = Scripted::new();
    let texts = r#""contentType":"a\u0000b","tags":{"a\u0000b":"x","c":"d\u0000","e":"f"}"#;
    for item in scripted.read(&format!("{ID},{texts}")) {
        assert_eq!(item.content_type(), None);
        assert_eq!(item.tags().collect::<Vec<_>>(), [("e", "f")]);
    }
}

#[test]
fn more_tags_than_any_secret_has_are_a_protocol_error() {
    let scripted = Scripted::new();
    let tags = |count: usize| {
        let tags: Vec<_> = (0..count).map(|n| format!(r#""t{n}":"v""#)).collect();
        format!(r#"{ID},"tags":{{{}}}"#, tags.join(","))
    };
    assert_eq!(scripted.read(&tags(256))[0].tags().len(), 256);
    scripted.assert_protocol(&tags(257));
}

#[test]
fn a_recovery_level_that_is_not_known_yet_is_told_as_it_is() {
    let scripted = Scripted::new();
    let level = r#""recoveryLevel":"Brand+New","recoverableDays":-3"#;
    for item in scripted.read(&attributes(level)) {
        assert_eq!(item.recovery_level(), Some("Brand+New"));
        assert_eq!(item.recoverable_days(), Some(-3));
    }
}

#[test]
fn an_answer_about_another_secret_is_a_protocol_error() {
    let scripted = Scripted::new();
    // A page of a vault's secrets may name any.
    let asked = Asked::ALL.into_iter().filter(|asked| *asked != Asked::Page);
    for asked in asked {
        for name in ["other", "MyTestSecret2", "MyTestSecre", "MyTestSecret-"] {
            let id = format!(r#""id":"https://demo.vault.localhost/secrets/{name}/01""#);
            let error = failure(scripted.answered(asked, &id));
            assert_eq!(error.status(), Status::Protocol, "{asked:?}: {name}");
        }
    }
}

#[test]
fn an_answer_in_other_letters_is_about_the_same_secret() {
    let scripted = Scripted::new();
    let id = r#""id":"HTTPS://DEMO.VAULT.LOCALHOST/Secrets/MYTESTSECRET/01AB""#;
    for item in scripted.read(id) {
        assert_eq!(
            (item.name(), item.version()),
            ("MYTESTSECRET", Some("01AB"))
        );
    }
}

#[test]
fn another_version_than_the_one_asked_for_is_a_protocol_error() {
    let emulator = emulator();
    let client = client(&emulator);
    let version = Some("0123456789abcdef");
    let attributes = SecretAttributes {
        is_enabled: Some(true),
        ..Default::default()
    };
    let other = r#""id":"https://demo.vault.localhost/secrets/MyTestSecret/fedcba9876543210""#;
    emulator.fault(Fault::vault().body(Asked::Get.body(other)));
    emulator.fault(Fault::vault().body(Asked::Update.body(other)));
    let operation = client.get_secret(VAULT, Some(NAME), version, &Call::default());
    let error = failure(operation.unwrap().take());
    assert!(error.message().contains("another version"), "{error}");
    let error = failure(update(&client, version, &attributes));
    assert!(error.message().contains("another version"), "{error}");
}

#[test]
fn an_id_that_is_none_of_a_secrets_is_a_protocol_error() {
    let scripted = Scripted::new();
    let long = format!("https://x/secrets/{}", "a".repeat(128));
    let longer = format!("https://x/secrets/MyTestSecret/{}", "1".repeat(65));
    let longest = format!("https://{}/secrets/MyTestSecret/1", "a.".repeat(1100));
    for id in [
        "",
        "MyTestSecret",
        "/secrets/MyTestSecret/1",
        "https://x",
        "https://x/secrets",
        "https://x/secrets/",
        "https://x/secrets//1",
        "https://x/keys/MyTestSecret/1",
        "https://x/secrets/MyTestSecret/1/2",
        "https://x/secrets/My_Test/1",
        "https://x/secrets/My%54estSecret/1",
        "https://x/secrets/MyTestSecret/1-2",
        "https://x/secrets/MyTestSecret/%31",
        "https://x/secrets/../secrets/MyTestSecret/1?",
        "http://x/secrets/MyTestSecret/1",
        "https://u@x/secrets/MyTestSecret/1",
        "https://u:p@x/secrets/MyTestSecret/1",
        "https://x/secrets/MyTestSecret/1?a=b",
        "https://x/secrets/MyTestSecret/1#a",
        "https://x/secrets/MyTest\\nSecret/1",
        "https://x/secrets/MyTest Secret/1",
        "https://x/secrets/MyT\u{e9}st/1",
        "https://x/secrets/MyTestSecret\\u0000/1",
        "javascript:secrets/MyTestSecret/1",
        // Some parsers read these as another host's, or as another path.
        "https://x\\\\@evil.example/../secrets/MyTestSecret/1",
        "https:\\\\x\\secrets\\MyTestSecret\\1",
        "https:x/secrets/MyTestSecret/1",
        "https://@x/secrets/MyTestSecret/1",
        "https://x/a/../secrets/MyTestSecret/1",
        "https://x/./secrets/MyTestSecret/1",
        "https://%78/secrets/MyTestSecret/1",
        "https://x/certificates/MyTestSecret/1",
        "https://x/deletedsecrets/MyTestSecret/1",
        &long,
        &longer,
        &longest,
    ] {
        // Of the vault that is asked, or that alone would be the reason.
        let id = id.replace("//x", "//demo.vault.localhost");
        let id = id.replace("@x", "@demo.vault.localhost");
        scripted.assert_protocol(&format!(r#""id":"{id}""#));
    }
    scripted.assert_protocol(&format!(
        r#"{ID},"recoveryId":"https://demo.vault.localhost/keys/MyTestSecret""#
    ));
    scripted.assert_protocol(r#""id":null"#);
    scripted.assert_protocol(r#""id":7"#);
    scripted.assert_protocol(r#""name":"MyTestSecret""#);
}

#[test]
fn a_text_that_is_longer_than_any_secrets_is_a_protocol_error() {
    let scripted = Scripted::new();
    let long = "x".repeat(2049);
    for member in [
        format!(r#""contentType":"{long}""#),
        format!(r#""kid":"{long}""#),
        format!(r#""attributes":{{"recoveryLevel":"{long}"}}"#),
        format!(r#""tags":{{"{long}":"v"}}"#),
        format!(r#""tags":{{"t":"{long}"}}"#),
    ] {
        scripted.assert_protocol(&format!("{ID},{member}"));
    }
}

#[test]
fn an_id_of_another_vault_is_a_protocol_error() {
    let scripted = Scripted::new();
    for host in [
        "prod.vault.azure.net",
        "demo.vault.azure.net",
        "demo.vault.localhost.example",
        "evil.example",
        "8.8.8.8",
    ] {
        let id = format!("https://{host}/secrets/MyTestSecret/0123456789abcdef");
        scripted.assert_protocol(&format!(r#""id":"{id}""#));
        let recovery = format!("https://{host}/deletedsecrets/MyTestSecret");
        scripted.assert_protocol(&format!(r#"{ID},"recoveryId":"{recovery}""#));
    }
}

#[test]
fn an_id_with_another_port_or_name_of_this_machine_is_the_vaults() {
    let scripted = Scripted::new();
    for host in [
        "DEMO.vault.localhost:8443",
        "localhost:1",
        "127.0.0.1",
        "[::1]:9",
    ] {
        let id = format!("https://{host}/secrets/MyTestSecret/0123456789abcdef");
        for item in scripted.read(&format!(r#""id":"{id}""#)) {
            assert_eq!(item.id(), id);
        }
    }
}

#[test]
fn a_secret_without_a_value_is_a_protocol_error() {
    let emulator = emulator();
    let client = client(&emulator);
    let large = format!(r#""{}""#, "x".repeat(64 * 1024 + 1));
    for value in ["null", "7", "true", "[]", "{}", "\"\\ud800\"", &large] {
        let body = format!(r#"{{"value":{value},{ID}}}"#);
        emulator.fault(Fault::vault().body(body));
        let error = failure(get(&client, NAME));
        assert_eq!(error.status(), Status::Protocol);
    }
    for body in [
        format!("{{{ID}}}"),
        format!(r#"{{"value":"a","value":"b",{ID}}}"#),
        format!(r#"{{"Value":"a",{ID}}}"#),
    ] {
        emulator.fault(Fault::vault().body(body.clone()));
        let error = failure(get(&client, NAME));
        assert_eq!(error.status(), Status::Protocol, "{body}");
    }
}

#[test]
fn a_secret_without_a_version_is_a_protocol_error() {
    let scripted = Scripted::new();
    let id = r#""id":"https://demo.vault.localhost/secrets/MyTestSecret""#;
    for asked in [Asked::Get, Asked::Set, Asked::Versions] {
        let error = failure(scripted.answered(asked, id));
        assert_eq!(error.status(), Status::Protocol, "{asked:?}");
        assert!(error.message().contains("no version"), "{error}");
    }
    for asked in [Asked::Page, Asked::Update, Asked::GetDeleted] {
        assert_eq!(scripted.answered(asked, id).unwrap().version(), None);
    }
}

#[test]
fn a_page_without_a_list_is_a_protocol_error() {
    let emulator = emulator();
    let client = client(&emulator);
    for body in [
        r#"{"nextLink":null}"#,
        r#"{"value":null,"nextLink":null}"#,
        r#"{"value":{}}"#,
        r#"{"value":"x"}"#,
        r#"{"value":[null]}"#,
        r#"{"value":[7]}"#,
        r#"{"value":[{}]}"#,
        r#"{"value":[],"value":[]}"#,
        r#"{"value":[],"nextLink":null,"nextLink":null}"#,
        "[[],null]",
    ] {
        emulator.fault(Fault::vault().body(body));
        let error = failure(page(&list(&client).unwrap()));
        assert_eq!(error.status(), Status::Protocol, "{body}");
    }
}

#[test]
fn one_bad_item_makes_a_page_bad_and_none_of_it_is_given_out() {
    let emulator = emulator();
    let bad = r#"{"id":"https://x/secrets/My_Test"}"#;
    let body = format!(r#"{{"value":[{{{ID}}},{bad}]}}"#);
    emulator.fault(Fault::vault().body(body));
    let pager = list(&client(&emulator)).unwrap();
    assert_eq!(failure(page(&pager)).status(), Status::Protocol);
    assert_eq!(names(&page(&pager).unwrap()), [NAME]);
}
