//! The certificates of the vault's listener: an authority made at every start, and one leaf signed by it.
//! The authority may speak for loopback names only, and its key is gone before the first connection is accepted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::random;

const HOUR: Duration = Duration::from_secs(3_600);
/// Longer than anyone leaves an emulator running, and below what any platform takes for too long.
const LIFE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What a start of the emulator needs of certificates.
pub(crate) struct Certificates {
    /// The authority's certificate, for clients to trust.
    pub(crate) ca_pem: String,
    leaf: CertificateDer<'static>,
    leaf_key: PrivateKeyDer<'static>,
}

impl Certificates {
    /// Makes an authority for `suffix` and the loopback names, and the leaf; `expired` gives a leaf of yesterday.
    pub(crate) fn generate(suffix: &str, expired: bool) -> Result<Self, rcgen::Error> {
        let authority = authority(suffix)?;
        let wildcard = format!("*.{suffix}");
        let leaf_key = KeyPair::generate()?;
        let leaf = leaf(&["localhost", &wildcard, "127.0.0.1"], expired)?
            .signed_by(&leaf_key, &authority)?;
        Ok(Self {
            ca_pem: authority.pem(),
            leaf: leaf.der().clone(),
            leaf_key: PrivatePkcs8KeyDer::from(leaf_key.serialize_der()).into(),
        })
    }

    /// The listener's TLS settings: 1.2 and 1.3 as the real service has them, HTTP/1.1 alone.
    pub(crate) fn server_config(self, tls12_only: bool) -> Result<ServerConfig, rustls::Error> {
        let versions: &[&rustls::SupportedProtocolVersion] = if tls12_only {
            &[&rustls::version::TLS12]
        } else {
            &[&rustls::version::TLS12, &rustls::version::TLS13]
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_single_cert(vec![self.leaf], self.leaf_key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// The authority: its name constraints are critical, so a client that trusts it trusts it for these names and no others.
pub(crate) fn authority(suffix: &str) -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    // Two emulators' authorities must not share a name: a verifier would take one for the other and speak of a bad signature.
    let name = format!("Doorkey emulator CA {}", random::hex32());
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(suffix),
        excluded_subtrees: Vec::new(),
    });
    params.not_before = (SystemTime::now() - 3 * 24 * HOUR).into();
    params.not_after = (SystemTime::now() + LIFE).into();
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// `localhost` covers every name below it, `vault.localhost` too; another suffix is named beside it.
fn permitted(suffix: &str) -> Vec<GeneralSubtree> {
    let loopback = CidrSubnet::V4([127, 0, 0, 1], [255; 4]);
    let mut subtrees = vec![
        GeneralSubtree::DnsName("localhost".into()),
        GeneralSubtree::IpAddress(loopback),
    ];
    if !suffix.ends_with(".localhost") {
        subtrees.push(GeneralSubtree::DnsName(suffix.into()));
    }
    subtrees
}

pub(crate) fn leaf(names: &[&str], expired: bool) -> Result<CertificateParams, rcgen::Error> {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Doorkey emulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let now = SystemTime::now();
    let (from, until) = if expired {
        (now - 48 * HOUR, now - 24 * HOUR)
    } else {
        (now - HOUR, now + LIFE)
    };
    params.not_before = from.into();
    params.not_after = until.into();
    Ok(params)
}

/// The file with the authority's certificate. Dropping it removes the file, and the folder if it was made for it.
pub(crate) struct CaFile {
    path: PathBuf,
    folder: Option<PathBuf>,
}

impl CaFile {
    /// Writes the certificate to `path`, or into a folder of its own that only this user can enter.
    pub(crate) fn write(pem: &str, path: Option<&Path>) -> io::Result<Self> {
        let (path, folder) = match path {
            Some(path) => (std::path::absolute(path)?, None),
            None => {
                let folder = private_folder()?;
                (folder.join("ca.pem"), Some(folder))
            }
        };
        let file = Self { path, folder };
        match fs::write(&file.path, pem) {
            Ok(()) => Ok(file),
            Err(error) => {
                let path = file.path.display();
                let text = format!("cannot write the certificate to {path}: {error}");
                Err(io::Error::new(error.kind(), text))
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        // Somebody else may have tidied up before us; there is nobody to tell either way.
        let _ = fs::remove_file(&self.path);
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir(folder);
        }
    }
}

pub(crate) fn private_folder() -> io::Result<PathBuf> {
    let name = format!("doorkey-emulator-{}", random::hex32());
    let folder = std::env::temp_dir().join(name);
    let builder = fs::DirBuilder::new();
    // Elsewhere the temporary folder is the user's own already.
    #[cfg(unix)]
    let builder = {
        let mut builder = builder;
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
    };
    builder.create(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::pki_types::{ServerName, UnixTime};
    use rustls::{CertificateError, Error, RootCertStore};

    use super::*;

    fn verify(
        root: &CertificateDer<'static>,
        leaf: &CertificateDer<'_>,
        name: &str,
    ) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone()).expect("a usable root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .expect("a verifier");
        let name = ServerName::try_from(name.to_owned()).expect("a server name");
        verifier
            .verify_server_cert(leaf, &[], &name, &[], UnixTime::now())
            .map(drop)
    }

    fn signed_for(suffix: &str, name: &str) -> Result<(), Error> {
        let authority = authority(suffix).expect("an authority");
        let key = KeyPair::generate().expect("a key");
        let leaf = leaf(&[name], false)
            .and_then(|params| params.signed_by(&key, &authority))
            .expect("a leaf");
        verify(authority.der(), leaf.der(), name)
    }

    #[test]
    fn the_authority_speaks_for_the_loopback_names() {
        for name in ["localhost", "demo.vault.localhost", "127.0.0.1"] {
            assert_eq!(signed_for("vault.localhost", name), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_leaf_for_any_other_name_is_refused_although_the_authority_signed_it() {
        for name in [
            "demo.vault.azure.net",
            "login.microsoftonline.com",
            "localhost.example.com",
            "notlocalhost",
            "127.0.0.2",
            "169.254.169.254",
            "::1",
        ] {
            let refusal = signed_for("vault.localhost", name).expect_err(name);
            assert!(format!("{refusal:?}").contains("NameConstraint"), "{name}");
        }
    }

    #[test]
    fn another_suffix_moves_the_constraint_along() {
        let other = |name| signed_for("vault.azure.net", name);
        assert_eq!(other("demo.vault.azure.net"), Ok(()));
        assert_eq!(other("localhost"), Ok(()));
        assert!(other("management.azure.com").is_err());
    }

    #[test]
    fn the_leaf_covers_one_label_before_the_suffix() {
        let made = Certificates::generate("vault.localhost", false).expect("certificates");
        let root = rustls::pki_types::pem::PemObject::from_pem_slice(made.ca_pem.as_bytes())
            .expect("a certificate");
        for name in ["localhost", "demo.vault.localhost", "127.0.0.1"] {
            assert_eq!(verify(&root, &made.leaf, name), Ok(()), "{name}");
        }
        assert!(verify(&root, &made.leaf, "a.b.vault.localhost").is_err());
        assert!(verify(&root, &made.leaf, "other.localhost").is_err());
    }

    #[test]
    fn an_expired_leaf_is_just_that() {
        let made = Certificates::generate("vault.localhost", true).expect("certificates");
        let root = rustls::pki_types::pem::PemObject::from_pem_slice(made.ca_pem.as_bytes())
            .expect("a certificate");
        let refusal = verify(&root, &made.leaf, "localhost").expect_err("it is out of date");
        let Error::InvalidCertificate(reason) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(matches!(reason, CertificateError::ExpiredContext { .. }));
    }

    #[test]
    fn the_file_goes_with_its_folder() {
        let file = CaFile::write("text", None).expect("a file");
        let folder = file.path().parent().expect("a folder").to_owned();
        assert_eq!(fs::read_to_string(file.path()).expect("readable"), "text");
        drop(file);
        assert!(!folder.exists());
    }

    #[test]
    #[cfg(unix)]
    fn only_the_user_can_enter_the_folder() {
        use std::os::unix::fs::PermissionsExt;
        let file = CaFile::write("text", None).expect("a file");
        let folder = file.path().parent().expect("a folder");
        let mode = fs::metadata(folder).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
