//! The forms in which an answer can say when its token ends, whatever the host.

use doorkey_emulator::{DateFormat, Emulator, Expiry, Host};
use serde_json::Value;

use crate::support::{RESOURCE, fields, get, secret, start};

fn answer(host: Host, forms: &[Expiry]) -> (Value, Vec<String>) {
    let builder = Emulator::builder().host(host);
    let emulator = start(builder.expiry(forms.iter().copied()));
    let reply = match host {
        Host::Imds => {
            let query = format!("api-version=2018-02-01&{RESOURCE}");
            get(&emulator, &query, &[("Metadata", "true")])
        }
        _ => {
            let query = format!("api-version=2019-08-01&{RESOURCE}");
            let value = secret(&emulator);
            get(&emulator, &query, &[("X-IDENTITY-HEADER", &value)])
        }
    };
    assert_eq!(reply.status, 200, "{}", reply.text());
    let order = fields(&reply).into_iter();
    let order = order.filter(|name| name.starts_with("expires_")).collect();
    (reply.json(), order)
}

#[test]
fn every_form_is_sent_as_it_is_asked_for() {
    for host in [Host::Imds, Host::AppService] {
        let (body, _) = answer(host, &[Expiry::InNumber, Expiry::OnNumber]);
        assert!(
            body["expires_in"].is_u64() && body["expires_on"].is_u64(),
            "{body}"
        );
        let (body, _) = answer(host, &[Expiry::InText, Expiry::OnText]);
        for name in ["expires_in", "expires_on"] {
            let text = body[name].as_str().expect("a text");
            text.parse::<u64>().expect("a number in it");
        }
        let (body, _) = answer(host, &[Expiry::InEmpty, Expiry::OnEmpty]);
        assert!(
            body["expires_in"] == "" && body["expires_on"] == "",
            "{body}"
        );
    }
}

#[test]
fn the_fields_come_in_the_order_asked_for() {
    let (_, order) = answer(Host::Imds, &[Expiry::OnText, Expiry::InText]);
    assert_eq!(order, ["expires_on", "expires_in"]);
    let (_, order) = answer(Host::Imds, &[Expiry::InText, Expiry::OnText]);
    assert_eq!(order, ["expires_in", "expires_on"]);
    let (_, order) = answer(Host::Imds, &[]);
    assert!(order.is_empty());
}

#[test]
fn a_date_means_the_same_moment_in_every_format() {
    let moment = 1_729_281_097;
    for (format, text) in [
        (DateFormat::Linux, "10/18/2024 19:51:37 +00:00"),
        (DateFormat::Windows, "10/18/2024 7:51:37 PM +00:00"),
        (DateFormat::Iso, "2024-10-18T19:51:37.0000000+00:00"),
        (DateFormat::Space, "2024-10-18 19:51:37"),
    ] {
        assert_eq!(format.format(moment), text);
        let (body, _) = answer(
            Host::AppService,
            &[Expiry::OnDate(format), Expiry::InNumber],
        );
        let sent = body["expires_on"].as_str().expect("a text");
        let shape = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "9").len();
        assert!(shape(sent).abs_diff(text.len()) <= 2, "{sent}");
    }
}
