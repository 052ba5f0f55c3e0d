//! The resources for which a directory gives tokens: Azure's own, this emulator's vaults, and what a test has added.

use crate::random;
use crate::world::World;

/// Applications every tenant knows, by URI or application id. The emulator's own vault and what the builder names come on top.
const RESOURCES: [&str; 22] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.chinacloudapi.cn",
    "https://management.usgovcloudapi.net",
    "https://vault.azure.net",
    "https://vault.azure.cn",
    "https://vault.usgovcloudapi.net",
    "https://managedhsm.azure.net",
    "https://storage.azure.com",
    "https://database.windows.net",
    "https://graph.microsoft.com",
    "https://graph.windows.net",
    "https://datalake.azure.net",
    "https://servicebus.azure.net",
    "https://eventhubs.azure.net",
    "https://cosmos.azure.com",
    "https://cognitiveservices.azure.com",
    "https://batch.core.windows.net",
    "https://azconfig.io",
    "https://monitor.azure.com",
    "https://api.loganalytics.io",
    "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
];

pub(crate) fn is_known(world: &World, resource: &str) -> bool {
    // The directory registers most of these with and without the slash; the token's audience is what was asked for.
    let bare = resource.strip_suffix('/').unwrap_or(resource);
    let is = |known: &str| known.strip_suffix('/').unwrap_or(known) == bare;
    RESOURCES.iter().any(|resource| is(resource))
        || is(&world.settings.audience())
        || world.settings.resources.iter().any(|resource| is(resource))
}

/// What the directory says of a resource that it does not know, without the ids that follow.
pub(crate) fn not_found(world: &World, resource: &str) -> String {
    let tenant = world.tokens.tenant();
    format!(
        "AADSTS50001: The application named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."
    )
}

/// The same as services that pass the directory's words on show it.
pub(crate) fn not_found_with_ids(world: &World, resource: &str) -> String {
    format!(
        "{}\r\nTrace ID: {}\r\nCorrelation ID: {}",
        not_found(world, resource),
        random::guid(),
        random::guid()
    )
}
