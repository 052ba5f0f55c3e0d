//! The shapes of answers that were seen on the hosts, and some that were not.

use super::*;

const GUID: &str = "11111111-2222-3333-4444-555555555555";
const RESOURCE_ID: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";

fn parse(body: &str) -> Result<Granted, &'static str> {
    parse_token(body.as_bytes(), 1000)
}

/// When a token with these members expires, read at `now_unix`.
fn expiry_of(members: &str, now_unix: i64) -> Result<i64, &'static str> {
    let body = format!(r#"{{"access_token":"a",{members}}}"#);
    parse_token(body.as_bytes(), now_unix).map(|granted| granted.expires_at_unix)
}

#[test]
fn the_real_body_is_read() {
    let granted = parse(r#"{"access_token":"abc","client_id":"11111111-2222-3333-4444-555555555555","expires_in":"3599","expires_on":"9999","ext_expires_in":"86700","not_before":"1","refresh_token":"","resource":"https://vault.azure.net","token_type":"Bearer"}"#).ok().unwrap();
    assert_eq!(granted.value.as_str(), Some("abc"));
    assert_eq!(granted.expires_at_unix, 1000 + 3599);
    assert_eq!(granted.ids.client_id.as_deref(), Some(GUID));
    assert_eq!(granted.refresh_in_s, None);
}

#[test]
fn either_expiry_may_be_a_number_a_text_empty_null_or_missing() {
    let now = 1_700_000_000;
    for (members, at) in [
        (r#""expires_in":5"#, now + 5),
        (r#""expires_in":"5""#, now + 5),
        (r#""expires_on":1700000007"#, now + 7),
        (r#""expires_on":"1700000007""#, now + 7),
        (r#""expires_on":"1700000007","expires_in":"""#, now + 7),
        (r#""expires_in":null,"expires_on":1700000007"#, now + 7),
        (r#""expires_on":"","expires_in":5"#, now + 5),
        (
            r#""expires_on":"2023-11-14T22:13:27.0000000+00:00""#,
            now + 7,
        ),
        (r#""expires_on":"11/14/2023 22:13:27 +00:00""#, now + 7),
        (r#""expires_on":"11/14/2023 10:13:27 PM +00:00""#, now + 7),
        (r#""expires_on":"2023-11-14 22:13:27""#, now + 7),
    ] {
        assert_eq!(expiry_of(members, now), Ok(at), "{members}");
    }
}

#[test]
fn expires_in_wins_in_either_order_so_that_a_wrong_clock_does_no_harm() {
    // This machine's clock is a year ahead of the endpoint's.
    let now = 1_731_536_000;
    for members in [
        r#""expires_in":3600,"expires_on":1700003600"#,
        r#""expires_on":1700003600,"expires_in":3600"#,
        r#""expires_on":"never","expires_in":3600"#,
    ] {
        assert_eq!(expiry_of(members, now), Ok(now + 3600), "{members}");
    }
}

#[test]
fn an_expires_on_before_2001_counts_from_now() {
    let now = 1_700_000_000;
    assert_eq!(expiry_of(r#""expires_on":86399"#, now), Ok(now + 86_399));
    assert_eq!(expiry_of(r#""expires_on":"86399""#, now), Ok(now + 86_399));
    let expired = Err("its token has expired already; check this machine's clock");
    assert_eq!(expiry_of(r#""expires_on":978307200"#, now), expired);
    assert_eq!(
        expiry_of(r#""expires_on":"1999-01-01T00:00:00Z""#, now),
        expired
    );
}

#[test]
fn the_hint_when_to_refresh_is_taken_within_the_life_of_the_token_only() {
    let hint = |members: &str| {
        let body = format!(r#"{{"access_token":"a","expires_in":100,{members}}}"#);
        parse(&body).ok().unwrap().refresh_in_s
    };
    assert_eq!(hint(r#""refresh_in":50"#), Some(50));
    assert_eq!(hint(r#""refresh_in":"50""#), Some(50));
    for none in ["0", "100", "-1", "\"soon\"", "null", "[]", "\"\""] {
        assert_eq!(hint(&format!(r#""refresh_in":{none}"#)), None, "{none}");
    }
}

#[test]
fn the_ids_of_the_answer_are_kept_when_they_have_their_form() {
    let ids = |members: &str| {
        let body = format!(r#"{{"access_token":"a","expires_in":100,{members}}}"#);
        parse(&body).ok().unwrap().ids
    };
    let all = ids(&format!(
        r#""client_id":"{GUID}","object_id":"{GUID}","msi_res_id":"{RESOURCE_ID}""#
    ));
    assert_eq!(all.client_id.as_deref(), Some(GUID));
    assert_eq!(all.object_id.as_deref(), Some(GUID));
    assert_eq!(all.resource_id.as_deref(), Some(RESOURCE_ID));
    let other = ids(&format!(r#""mi_res_id":"{RESOURCE_ID}""#));
    assert_eq!(other.resource_id.as_deref(), Some(RESOURCE_ID));
    for members in [
        r#""client_id":"","object_id":"","msi_res_id":"","mi_res_id":"""#.to_owned(),
        r#""client_id":null,"object_id":null,"msi_res_id":null"#.to_owned(),
        r#""client_id":"a\nb","object_id":"<b>","msi_res_id":"n""#.to_owned(),
        format!(r#""msi_res_id":"{RESOURCE_ID}","mi_res_id":"{RESOURCE_ID}2""#),
    ] {
        assert_eq!(ids(&members), EchoedIds::default(), "{members}");
    }
}

#[test]
fn bodies_that_make_no_sense_are_told_apart() {
    const NO_JSON: &str = "the body is not the JSON of a token";
    const NO_SECONDS: &str = "its expiry is no number of seconds";
    let long = format!(
        r#"{{"access_token":"{}","expires_in":5}}"#,
        "a".repeat(crate::limits::HEADER_VALUE_LENGTH_MAX + 1)
    );
    let cases = [
        ("", NO_JSON),
        ("<html>", NO_JSON),
        (r#"["a",5,5,5,"Bearer","c","o","m","i"]"#, NO_JSON),
        (
            r#"{"access_token":"a","access_token":"b","expires_in":5}"#,
            NO_JSON,
        ),
        (
            r#"{"access_token":"a","expires_in":5,"expires_in":6}"#,
            NO_JSON,
        ),
        (
            r#"{"access_token":"a","expires_on":5,"expires_on":6}"#,
            NO_JSON,
        ),
        (r#"{"access_token":5,"expires_in":5}"#, NO_JSON),
        (r#"{"expires_in":5}"#, "there is no access_token in it"),
        (
            r#"{"access_token":"","expires_in":5}"#,
            "there is no access_token in it",
        ),
        (
            r#"{"access_token":"a\r\nb","expires_in":5}"#,
            "its access_token holds characters that no token has",
        ),
        (long.as_str(), "its access_token is too large to be one"),
        (
            r#"{"access_token":"a","expires_in":5,"token_type":"MAC"}"#,
            "its token_type is not Bearer",
        ),
        (
            r#"{"access_token":"a"}"#,
            "it does not say when the token expires",
        ),
        (
            r#"{"access_token":"a","expires_in":"","expires_on":null}"#,
            "it does not say when the token expires",
        ),
        (r#"{"access_token":"a","expires_in":"soon"}"#, NO_SECONDS),
        (r#"{"access_token":"a","expires_in":-5}"#, NO_SECONDS),
        (
            r#"{"access_token":"a","expires_in":253402300799}"#,
            "its token expires after the year 9999",
        ),
        (
            r#"{"access_token":"a","expires_in":"2030-01-01T00:00:00Z"}"#,
            NO_SECONDS,
        ),
        (
            r#"{"access_token":"a","expires_on":"2030-02-31T00:00:00Z"}"#,
            "its expiry is neither a number of seconds nor a date",
        ),
        (
            r#"{"access_token":"a","expires_in":0}"#,
            "its token has expired already; check this machine's clock",
        ),
    ];
    for (body, rule) in cases {
        assert_eq!(parse(body).err(), Some(rule), "{body}");
    }
}

fn refusal(body: &str) -> Refusal {
    parse_refusal(body.as_bytes(), &[])
}

fn read(body: &str) -> (String, String) {
    let refusal = refusal(body);
    (
        refusal.code.unwrap_or_default(),
        refusal.message.unwrap_or_default(),
    )
}

#[test]
fn refusals_of_every_seen_shape_are_read() {
    for (body, code, message) in [
        (
            r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
            "invalid_request",
            "Identity not found",
        ),
        (r#"{"error":{"code":"c","message":"m"}}"#, "c", "m"),
        (
            r#"{"error":{"code":"c","message":"m","innererror":{"trace":"t"}}}"#,
            "c",
            "m",
        ),
        (
            r#"{"error":"Bad request. api-version is invalid","newest-versions":["1"]}"#,
            "",
            "Bad request. api-version is invalid",
        ),
        (
            r#"{"statusCode":500,"message":"m","correlationId":"i"}"#,
            "",
            "m",
        ),
        (r#"{"Message":"m"}"#, "", "m"),
        (
            r#"{"error":"e","error_description":"","message":7}"#,
            "e",
            "",
        ),
        (r#"{"error":null,"message":null}"#, "", ""),
    ] {
        assert_eq!(read(body), (code.to_owned(), message.to_owned()), "{body}");
    }
}

#[test]
fn bodies_that_are_no_json_object_say_nothing() {
    for body in [
        "",
        "pod list is empty",
        "<html><body>eyJ</body></html>",
        "\"error\"",
        "[{\"error\":\"e\"}]",
        "{\"error\":",
    ] {
        assert_eq!(refusal(body), Refusal::default(), "{body}");
    }
}

#[test]
fn what_support_asks_for_is_found_under_each_of_its_names() {
    let id = |body: &str| refusal(body).correlation_id;
    for body in [
        format!(r#"{{"message":"m","correlationId":"{GUID}"}}"#),
        format!(r#"{{"error":"e","correlation_id":"{GUID}","trace_id":"t"}}"#),
        format!(r#"{{"error":"e","trace_id":"{GUID}"}}"#),
        format!(r#"{{"error":{{"code":"c","correlationId":"{GUID}"}}}}"#),
    ] {
        assert_eq!(id(&body).as_deref(), Some(GUID), "{body}");
    }
    assert_eq!(id(r#"{"correlationId":"a\r\nb"}"#), None);
}

#[test]
fn the_numbers_of_entra_are_read_from_the_list_and_from_the_message() {
    let codes = |body: &str| refusal(body).codes;
    assert_eq!(
        codes(
            r#"{"error":"invalid_client","error_description":"AADSTS700024: Client assertion is not within its valid time range.","error_codes":[700024,"7"]}"#
        ),
        [700_024, 7]
    );
    assert_eq!(
        codes(
            r#"{"error":"invalid_resource","error_description":"AADSTS50001: The application was not found"}"#
        ),
        [50_001]
    );
    assert_eq!(
        codes(r#"{"error":"e","error_codes":[-1,{},"x"]}"#),
        Vec::<u64>::new()
    );
    assert_eq!(
        codes(r#"{"error_description":"see AADSTS50001"}"#),
        Vec::<u64>::new()
    );
    let many = format!(r#"{{"error_codes":[{}0]}}"#, "0,".repeat(100));
    assert_eq!(codes(&many).len(), CODES_MAX);
}

#[test]
fn a_secret_that_is_repeated_is_masked_wherever_it_stands() {
    let secret = Sensitive::new(b"s3cret-header-value");
    let body = r#"{"error":"s3cret-header-value","error_description":"got s3cret-header-value","correlation_id":"s3cret-header-value"}"#;
    let refusal = parse_refusal(body.as_bytes(), &[&secret]);
    assert!(!format!("{refusal:?}").contains("s3cret"), "{refusal:?}");
}

/// A small generator of numbers, so that a failure can be repeated.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as usize
}

#[test]
fn no_bytes_make_it_panic() {
    let seeds = [
        r#"{"access_token":"a","expires_on":"1/16/2020 5:24:12 AM +00:00","refresh_in":5}"#,
        r#"{"access_token":"a","expires_in":"2024-10-18T19:51:37.0+00:00","client_id":"é"}"#,
        r#"{"error":{"code":"c","message":"AADSTS1: é"},"error_codes":[1],"trace_id":"t"}"#,
    ];
    let secret = Sensitive::new("é-secret".as_bytes());
    let mut state = 0x5EED_5EED_5EED_5EED;
    for round in 0..30_000 {
        let mut body = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..=next(&mut state) % 4 {
            let at = next(&mut state) % body.len();
            match next(&mut state) % 3 {
                0 => body[at] = next(&mut state) as u8,
                1 => body.insert(at, b"\"{}[]:,0\xc3+-/ "[next(&mut state) % 13]),
                _ => body.truncate(at + 1),
            }
        }
        let _ = parse_token(&body, 1000);
        let _ = parse_refusal(&body, &[&secret]);
        let _ = Moment::parse(&String::from_utf8_lossy(&body));
    }
}
