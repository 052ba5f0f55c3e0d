//! The vaults by the control endpoint: setting secrets and their ages, looking at what is stored, taking permissions.
//! What each does is said in emulator/secrets.rs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::query::Query;
use crate::tokens::now_unix;
use crate::vault::permissions::{Denied, VaultOperation};
use crate::vault::secrets::{Phase, SecretOptions, StoredVersion, Version};
use crate::vault::store::VaultIndex;
use crate::world::World;

/// The body of `POST /secret`. Without a value, the latest version is changed, or the one named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretBody {
    vault: Option<String>,
    name: String,
    value: Option<String>,
    version: Option<String>,
    enabled: Option<bool>,
    content_type: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    exp: Option<i64>,
    nbf: Option<i64>,
    managed: Option<bool>,
    created: Option<u64>,
    updated: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PagesBody {
    empty: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LagBody {
    lag: u32,
}

/// Without a reason the permission is given back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DenyBody {
    operation: VaultOperation,
    reason: Option<Denied>,
}

/// A secret behind the vault's answers.
#[derive(Serialize)]
struct Stored {
    name: String,
    deleted: bool,
    versions: Vec<StoredVersion>,
}

#[derive(Serialize)]
struct Names {
    secrets: Vec<String>,
    deleted: Vec<String>,
}

pub(super) fn set(world: &World, mut body: SecretBody) -> Result<(), String> {
    let vault = vault_of(world, body.vault.as_deref())?;
    let (name, version) = (body.name.clone(), body.version.clone());
    let Some(value) = body.value.take() else {
        return world
            .vaults
            .change(vault, &name, version.as_deref(), |version| {
                body.change(version)
            })
            .map(drop)
            .ok_or_else(|| format!("there is no secret '{name}' to change"));
    };
    let (_, set) = world
        .vaults
        .put(vault, &name, value, SecretOptions::default(), body.created)
        .map_err(|_| format!("the name '{name}' is not free"))?;
    body.updated = body.updated.or(Some(set.updated));
    world
        .vaults
        .change(vault, &name, Some(&set.id), |version| body.change(version));
    Ok(())
}

impl SecretBody {
    /// What is not named stays.
    fn change(self, version: &mut Version) {
        let options = &mut version.options;
        options.content_type = self.content_type.or(options.content_type.take());
        options.enabled = self.enabled.or(options.enabled);
        options.not_before = self.nbf.or(options.not_before);
        options.expires = self.exp.or(options.expires);
        options.tags = self.tags.or(options.tags.take());
        options.managed = self.managed.unwrap_or(options.managed);
        version.created = self.created.unwrap_or(version.created);
        version.updated = self.updated.unwrap_or_else(now_unix);
    }
}

/// `GET /secret?vault=&name=`.
pub(super) fn stored(world: &World, query: &Query) -> Result<Answer, String> {
    let vault = vault_of(world, query.get("vault"))?;
    let name = query.get("name").ok_or("the query must have a name")?;
    let secret = world.vaults.stored(vault, name);
    let secret = secret.ok_or_else(|| format!("there is no secret '{name}'"))?;
    let stored = Stored {
        deleted: secret.phase != Phase::Live,
        versions: secret.versions.iter().map(StoredVersion::from).collect(),
        name: secret.name,
    };
    Ok(Answer::json(200, &stored))
}

/// `GET /secrets?vault=`.
pub(super) fn names(world: &World, query: &Query) -> Result<Answer, String> {
    let vault = vault_of(world, query.get("vault"))?;
    let names = Names {
        secrets: world.vaults.named(vault, |phase| phase == Phase::Live),
        deleted: world
            .vaults
            .named(vault, |phase| matches!(phase, Phase::Deleted { .. })),
    };
    Ok(Answer::json(200, &names))
}

pub(super) fn page(world: &World, body: &PagesBody) {
    world.settings.send_empty_pages(body.empty);
}

pub(super) fn lag(world: &World, body: &LagBody) {
    world.vaults.set_lag(body.lag);
}

pub(super) fn deny(world: &World, body: &DenyBody) {
    match body.reason {
        Some(reason) => world.permissions.deny(body.operation, reason),
        None => world.permissions.allow(body.operation),
    }
}

fn vault_of(world: &World, name: Option<&str>) -> Result<VaultIndex, String> {
    let vaults = &world.vaults;
    match name {
        None => Ok(vaults.first()),
        Some(name) => vaults
            .find(name)
            .ok_or_else(|| format!("there is no vault '{name}'")),
    }
}
