//! Backups: a whole secret in a sealed blob of the form that the service's blobs have, its marker and a JWE behind it.
//! The key is the emulator's, so its vaults restore each other's backups as the vaults of one subscription and geography do.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use crate::random;
use crate::vault::secrets::{Secret, StoredVersion, Version};

/// What the service refuses to back up is a secret with more.
pub(super) const VERSIONS_MAX: usize = 500;
/// Every blob begins with this, behind its length.
const MARKER: &str = "AzureKeyVaultSecretBackupV1.microsoft.com";
const TAG_BYTES: usize = 16;

/// Seals and opens backups.
pub(crate) struct Sealer {
    key: LessSafeKey,
    key_id: String,
}

/// Why a blob is no backup that can be restored here.
#[derive(Debug, PartialEq)]
pub(super) enum Unusable {
    Corrupt,
    /// A backup, but of another emulator, or changed since.
    Foreign,
}

#[derive(Serialize)]
struct Header<'a> {
    kid: &'a str,
    alg: &'a str,
    enc: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    name: String,
    versions: Vec<StoredVersion>,
}

impl Sealer {
    pub(crate) fn new() -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &random::bytes::<32>()).expect("32 bytes");
        Self {
            key: LessSafeKey::new(key),
            key_id: random::guid(),
        }
    }

    /// The blob, base64url.
    pub(super) fn seal(&self, secret: &Secret) -> String {
        let contents = Contents {
            name: secret.name.clone(),
            versions: secret.versions.iter().map(StoredVersion::from).collect(),
        };
        let header = Header {
            kid: &self.key_id,
            alg: "dir",
            enc: "A256GCM",
        };
        let header = URL_SAFE_NO_PAD.encode(json(&header));
        let nonce = random::bytes::<12>();
        let mut sealed = json(&contents);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header.as_bytes()),
                &mut sealed,
            )
            .expect("far below what the cipher can seal");
        let jwe = format!(
            "{header}..{}.{}.{}",
            URL_SAFE_NO_PAD.encode(nonce),
            URL_SAFE_NO_PAD.encode(sealed),
            URL_SAFE_NO_PAD.encode(tag.as_ref())
        );
        let mut blob = vec![MARKER.len() as u8];
        blob.extend_from_slice(MARKER.as_bytes());
        blob.extend_from_slice(jwe.as_bytes());
        URL_SAFE_NO_PAD.encode(blob)
    }

    /// The name and the versions that a blob holds.
    pub(super) fn open(&self, blob: &str) -> Result<(String, Vec<Version>), Unusable> {
        let (header, nonce, sealed) = parts(blob).ok_or(Unusable::Corrupt)?;
        let opened = self.opened(&header, nonce, sealed);
        let contents: Contents = opened
            .and_then(|opened| serde_json::from_slice(&opened).ok())
            .ok_or(Unusable::Foreign)?;
        let versions = contents.versions.into_iter().map(Version::from).collect();
        Ok((contents.name, versions))
    }

    fn opened(&self, header: &str, nonce: [u8; 12], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let aad = Aad::from(header.as_bytes());
        let length = self.key.open_in_place(nonce, aad, &mut sealed).ok()?.len();
        sealed.truncate(length);
        Some(sealed)
    }
}

/// The header as written, the nonce, and what is sealed with its tag behind it.
fn parts(blob: &str) -> Option<(String, [u8; 12], Vec<u8>)> {
    let blob = URL_SAFE_NO_PAD.decode(blob.trim_end_matches('=')).ok()?;
    let (&length, blob) = blob.split_first()?;
    let (marker, jwe) = blob.split_at_checked(length.into())?;
    if marker != MARKER.as_bytes() {
        return None;
    }
    let mut parts = std::str::from_utf8(jwe).ok()?.split('.');
    let (header, "") = (parts.next()?, parts.next()?) else {
        return None;
    };
    let mut decoded = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
    let (nonce, mut sealed, tag) = (decoded()?, decoded()?, decoded()?);
    if tag.len() != TAG_BYTES || parts.next().is_some() {
        return None;
    }
    sealed.extend_from_slice(&tag);
    Some((header.to_owned(), nonce.try_into().ok()?, sealed))
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own structures serialise")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        let version = StoredVersion {
            id: "0".repeat(32),
            value: "p@ssw0rd!".to_owned(),
            options: crate::SecretOptions::default(),
            created: 1,
            updated: 2,
        };
        Secret::new("Name", vec![version.into()])
    }

    #[test]
    fn a_blob_begins_as_the_service_s_blobs_do() {
        // The first characters of a recorded blob.
        let blob = Sealer::new().seal(&secret());
        assert!(blob.starts_with("KUF6dXJlS2V5VmF1bHRTZWNyZXRCYWNrdXBWMS5taWNyb3NvZnQuY29t"));
    }

    #[test]
    fn what_was_sealed_is_opened_again() {
        let sealer = Sealer::new();
        let (name, versions) = sealer.open(&sealer.seal(&secret())).expect("a backup");
        assert_eq!(name, "Name");
        assert_eq!(
            StoredVersion::from(&versions[0]),
            StoredVersion::from(&secret().versions[0])
        );
    }

    #[test]
    fn nothing_of_the_secret_can_be_read_in_the_blob() {
        let mut text = Sealer::new().seal(&secret());
        for _ in 0..2 {
            let bytes = URL_SAFE_NO_PAD.decode(
                text.split('.')
                    .max_by_key(|part| part.len())
                    .expect("a part"),
            );
            text = String::from_utf8_lossy(&bytes.expect("base64url")).into_owned();
            assert!(!text.contains("p@ssw0rd!") && !text.contains("Name"));
        }
    }

    #[test]
    fn a_changed_blob_and_another_emulator_s_cannot_be_decrypted() {
        let sealer = Sealer::new();
        let foreign = Sealer::new().seal(&secret());
        assert_eq!(sealer.open(&foreign).err(), Some(Unusable::Foreign));
    }

    #[test]
    fn what_is_no_blob_is_corrupt() {
        let sealer = Sealer::new();
        let marker =
            URL_SAFE_NO_PAD.encode([&[MARKER.len() as u8], MARKER.as_bytes(), b"a.b"].concat());
        for text in ["", "AAAA", "not base64!", &marker] {
            assert_eq!(sealer.open(text).err(), Some(Unusable::Corrupt), "{text}");
        }
    }
}
