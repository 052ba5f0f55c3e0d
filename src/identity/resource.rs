//! Checks what a caller gives to identify a resource (an audience) or an identity.

use crate::error::{Error, Result};
use crate::identity::Identity;
use crate::limits;

/// A resource as token endpoints take it: `https://vault.azure.net`. A scope's one trailing
/// `/.default` is taken off as every Azure SDK does; a trailing slash is significant and kept.
pub(crate) fn check(resource: &str) -> Result<&str> {
    let bad = |rule: &str| Err(Error::invalid("resource", rule));
    if resource.is_empty() {
        return bad(
            "must not be empty; name what the token is for, such as https://vault.azure.net",
        );
    }
    if resource.len() > limits::INPUT_LENGTH_MAX {
        return bad("longer than 2048 bytes");
    }
    let resource = without_scope(resource);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_:/".contains(&b);
    if resource.is_empty() || !resource.bytes().all(allowed) {
        return bad("must be a URI or an application id of letters, digits and . - _ : /");
    }
    Ok(resource)
}

/// A scope's resource; a resource as it is.
pub(crate) fn without_scope(resource: &str) -> &str {
    resource.strip_suffix("/.default").unwrap_or(resource)
}

impl Identity {
    /// Checks the id's form; which sources take which kind is theirs to say.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Identity::Default => Ok(()),
            Identity::ClientId(id) => check_guid("client_id", id),
            Identity::ObjectId(id) => check_guid("object_id", id),
            Identity::ResourceId(id) => check_resource_id("resource_id", id),
        }
    }
}

/// 8-4-4-4-12 hexadecimal digits: the only form Entra ids have.
pub(crate) fn check_guid(argument: &str, id: &str) -> Result<()> {
    let is_guid = id.len() == 36
        && id.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    if is_guid {
        return Ok(());
    }
    Err(Error::invalid(
        argument,
        "must be a GUID such as 11111111-2222-3333-4444-555555555555",
    ))
}

fn check_resource_id(argument: &str, id: &str) -> Result<()> {
    let allowed = |c: char| !c.is_control() && !c.is_whitespace() && !"?#\\%&\"<>".contains(c);
    let lower = id.to_ascii_lowercase();
    let well_formed = id.len() <= limits::INPUT_LENGTH_MAX
        && lower.starts_with("/subscriptions/")
        && lower.contains("/providers/microsoft.managedidentity/userassignedidentities/")
        && !lower.ends_with('/')
        && !id.contains("//")
        && id
            .split('/')
            .all(|segment| segment != ".." && segment != ".")
        && id.chars().all(allowed);
    if well_formed {
        return Ok(());
    }
    Err(Error::invalid(
        argument,
        "must be an Azure resource id: /subscriptions/…/resourceGroups/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_default_suffix_is_taken_off_and_a_slash_is_kept() {
        assert_eq!(
            check("https://vault.azure.net/.default").unwrap(),
            "https://vault.azure.net"
        );
        assert_eq!(
            check("https://management.azure.com//.default").unwrap(),
            "https://management.azure.com/"
        );
        assert_eq!(
            check("https://management.azure.com/").unwrap(),
            "https://management.azure.com/"
        );
    }

    #[test]
    fn resources_that_could_change_the_request_are_refused() {
        let long = "a".repeat(limits::INPUT_LENGTH_MAX + 1);
        for bad in [
            "",
            "a b",
            "a&client_id=x",
            "a\r\nX: y",
            "a?b",
            "a#b",
            "a%20",
            "é",
            "/.default",
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ids_have_their_forms() {
        assert!(check_guid("client_id", "11111111-2222-3333-4444-55555555555A").is_ok());
        for bad in [
            "",
            "11111111222233334444555555555555",
            "11111111-2222-3333-4444-55555555555g",
            "{1}",
        ] {
            assert!(check_guid("client_id", bad).is_err(), "{bad:?}");
        }
        let good = "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/n";
        assert!(check_resource_id("resource_id", good).is_ok());
        for bad in [
            "",
            "n",
            "/subscriptions/s",
            &format!("{good}/"),
            &format!("{good}?x"),
            &format!("{good}\n"),
            &good.replace("/g/", "/../"),
        ] {
            assert!(check_resource_id("resource_id", bad).is_err(), "{bad:?}");
        }
    }
}
