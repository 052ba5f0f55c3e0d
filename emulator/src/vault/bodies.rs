//! The bodies of requests: what may be in them, and the service's limits on what is stored.
//! What is done with them is in requests.rs.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::journal::RequestRecord;
use crate::vault::errors;
use crate::vault::secrets::SecretOptions;

const VALUE_BYTES_MAX: usize = 25 * 1024;
const CONTENT_TYPE_MAX: usize = 255;
const TAGS_MAX: usize = 15;
const TAG_MAX: usize = 256;

/// The body of a PUT and of a PATCH, which has no value. What is not named here is ignored, and what is null counts as not
/// given, both as the service does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetBody {
    value: Option<String>,
    content_type: Option<String>,
    attributes: Option<SetAttributes>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct SetAttributes {
    enabled: Option<bool>,
    nbf: Option<i64>,
    exp: Option<i64>,
}

#[derive(Deserialize)]
struct RestoreBody {
    value: Option<String>,
}

impl SetBody {
    fn into_parts(self) -> (Option<String>, SecretOptions) {
        let attributes = self.attributes.unwrap_or_default();
        let options = SecretOptions {
            content_type: self.content_type,
            enabled: attributes.enabled,
            not_before: attributes.nbf,
            expires: attributes.exp,
            tags: self.tags,
            managed: false,
        };
        (self.value, options)
    }
}

/// What a PUT sets. An empty value is legal.
pub(super) fn set(request: &RequestRecord, body: &[u8]) -> Result<(String, SecretOptions), Answer> {
    let (value, options) = parsed::<SetBody>(request, body)?.into_parts();
    let value = needed(value)?;
    check_limits(&value, &options).map_err(|rule| errors::bad_parameter(&rule))?;
    Ok((value, options))
}

/// What a PATCH changes. The value cannot be changed, and one that is given is ignored.
pub(super) fn update(request: &RequestRecord, body: &[u8]) -> Result<SecretOptions, Answer> {
    let (_, options) = parsed::<SetBody>(request, body)?.into_parts();
    check_limits("", &options).map_err(|rule| errors::bad_parameter(&rule))?;
    Ok(options)
}

/// The blob of a restore.
pub(super) fn restore(request: &RequestRecord, body: &[u8]) -> Result<String, Answer> {
    needed(parsed::<RestoreBody>(request, body)?.value)
}

fn parsed<Body: DeserializeOwned>(request: &RequestRecord, body: &[u8]) -> Result<Body, Answer> {
    let content_type = request.header("content-type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = format!("The content type of the request body is not supported: {kind}");
        return Err(errors::plain(415, "UnsupportedMediaType", &message));
    }
    serde_json::from_slice(body).map_err(|error| {
        let rule = format!("The request body is not as it must be: {error}");
        errors::bad_parameter(&rule)
    })
}

fn needed(value: Option<String>) -> Result<String, Answer> {
    value.ok_or_else(|| errors::bad_parameter("The request body must have a property 'value'"))
}

/// The service's limits on what is stored.
fn check_limits(value: &str, options: &SecretOptions) -> Result<(), String> {
    let content_type = options.content_type.as_deref().unwrap_or_default();
    let no_tags = BTreeMap::new();
    let tags = options.tags.as_ref().unwrap_or(&no_tags);
    let too_long = |text: &String| text.chars().count() > TAG_MAX;
    if value.len() > VALUE_BYTES_MAX {
        return Err(format!(
            "The secret's value is longer than {VALUE_BYTES_MAX} bytes"
        ));
    }
    if content_type.chars().count() > CONTENT_TYPE_MAX {
        return Err(format!(
            "The content type is longer than {CONTENT_TYPE_MAX} characters"
        ));
    }
    if tags.len() > TAGS_MAX {
        return Err(format!("There are more than {TAGS_MAX} tags"));
    }
    if tags
        .iter()
        .any(|(name, value)| too_long(name) || too_long(value))
    {
        return Err(format!(
            "A tag's name or value is longer than {TAG_MAX} characters"
        ));
    }
    Ok(())
}
