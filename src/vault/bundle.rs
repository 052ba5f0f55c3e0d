//! The JSON in which a vault speaks of secrets (the service's SecretBundle, SecretItem and their
//! deleted kin), read leniently in what does not matter and strictly in what does: unknown members
//! are ignored, a value goes straight into a `Sensitive`, and an id must be that of what was asked.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use url::Url;

use crate::limits;
use crate::nul_ended::NulEnded;
use crate::sensitive::Sensitive;
use crate::transport::proxy::is_loopback;
use crate::vault::address::{self, Address, Collection};
use crate::vault::model::{Fields, Secret, SecretProperties};
use crate::vault::origin::Vault;

/// The rule that an answer breaks, in words that follow "but".
pub(super) type Broken = &'static str;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    value: Option<Sensitive>,
    id: Option<String>,
    content_type: Option<String>,
    attributes: Option<Attributes>,
    tags: Option<Tags>,
    kid: Option<String>,
    managed: Option<bool>,
    recovery_id: Option<String>,
    deleted_date: Option<Stamp>,
    scheduled_purge_date: Option<Stamp>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    enabled: Option<bool>,
    created: Option<Stamp>,
    updated: Option<Stamp>,
    exp: Option<Stamp>,
    nbf: Option<Stamp>,
    recovery_level: Option<String>,
    recoverable_days: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    value: Option<Items>,
    next_link: Option<String>,
}

/// No more than any page has: small ones would be many in an answer, and each takes some room.
struct Items(Vec<Bundle>);

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Elements;
        impl<'de> Visitor<'de> for Elements {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Items, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = elements.next_element()? {
                    if items.len() >= limits::PAGE_ITEMS_MAX {
                        return Err(A::Error::custom("too many items"));
                    }
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Elements)
    }
}

/// Seconds since 1970. The service writes whole numbers; compatible servers write fractions as well.
#[derive(Clone, Copy)]
struct Stamp(i64);

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Stamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Stamp, E> {
                Ok(Stamp(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Stamp, E> {
                let value = i64::try_from(value);
                value
                    .map(Stamp)
                    .map_err(|_| E::custom("too large a number"))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Stamp, E> {
                // Every whole number up to here is exact; beyond it no time makes sense.
                if value.abs() <= (1_u64 << 53) as f64 {
                    return Ok(Stamp(value.floor() as i64));
                }
                Err(E::custom("too large a number"))
            }
        }
        deserializer
            .deserialize_any(Number)
            .map_err(|_| D::Error::custom("expected a number"))
    }
}

/// Tags by name. Of one that comes twice the last one holds, and null is an empty text.
#[derive(Default)]
struct Tags(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Tags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tags, A::Error> {
                let mut tags = Vec::new();
                while let Some(name) = members.next_key::<String>()? {
                    let value: Option<String> = members.next_value()?;
                    if tags.len() > limits::SECRET_TAGS_MAX {
                        continue;
                    }
                    // Few: a map would be the larger code.
                    match tags.binary_search_by(|(known, _): &(String, String)| known.cmp(&name)) {
                        Ok(at) => tags[at].1 = value.unwrap_or_default(),
                        Err(at) => tags.insert(at, (name, value.unwrap_or_default())),
                    }
                }
                Ok(Tags(tags))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// One page of a list.
pub(super) struct Page {
    pub items: Vec<SecretProperties>,
    /// Where the next one is, as the answer has it.
    pub next: Option<String>,
}

/// A secret with its value, latest or a version.
pub(super) fn secret(body: &[u8], asked: &Address) -> Result<Secret, Broken> {
    let mut bundle = parse(body)?;
    let value = bundle.value.take().ok_or("there is no value in it")?;
    if value.len() > limits::SECRET_VALUE_BYTES_MAX {
        return Err("its value is larger than any secret");
    }
    let properties = bundle.properties(&asked.vault)?;
    properties.fits(asked)?;
    if properties.version().is_none() {
        return Err("its id has no version");
    }
    Ok(Secret::new(value, properties))
}

/// A secret without its value: updated, deleted, recovered, restored. One that was restored was not
/// asked for by name.
pub(super) fn properties(
    body: &[u8],
    vault: &Vault,
    asked: Option<&Address>,
) -> Result<SecretProperties, Broken> {
    let properties = parse(body)?.properties(vault)?;
    if let Some(asked) = asked {
        properties.fits(asked)?;
    }
    Ok(properties)
}

/// A page of secrets, of versions of `asked`, or of deleted secrets.
pub(super) fn page(body: &[u8], vault: &Vault, asked: Option<&Address>) -> Result<Page, Broken> {
    let list: List = object(body).ok_or("the body is not the JSON of a list")?;
    let Items(bundles) = list.value.ok_or("there is no list in it")?;
    let mut items = Vec::with_capacity(bundles.len());
    for bundle in bundles {
        let item = bundle.properties(vault)?;
        if let Some(asked) = asked {
            item.fits(asked)?;
            item.version().ok_or("an item's id has no version")?;
        }
        items.push(item);
    }
    // The service ends a list with null, another server with an empty text.
    let next = list.next_link.filter(|next| !next.is_empty());
    Ok(Page { items, next })
}

/// The blob of a backup.
pub(super) fn blob(body: &[u8]) -> Result<Sensitive, Broken> {
    // A member of the same name and form as a secret's value.
    let bundle = parse(body).map_err(|_| "the body is not the JSON of a backup")?;
    let value = bundle.value.ok_or("there is no backup in it")?;
    let is_plain = value.as_bytes().iter().all(u8::is_ascii_graphic);
    if value.is_empty() || !is_plain {
        return Err("what is in it is no backup");
    }
    Ok(value)
}

fn parse(body: &[u8]) -> Result<Bundle, Broken> {
    object(body).ok_or("the body is not the JSON of a secret")
}

/// An object with these members. Left alone, serde takes a list of their values for one.
fn object<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let is_object = begins == Some(&b'{');
    serde_json::from_slice(body).ok().filter(|_| is_object)
}

impl SecretProperties {
    fn fits(&self, asked: &Address) -> Result<(), Broken> {
        if !self.name().eq_ignore_ascii_case(&asked.name) {
            return Err("it is another secret than the one asked for");
        }
        let other_version = asked
            .version
            .as_deref()
            .zip(self.version())
            .is_some_and(|(asked, got)| !asked.eq_ignore_ascii_case(got));
        if other_version {
            return Err("it is another version than the one asked for");
        }
        Ok(())
    }
}

impl Bundle {
    fn properties(self, vault: &Vault) -> Result<SecretProperties, Broken> {
        let id = self.id.ok_or("there is no id in it")?;
        let (collection, name, version) = id_parts(&id, vault)?;
        if collection != Collection::Secrets {
            return Err("its id is not that of a secret");
        }
        // Emulators give the secret's own id here.
        if let Some(recovery) = &self.recovery_id {
            id_parts(recovery, vault)?;
        }
        let Tags(tags) = self.tags.unwrap_or_default();
        if tags.len() > limits::SECRET_TAGS_MAX {
            return Err("it has more tags than any secret");
        }
        let attributes = self.attributes.unwrap_or_default();
        let is_long = |text: &String| text.len() > limits::INPUT_LENGTH_MAX;
        let others = [&self.content_type, &self.kid, &attributes.recovery_level];
        if others.into_iter().flatten().any(is_long)
            || tags
                .iter()
                .any(|(name, value)| is_long(name) || is_long(value))
        {
            return Err("it has a longer text than any secret");
        }
        let unix = |stamp: Option<Stamp>| stamp.map(|stamp| stamp.0);
        let ended = |text: Option<String>| text.as_deref().map(NulEnded::new);
        // Texts cross the C ABI NUL-terminated; the service allows no NUL in them.
        let odd = |text: &str| text.contains('\0');
        let tags = tags
            .iter()
            .filter(|(name, value)| !odd(name) && !odd(value))
            .map(|(name, value)| (NulEnded::new(name), NulEnded::new(value)))
            .collect();
        Ok(SecretProperties::new(Fields {
            vault: NulEnded::new(&vault.name),
            name: NulEnded::new(&name),
            version: version.as_deref().map(NulEnded::new),
            // An empty one is how a content type is taken away.
            content_type: ended(
                self.content_type
                    .filter(|text| !odd(text) && !text.is_empty()),
            ),
            key_id: ended(self.kid),
            recovery_level: ended(attributes.recovery_level),
            recovery_id: ended(self.recovery_id),
            is_enabled: attributes.enabled.unwrap_or(true),
            is_managed: self.managed.unwrap_or(false),
            created_at_unix: unix(attributes.created),
            updated_at_unix: unix(attributes.updated),
            expires_at_unix: unix(attributes.exp),
            not_before_unix: unix(attributes.nbf),
            recoverable_days: attributes.recoverable_days,
            deleted_at_unix: unix(self.deleted_date),
            scheduled_purge_at_unix: unix(self.scheduled_purge_date),
            tags,
            id: NulEnded::new(&id),
        }))
    }
}

/// An id is where the next call goes that somebody makes with it: one of another vault is a trap.
fn id_parts(id: &str, vault: &Vault) -> Result<(Collection, String, Option<String>), Broken> {
    // Every parser must read it alike, for it is handed out as it is.
    let is_plain = |b: u8| b.is_ascii_graphic() && !b"\\%@?#".contains(&b);
    let is_short = id.len() <= limits::INPUT_LENGTH_MAX;
    let url = Url::parse(id).ok().filter(|url| {
        let behind = id.get(8..).unwrap_or_default();
        let path = behind.find('/').map(|at| &behind[at..]);
        let is_https = id
            .get(..8)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        is_short && id.bytes().all(is_plain) && is_https && path == Some(url.path())
    });
    let url = url.ok_or("its id is no plain https URL")?;
    if !is_of(&url, vault) {
        return Err("its id is of another vault");
    }
    let (collection, name, version) =
        address::split_id(url.path()).ok_or("its id is not that of a secret")?;
    if !address::is_name(name) {
        return Err("its id is not that of a secret");
    }
    if version.is_some_and(|version| !address::is_version(version)) {
        return Err("its id has no version");
    }
    Ok((collection, name.to_owned(), version.map(str::to_owned)))
}

/// Emulators write another port than they were asked at, or another name of this machine.
fn is_of(id: &Url, vault: &Vault) -> bool {
    let is_here = |url: &Url| url.host().is_some_and(|host| is_loopback(&host));
    let is_same = id
        .host_str()
        .is_some_and(|host| host.eq_ignore_ascii_case(vault.host()));
    is_same || (is_here(id) && is_here(&vault.origin))
}
