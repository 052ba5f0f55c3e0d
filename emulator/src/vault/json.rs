//! How secrets look as JSON: with their value, without it, in lists, and once they are deleted.
//! Where they come from is store.rs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::vault::Call;
use crate::vault::secrets::{Phase, Secret, Version};

/// How long a deleted secret can be recovered: what a vault has unless it was made otherwise.
const RECOVERABLE_DAYS: u32 = 90;
const DAY_S: u64 = 86_400;

/// A secret. A list's items and the answers to changes have no value.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bundle<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(flatten)]
    deletion: Option<Deletion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    id: String,
    attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    managed: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Deletion {
    recovery_id: String,
    deleted_date: u64,
    scheduled_purge_date: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    created: u64,
    updated: u64,
    recovery_level: &'static str,
    /// Came with version 7.1 of the API.
    #[serde(skip_serializing_if = "Option::is_none")]
    recoverable_days: Option<u32>,
}

impl<'a> Bundle<'a> {
    /// A version by its whole id.
    pub(super) fn new(call: &Call<'_>, name: &str, version: &'a Version) -> Self {
        let mut bundle = Self::item(call, call.id_of(name, Some(&version.id)), version);
        let key = || format!("{}/keys/{name}/{}", call.origin, version.id);
        bundle.kid = version.options.managed.then(key);
        bundle
    }

    /// An item of a list; `id` is the whole URL.
    pub(super) fn item(call: &Call<'_>, id: String, version: &'a Version) -> Self {
        let options = &version.options;
        Self {
            value: None,
            deletion: None,
            content_type: options.content_type.as_deref(),
            id,
            attributes: Attributes {
                enabled: version.is_enabled(),
                nbf: options.not_before,
                exp: options.expires,
                created: version.created,
                updated: version.updated,
                recovery_level: call.recovery_level,
                recoverable_days: call.with_days.then_some(RECOVERABLE_DAYS),
            },
            tags: options.tags.as_ref(),
            kid: None,
            managed: options.managed.then_some(true),
        }
    }

    pub(super) fn with_value(mut self, version: &'a Version) -> Self {
        self.value = Some(&version.value);
        self
    }

    /// Adds when it was deleted, until when it can be recovered, and under which URL.
    pub(super) fn with_deletion(mut self, call: &Call<'_>, secret: &Secret) -> Self {
        if let Phase::Deleted { since } = secret.phase {
            self.deletion = Some(Deletion {
                recovery_id: format!("{}/deletedsecrets/{}", call.origin, secret.name),
                deleted_date: since,
                scheduled_purge_date: since + u64::from(RECOVERABLE_DAYS) * DAY_S,
            });
        }
        self
    }
}
