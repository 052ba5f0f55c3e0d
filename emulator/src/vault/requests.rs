//! Reading a secret and setting one, with the rules the real service has for what may be set.
//! What is stored, and how it looks as JSON, is in secrets.rs.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::answer::Answer;
use crate::journal::RequestRecord;
use crate::vault::secrets::{SecretItem, SecretOptions, Version};
use crate::vault::{Call, errors};
use crate::world::World;

const VALUE_BYTES_MAX: usize = 25 * 1024;
const CONTENT_TYPE_MAX: usize = 255;
const TAGS_MAX: usize = 15;
const TAG_MAX: usize = 256;

/// The body of a PUT. What is not named here is ignored, as the service does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetBody {
    value: Option<String>,
    content_type: Option<String>,
    #[serde(default)]
    attributes: SetAttributes,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct SetAttributes {
    enabled: Option<bool>,
    nbf: Option<i64>,
    exp: Option<i64>,
}

/// `GET /secrets/<name>[/<version>]`.
pub(super) fn get(world: &World, call: &Call<'_>, name: &str, version: Option<&str>) -> Answer {
    let secret = world.vaults.get(call.vault, name);
    let found = secret.as_ref().and_then(|secret| match version {
        Some(id) => secret
            .versions
            .iter()
            .find(|version| version.id.eq_ignore_ascii_case(id)),
        None => secret.latest(),
    });
    let (Some(secret), Some(found)) = (&secret, found) else {
        let version = version.map(|id| format!("/{id}")).unwrap_or_default();
        return errors::secret_not_found(&format!("{name}{version}"));
    };
    if !found.is_enabled() {
        return errors::secret_disabled();
    }
    bundle(call, &secret.name, found)
}

/// `PUT /secrets/<name>`: a new version.
pub(super) fn put(
    world: &World,
    call: &Call<'_>,
    name: &str,
    request: &RequestRecord,
    body: &[u8],
) -> Answer {
    let content_type = request.header("content-type").unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = format!("The content type of the request body is not supported: {kind}");
        return errors::plain(415, "UnsupportedMediaType", &message);
    }
    let (value, options) = match set_body(body) {
        Ok(parts) => parts,
        Err(rule) => return errors::bad_parameter(&rule),
    };
    let (name, version) = world.vaults.set(call.vault, name, value, options);
    bundle(call, &name, &version)
}

fn bundle(call: &Call<'_>, name: &str, version: &Version) -> Answer {
    let id = call.id_of(name, Some(&version.id));
    let item = SecretItem::new(id, version, call.with_days);
    Answer::json(200, &item.with_value(version))
}

/// The parts of a PUT, or the rule it breaks. An empty value is legal.
fn set_body(body: &[u8]) -> Result<(String, SecretOptions), String> {
    let body: SetBody = serde_json::from_slice(body)
        .map_err(|error| format!("The request body is not as it must be: {error}"))?;
    let value = body
        .value
        .ok_or("The request body must have a property 'value'")?;
    let options = SecretOptions {
        content_type: body.content_type,
        enabled: body.attributes.enabled,
        not_before: body.attributes.nbf,
        expires: body.attributes.exp,
        tags: body.tags,
    };
    check_limits(&value, &options)?;
    Ok((value, options))
}

/// The service's limits on what is stored.
pub(crate) fn check_limits(value: &str, options: &SecretOptions) -> Result<(), String> {
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
