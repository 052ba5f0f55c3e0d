//! What is done to secrets that are not deleted: read, set, update, delete, back up, restore.
//! Deleted ones are in deleted.rs, what bodies may hold in bodies.rs, what is stored in store.rs.

use serde::Serialize;

use crate::answer::Answer;
use crate::journal::RequestRecord;
use crate::tokens::now_unix;
use crate::vault::backup::{self, Unusable};
use crate::vault::json::Bundle;
use crate::vault::secrets::{SecretOptions, Version};
use crate::vault::store::Obstacle;
use crate::vault::{Call, bodies, errors};
use crate::world::World;

/// A backup as it goes out.
#[derive(Serialize)]
struct BackupAnswer {
    value: String,
}

/// `GET /secrets/<name>[/<version>]`.
pub(super) fn get(world: &World, call: &Call<'_>, name: &str, version: Option<&str>) -> Answer {
    let secret = world.vaults.get(call.vault, name);
    let found = secret.as_ref().and_then(|secret| secret.version(version));
    let (Some(secret), Some(found)) = (&secret, found) else {
        return not_found(name, version);
    };
    if !found.is_enabled() {
        return errors::secret_disabled();
    }
    let bundle = Bundle::new(call, &secret.name, found).with_value(found);
    Answer::json(200, &bundle)
}

/// `PUT /secrets/<name>`: a new version.
pub(super) fn put(
    world: &World,
    call: &Call<'_>,
    name: &str,
    request: &RequestRecord,
    body: &[u8],
) -> Answer {
    let (value, options) = match bodies::set(request, body) {
        Ok(parts) => parts,
        Err(refusal) => return refusal,
    };
    if is_managed(world, call, name) {
        return errors::unwritable(Obstacle::Managed, name);
    }
    match world.vaults.set(call.vault, name, value, options) {
        Ok((name, version)) => {
            let bundle = Bundle::new(call, &name, &version).with_value(&version);
            Answer::json(200, &bundle)
        }
        Err(obstacle) => errors::unwritable(obstacle, name),
    }
}

/// `PATCH /secrets/<name>[/<version>]`: the answer has no value.
pub(super) fn update(
    world: &World,
    call: &Call<'_>,
    (name, version): (&str, Option<&str>),
    request: &RequestRecord,
    body: &[u8],
) -> Answer {
    let given = match bodies::update(request, body) {
        Ok(options) => options,
        Err(refusal) => return refusal,
    };
    // The look comes first: what is deleted or being recovered is not there to be changed.
    let Some(secret) = world.vaults.get(call.vault, name) else {
        return not_found(name, version);
    };
    let change = |changed: &mut Version| {
        merge(&mut changed.options, given);
        changed.updated = now_unix();
    };
    match world.vaults.change(call.vault, name, version, change) {
        Some(changed) => Answer::json(200, &Bundle::new(call, &secret.name, &changed)),
        None => not_found(name, version),
    }
}

/// What is given takes the place of what was; all tags at once.
fn merge(options: &mut SecretOptions, given: SecretOptions) {
    options.content_type = given.content_type.or(options.content_type.take());
    options.enabled = given.enabled.or(options.enabled);
    options.not_before = given.not_before.or(options.not_before);
    options.expires = given.expires.or(options.expires);
    options.tags = given.tags.or(options.tags.take());
}

/// `DELETE /secrets/<name>`: with all its versions; the answer shows the latest.
pub(super) fn delete(world: &World, call: &Call<'_>, name: &str) -> Answer {
    match world.vaults.delete(call.vault, name) {
        Ok(secret) => super::deleted::bundle(call, &secret),
        Err(obstacle) => errors::unremovable(obstacle, name),
    }
}

/// `POST /secrets/<name>/backup`, disabled versions included.
pub(super) fn backup(world: &World, call: &Call<'_>, name: &str) -> Answer {
    let Some(secret) = world.vaults.get(call.vault, name) else {
        return not_found(name, None);
    };
    if secret.versions.len() > backup::VERSIONS_MAX {
        let rule = format!(
            "Secret {} has more than {} versions and cannot be backed up.",
            secret.name,
            backup::VERSIONS_MAX
        );
        return errors::bad_parameter(&rule);
    }
    let value = world.sealer.seal(&secret);
    Answer::json(200, &BackupAnswer { value })
}

/// `POST /secrets/restore`: all versions, under the name they had.
pub(super) fn restore(
    world: &World,
    call: &Call<'_>,
    request: &RequestRecord,
    body: &[u8],
) -> Answer {
    let blob = match bodies::restore(request, body) {
        Ok(blob) => blob,
        Err(refusal) => return refusal,
    };
    let (name, versions) = match world.sealer.open(&blob) {
        Ok(contents) => contents,
        // Sources: the tests of azure-sdk-for-js, and azure-cli#8767.
        Err(Unusable::Corrupt) => {
            return errors::bad_parameter("Backup blob contains invalid or corrupt version.");
        }
        Err(Unusable::Foreign) => return errors::bad_parameter("Cannot decrypt backup blob"),
    };
    match world.vaults.restore(call.vault, &name, versions) {
        Ok(secret) => bundle(call, &secret),
        Err(obstacle) => errors::unwritable(obstacle, &name),
    }
}

/// A secret's latest version, without its value.
pub(super) fn bundle(call: &Call<'_>, secret: &super::secrets::Secret) -> Answer {
    match secret.latest() {
        Some(latest) => Answer::json(200, &Bundle::new(call, &secret.name, latest)),
        None => not_found(&secret.name, None),
    }
}

fn is_managed(world: &World, call: &Call<'_>, name: &str) -> bool {
    let stored = world.vaults.stored(call.vault, name);
    stored.is_some_and(|secret| secret.is_managed())
}

fn not_found(name: &str, version: Option<&str>) -> Answer {
    let version = version.map(|id| format!("/{id}")).unwrap_or_default();
    errors::secret_not_found(&format!("{name}{version}"))
}
