//! Values of every kind, both ways: exactly as they are or refused, never mangled. What is said of a secret
//! beside its value, too.

use doorkey::{Call, SecretAttributes, Sensitive, Status};
use doorkey_emulator::Fault;

use super::*;

const SET_MAX: usize = doorkey::limits::SECRET_VALUE_SET_BYTES_MAX;

/// Values that something on the way might change.
fn odd_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        " ",
        " \t leading and trailing \r\n ",
        "\0",
        "a\0b\0",
        "\u{1}\u{8}\u{c}\u{1b}\u{1f}\u{7f}\u{80}",
        "quotes \" ' ` and \\ and \\\\u0041 and / and %41 and +",
        "{\"value\":\"json\"}",
        "<html>&amp;</html>",
        "schl\u{fc}ssel \u{1F511}\u{1F469}\u{200d}\u{1F4BB}\u{1F1E9}\u{1F1EA}",
        // As one character and as two, which are not the same value.
        "\u{e9}",
        "e\u{301}",
        "\u{feff}a byte order mark",
        "\u{2028}\u{2029}\u{202e}\u{200b}",
        "\u{fffe}\u{ffff}\u{fffd}\u{10ffff}\u{d7ff}\u{e000}",
        "null",
        "-----BEGIN PRIVATE KEY-----\r\nMIIE\r\n-----END PRIVATE KEY-----\r\n",
    ]
    .map(str::to_owned)
    .into();
    // As long as they may be, in characters of every length; escaped, the first is six times as long.
    for character in ["\0", "x", "\"", "\u{e9}", "\u{20ac}", "\u{1F511}"] {
        let mut value = character.repeat(SET_MAX / character.len());
        while value.len() < SET_MAX {
            value.push('.');
        }
        values.push(value);
    }
    values
}

#[test]
fn every_value_is_stored_exactly_and_read_exactly() {
    let emulator = emulator();
    let client = client(&emulator);
    for value in odd_values() {
        let told = set(&client, OTHER, &value).unwrap();
        let kept = stored(&emulator, OTHER).pop().unwrap();
        assert!(kept.value == value, "stored: {value:.40?}");
        assert!(told.value().as_bytes() == value.as_bytes());
        let read = get(&client, OTHER).unwrap();
        assert!(read.value().as_bytes() == value.as_bytes(), "{value:.40?}");
    }
}

#[test]
fn a_value_goes_through_a_backup_exactly() {
    let emulator = emulator();
    let client = client(&emulator);
    let value = "\0 \u{1F511} \"\r\n";
    set(&client, OTHER, value).unwrap();
    let blob = backup(&client, OTHER).unwrap();
    delete(&client, OTHER).unwrap();
    purge(&client, OTHER).unwrap();
    restore(&client, blob.as_bytes()).unwrap();
    assert_eq!(get(&client, OTHER).unwrap().value().as_str(), Some(value));
}

#[test]
fn a_value_that_is_too_large_is_refused_with_its_limit_and_its_size() {
    let emulator = emulator();
    let client = client(&emulator);
    let characters = "\u{1F511}".repeat(SET_MAX / 4);
    for value in ["x".repeat(SET_MAX + 1), format!("{characters}x")] {
        let error = failure(set(&client, NAME, &value));
        assert_eq!(error.status(), Status::InvalidArgument);
        for part in ["value: ", "25600 bytes", "25601"] {
            assert!(error.message().contains(part), "{error}");
        }
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

#[test]
fn a_value_that_is_no_text_is_refused_and_never_mended() {
    let emulator = emulator();
    let client = client(&emulator);
    let attributes = SecretAttributes::default();
    for bytes in [
        &b"\xff"[..],
        b"a\xc3",
        b"\xc0\xaf",
        b"\x80",
        // Lone surrogates, first and second half, and a pair of them, as some write what is no UTF-8.
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\xbd\xed\xb4\x91",
        b"\xf4\x90\x80\x80",
        b"ok then \xfe",
    ] {
        let value = Sensitive::new(bytes);
        let operation = client.set_secret(VAULT, Some(NAME), value, &attributes, &Call::default());
        let error = failure(operation);
        assert_eq!(error.status(), Status::InvalidArgument);
        assert_eq!(error.message(), "value: is not valid UTF-8");
    }
    assert_eq!(emulator.requests().connections_vault, 0);
}

/// What comes of a value that is written so.
fn read(written: &[u8]) -> Result<Secret> {
    let emulator = emulator();
    let id = format!("{}/secrets/{NAME}/01", emulator.vault_url(VAULT));
    let mut body = format!(r#"{{"id":"{id}","value":""#).into_bytes();
    body.extend_from_slice(written);
    body.extend_from_slice(b"\"}");
    emulator.fault(Fault::vault().body(body));
    get(&client(&emulator), NAME)
}

#[test]
fn every_way_to_write_a_character_is_read() {
    for (written, value) in [
        (r"\ud83d\udd11", "\u{1F511}"),
        (r"\uD83D\uDD11", "\u{1F511}"),
        ("\u{1F511}", "\u{1F511}"),
        (r"\u0000", "\0"),
        (r"\u00e9\u00E9", "\u{e9}\u{e9}"),
        (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r"\\u0041", r"\u0041"),
        (r"\uffff\ufffe", "\u{ffff}\u{fffe}"),
        ("\u{7f}\u{80}", "\u{7f}\u{80}"),
    ] {
        let secret = read(written.as_bytes()).unwrap();
        assert_eq!(secret.value().as_str(), Some(value), "{written}");
    }
}

#[test]
fn half_a_character_is_a_protocol_error_and_not_another_one() {
    for written in [
        &br"\ud800"[..],
        br"\udc00",
        br"a\ud83d",
        br"\ud83dx",
        br"\ud83d\ud83d",
        br"\udd11\ud83d",
        br"\ud83d\n",
        br"\u12",
        br"\uzzzz",
        br"\x41",
        b"\\",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        // These have to be escaped.
        b"\n",
        b"\0",
    ] {
        let error = failure(read(written));
        assert_eq!(error.status(), Status::Protocol, "{written:?}");
    }
}

#[test]
fn a_value_of_a_server_that_stores_more_is_read_up_to_its_limit() {
    let max = doorkey::limits::SECRET_VALUE_BYTES_MAX;
    let value = "x".repeat(max);
    let read_whole = read(value.as_bytes()).unwrap();
    assert!(read_whole.value().as_str() == Some(value.as_str()));
    let error = failure(read(format!("{value}x").as_bytes()));
    assert_eq!(error.status(), Status::Protocol);
    assert!(error.message().contains("larger than any"), "{error}");
}

#[test]
fn what_is_said_of_a_secret_is_stored_exactly_up_to_its_limits() {
    let emulator = emulator();
    let client = client(&emulator);
    let tag = |n: usize| {
        let name = format!("{n:02}{}", "\u{1F511}".repeat(254));
        (name, "\u{20ac}".repeat(256))
    };
    let odd = ("\u{1}\"\\\r\n\u{202e}".to_owned(), String::new());
    for attributes in [
        SecretAttributes {
            content_type: Some("\u{1F511}".repeat(255)),
            tags: Some((0..15).map(tag).collect()),
            not_before_unix: Some(0),
            expires_at_unix: Some(doorkey::limits::TIME_UNIX_MAX),
            is_enabled: Some(true),
        },
        SecretAttributes {
            content_type: Some("\u{1}\"\\\r\n\u{202e}".into()),
            tags: Some(vec![odd]),
            ..SecretAttributes::default()
        },
        SecretAttributes {
            content_type: Some(String::new()),
            ..SecretAttributes::default()
        },
    ] {
        let told = set_with(&client, OTHER, "v", &attributes).unwrap();
        let kept = stored(&emulator, OTHER).pop().unwrap().options;
        assert_eq!(kept.content_type, attributes.content_type);
        assert_eq!(kept.not_before, attributes.not_before_unix);
        assert_eq!(kept.expires, attributes.expires_at_unix);
        let tags = attributes.tags.map(|tags| tags.into_iter().collect());
        assert_eq!(kept.tags, tags);
        // An empty one is none.
        let wanted = kept.content_type.as_deref().filter(|t| !t.is_empty());
        assert_eq!(told.content_type(), wanted);
        assert_eq!(told.tags().len(), tags.map_or(0, |tags| tags.len()));
    }
}
