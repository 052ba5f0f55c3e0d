//! A value that is set, a backup that is restored, what was read: in no error, no Debug output and no log
//! line, whatever a service says. Tokens are in leaks.rs.

use std::fmt::Write;

use doorkey::{Call, SecretAttributes, Sensitive, Status};
use doorkey_emulator::{Denied, Emulator, Fault};
use serde_json::json;

use super::answers::Asked;
use super::*;
use crate::leaks::everything;
use crate::logs;

const SENTINEL: &str = "S3NT1NEL-secret-value";

/// A refusal that repeats this text wherever it can.
fn echoing(status: u16, text: &str) -> Fault {
    let said = json!({"error": {
        "code": text,
        "message": format!("cannot read '{text}' of {{\"value\":\"{text}\"}}, {text}{text}"),
        "innererror": {"code": text, "innererror": {"code": text}},
    }});
    let fault = Fault::vault().status(status).body(said.to_string());
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => fault.header("x-ms-request-id", text),
        false => fault,
    }
}

const REFUSALS: [u16; 10] = [400, 401, 403, 404, 405, 409, 413, 418, 500, 502];

#[test]
fn a_value_that_the_service_repeats_comes_back_in_no_error() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for status in REFUSALS {
        emulator.fault(echoing(status, SENTINEL).always());
        let text = everything(&failure(set(&client, NAME, SENTINEL)));
        assert!(!text.contains("S3NT1NEL"), "{status}: {text}");
        emulator.clear_faults();
    }
}

#[test]
fn a_value_that_is_repeated_in_another_writing_comes_back_in_no_error() {
    let value = "S3NT1NEL+/ \u{e9}=value";
    let whole = json!({"value": value}).to_string();
    let emulator = emulator();
    let client = client(&emulator);
    for said in [
        whole,
        format!("...{}...", &value[..11]),
        "S3NT1NEL%2B%2F+%C3%A9%3Dvalue".to_owned(),
        format!("Authorization: Bearer {value}"),
        format!("{}{value}", "m ".repeat(508)),
    ] {
        emulator.fault(echoing(400, &said));
        let text = everything(&failure(set(&client, NAME, value)));
        assert!(!text.contains("S3NT1NEL"), "{text}");
    }
}

#[test]
fn a_connection_string_that_comes_back_as_part_of_an_address_is_in_no_error_to_its_end() {
    let value = "Protocol=https;AccountKey=Eby8vdM02x/CXJ1+UzFT==;Suffix=S3NT1NEL net";
    let strict =
        "Protocol%3Dhttps%3BAccountKey%3DEby8vdM02x%2FCXJ1%2BUzFT%3D%3D%3BSuffix%3DS3NT1NEL%20net";
    let emulator = emulator();
    let client = client(&emulator);
    for said in [
        strict.to_owned(),
        strict.replace("%3D", "%3d").replace("%2F", "%2f"),
        strict.replace("%20", "+"),
    ] {
        emulator.fault(echoing(400, &said));
        let text = everything(&failure(set(&client, NAME, value)));
        for part in ["Account", "Eby8", "UzFT", "Suffix", "S3NT1NEL"] {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }
}

/// As somebody else writes it: only ASCII, and a slash escaped as well.
fn as_other_json(value: &str) -> String {
    let json = json!({"value": value}).to_string().replace('/', "\\/");
    let escaped = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => format!("\\u{:04x}", u32::from(c)),
    };
    json.chars().map(escaped).collect()
}

#[test]
fn a_value_with_lines_quotes_or_marks_comes_back_in_no_error() {
    let emulator = emulator();
    let client = client(&emulator);
    for value in [
        "-----BEGIN PRIVATE KEY-----\r\nS3NT1NEL-1\r\n-----END PRIVATE KEY-----\r\n",
        "first line\nS3NT1NEL-2",
        "ab\"cd-S3NT1NEL-3",
        "C:\\path\\S3NT1NEL-4",
        "pass\u{200b}-S3NT1NEL-5",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}S3NT1NEL-6",
        "a<b>&S3NT1NEL-7",
        "a/S3NT1NEL-8",
    ] {
        let html = value.replace('&', "&amp;").replace('<', "&lt;");
        for said in [
            value.to_owned(),
            json!({"value": value}).to_string(),
            as_other_json(value),
            html.replace('"', "&quot;"),
        ] {
            emulator.fault(echoing(400, &said));
            let text = everything(&failure(set(&client, NAME, value)));
            assert!(!text.contains("S3NT1NEL"), "{text}");
        }
    }
}

#[test]
fn a_masked_value_leaves_the_rest_of_the_message_readable() {
    let emulator = emulator();
    let said = format!(r#"{{"error":{{"code":"BadParameter","message":"'{SENTINEL}' is bad"}}}}"#);
    emulator.fault(Fault::vault().status(400).body(said));
    let error = failure(set(&client(&emulator), NAME, SENTINEL));
    assert!(error.message().ends_with(": '****' is bad"), "{error}");
    assert_eq!(error.code(), Some("BadParameter"));
}

#[test]
fn a_backup_that_the_service_repeats_comes_back_in_no_error() {
    let emulator = emulator();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    let blob = backup(&client, NAME).unwrap();
    let blob = blob.as_str().unwrap();
    for status in REFUSALS {
        emulator.fault(echoing(status, blob).always());
        let text = everything(&failure(restore(&client, blob.as_bytes())));
        assert!(!text.contains(&blob[..20]), "{status}: {text}");
        emulator.clear_faults();
    }
}

#[test]
fn a_value_in_an_answer_that_is_at_fault_is_in_no_error() {
    let id = r#""id":"https://demo.vault.localhost/secrets/other/01""#;
    for asked in Asked::ALL {
        for body in [
            SENTINEL.to_owned(),
            format!(r#"{{"value":"{SENTINEL}"}}"#),
            format!(r#"{{"value":"{SENTINEL}",{id}}}"#),
            format!(r#"{{"value":"{SENTINEL}","value":"{SENTINEL}"}}"#),
            format!(r#"{{"value":[{{"value":"{SENTINEL}","id":"{SENTINEL}"}}]}}"#),
            format!(r#"{{"value":[],"nextLink":"http://{SENTINEL}/{SENTINEL}"}}"#),
            format!(r#"{{"id":"https://x/secrets/{NAME}/01","tags":{{"{SENTINEL}":7}}}}"#),
            format!(r#"{{"value":"{SENTINEL}"#),
        ] {
            let emulator = emulator();
            emulator.fault(Fault::vault().body(body.clone()));
            let error = failure(asked.ask(&client(&emulator)));
            assert_eq!(error.status(), Status::Protocol, "{asked:?}: {body}");
            let text = everything(&error).to_ascii_lowercase();
            assert!(!text.contains("s3nt1nel"), "{asked:?}: {text}");
        }
    }
}

#[test]
fn a_refused_value_is_not_in_the_refusal() {
    let emulator = emulator();
    let client = client(&emulator);
    let error = failure(set(&client, NAME, &SENTINEL.repeat(2000)));
    assert!(!everything(&error).contains("S3NT"));
    let no_text = [SENTINEL.as_bytes(), b"\xff"].concat();
    let attributes = SecretAttributes::default();
    let call = Call::default();
    let value = Sensitive::new(&no_text);
    let error = failure(client.set_secret(VAULT, Some(NAME), value, &attributes, &call));
    assert!(!everything(&error).contains("S3NT"));
    let no_blob = format!("{SENTINEL} {SENTINEL}");
    let error = failure(restore(&client, no_blob.as_bytes()));
    assert!(!everything(&error).contains("S3NT"));
}

#[test]
fn nothing_that_holds_a_value_shows_it() {
    let emulator = Emulator::builder().secret(NAME, SENTINEL).start().unwrap();
    let client = client(&emulator);
    let (call, names) = (Call::default(), [NAME, OTHER]);
    let many = client.get_secrets(Some(VAULT), &names, &call).unwrap();
    many.wait(None).unwrap();
    let streamed = client.stream_secrets(Some(VAULT), &names, &call).unwrap();
    let mut text = format!("{many:?} {streamed:?}");
    let results = many.take().unwrap();
    write!(text, "{results:?} {results:#?}").unwrap();
    write!(text, "{:?}", rest(&streamed).unwrap()).unwrap();
    let value = Sensitive::new(SENTINEL.as_bytes());
    let attributes = SecretAttributes::default();
    write!(text, "{value:?} {value:#?}").unwrap();
    let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &call);
    let operation = operation.unwrap();
    write!(text, "{operation:?}").unwrap();
    let secret = operation.take().unwrap();
    write!(text, "{secret:?} {secret:#?} {:?}", secret.properties()).unwrap();
    let blob = client.backup_secret(VAULT, Some(NAME), &call).unwrap();
    write!(text, "{blob:?} {client:?}").unwrap();
    let blob = blob.take().unwrap();
    write!(text, "{blob:?}").unwrap();
    assert!(!text.contains(SENTINEL), "{text}");
    assert!(!text.contains(blob.as_str().unwrap()), "{text}");
}

#[test]
fn one_bad_name_of_many_shows_nothing_of_the_others() {
    let emulator = Emulator::builder().secret(NAME, SENTINEL).start().unwrap();
    let client = client(&emulator);
    emulator.fault(Fault::vault().target_contains(OTHER).denied(Denied::Rbac));
    let names = [NAME, OTHER, "a b"];
    let operation = client.get_secrets(Some(VAULT), &names, &Call::default());
    let results = operation.unwrap().take().unwrap();
    assert_eq!(
        results[0].as_ref().unwrap().value().as_str(),
        Some(SENTINEL)
    );
    for result in &results[1..] {
        assert!(!everything(result.as_ref().unwrap_err()).contains("S3NT1NEL"));
    }
}

#[test]
fn no_log_line_holds_a_value_a_backup_or_a_skip_token() {
    const VALUE: &str = "S3NT1NEL-value-for-the-logs";
    const LINK: &str = "S3NT1NEL-link-for-the-logs";
    logs::listen();
    let secrets = (0..30).map(|n| (format!("s{n:02}"), VALUE));
    let emulator = Emulator::builder().secrets(secrets).start().unwrap();
    let clock = TestClock::new();
    let client = client_on(&emulator, &clock);
    for fault in [
        Fault::vault().status(429),
        echoing(400, VALUE),
        Fault::vault().body(VALUE),
        Fault::vault().after_effect().drop_connection(),
    ] {
        emulator.fault(fault);
        let _ = set(&client, NAME, VALUE);
    }
    set(&client, NAME, VALUE).unwrap();
    get(&client, NAME).unwrap();
    let names = ["s00", "s01", OTHER];
    let many = client.get_secrets(Some(VAULT), &names, &Call::default());
    many.unwrap().take().unwrap();
    rest(&list(&client).unwrap()).unwrap();
    let link = json!({"value": [], "nextLink": format!("https://{LINK}.example/{LINK}")});
    emulator.fault(Fault::vault().body(link.to_string()));
    failure(page(&list(&client).unwrap()));
    let link = json!({"value": [], "nextLink": format!("/secrets?api-version=7.4&x={LINK}")});
    emulator.fault(Fault::vault().body(link.to_string()));
    rest(&list(&client).unwrap()).unwrap();
    let blob = backup(&client, NAME).unwrap();
    delete(&client, NAME).unwrap();
    purge(&client, NAME).unwrap();
    restore(&client, blob.as_bytes()).unwrap();
    let heard = logs::heard().to_ascii_lowercase();
    assert!(heard.contains(&format!("vault={}", emulator.vault_url(VAULT))));
    for hidden in [
        VALUE,
        LINK,
        &blob.as_str().unwrap()[..100],
        "$skiptoken",
        "%24skiptoken",
    ] {
        assert!(!heard.contains(&hidden.to_ascii_lowercase()), "{hidden}");
    }
}
