//! What is done to secrets that are deleted: look at them, recover them, purge them. How long it takes is store.rs's business.

use crate::answer::Answer;
use crate::vault::json::Bundle;
use crate::vault::secrets::Secret;
use crate::vault::{Call, errors, requests};
use crate::world::World;

/// `GET /deletedsecrets/<name>`: never a value, and yet nothing of a disabled one, as recordings of azure-sdk-for-js have it.
pub(super) fn get(world: &World, call: &Call<'_>, name: &str) -> Answer {
    match world.vaults.deleted(call.vault, name) {
        Ok(secret) if secret.latest().is_some_and(|latest| !latest.is_enabled()) => {
            errors::secret_disabled()
        }
        Ok(secret) => bundle(call, &secret),
        Err(_) => errors::deleted_secret_not_found(name),
    }
}

/// `POST /deletedsecrets/<name>/recover`.
pub(super) fn recover(world: &World, call: &Call<'_>, name: &str) -> Answer {
    match world.vaults.recover(call.vault, name) {
        Ok(secret) => requests::bundle(call, &secret),
        Err(obstacle) => errors::undeletable(obstacle, name, world.vaults.name_of(call.vault)),
    }
}

/// `DELETE /deletedsecrets/<name>`.
pub(super) fn purge(world: &World, call: &Call<'_>, name: &str) -> Answer {
    match world.vaults.purge(call.vault, name) {
        Ok(()) => Answer::empty(204),
        Err(obstacle) => errors::undeletable(obstacle, name, world.vaults.name_of(call.vault)),
    }
}

/// A deleted secret: its latest version, with the dates of the deletion.
pub(super) fn bundle(call: &Call<'_>, secret: &Secret) -> Answer {
    match secret.latest() {
        Some(latest) => {
            let bundle = Bundle::new(call, &secret.name, latest).with_deletion(call, secret);
            Answer::json(200, &bundle)
        }
        None => errors::deleted_secret_not_found(&secret.name),
    }
}
