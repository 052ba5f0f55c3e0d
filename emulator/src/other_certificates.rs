//! Certificates that the vault's authority has nothing to do with: the self-signed one of a Service Fabric cluster, which is replaced
//! from time to time, and the one of the token proxy with an authority of its own.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificates::{authority, leaf};
use crate::random;

/// The certificate of a cluster's token service, at any time.
pub(crate) struct Cluster(Mutex<Shown>);

struct Shown {
    key: Arc<CertifiedKey>,
    thumbprint: String,
}

impl Cluster {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        Ok(Self(Mutex::new(Shown::generate()?)))
    }

    /// SHA-1 of the certificate, 40 upper-case hexadecimal digits.
    pub(crate) fn thumbprint(&self) -> String {
        self.shown().thumbprint.clone()
    }

    /// Shows a new certificate from now on.
    pub(crate) fn rotate(&self) -> Result<String, rcgen::Error> {
        let new = Shown::generate()?;
        let thumbprint = new.thumbprint.clone();
        *self.shown() = new;
        Ok(thumbprint)
    }

    pub(crate) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        resolved(self.clone())
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    fn generate() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        let name = format!("ServiceFabricManagedIdentity {}", random::hex32());
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let digest = ring::digest::digest(
            &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            certificate.der().as_ref(),
        );
        let hex = digest.as_ref().iter().map(|byte| format!("{byte:02X}"));
        Ok(Self {
            key: Arc::new(certified(certificate.der().clone(), &key)?),
            thumbprint: hex.collect(),
        })
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cluster")
    }
}

impl ResolvesServerCert for Cluster {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown().key.clone())
    }
}

/// The token proxy: it answers to one server name and to nothing else.
pub(crate) struct Proxy {
    pub(crate) name: String,
    /// Its authority, for the pods to trust.
    pub(crate) ca_pem: String,
    key: Arc<CertifiedKey>,
}

impl Proxy {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let name = format!("{}.ests.aks", random::hex32());
        let authority = authority(&name)?;
        let key = KeyPair::generate()?;
        let leaf = leaf(&[&name], false)?.signed_by(&key, &authority)?;
        Ok(Self {
            ca_pem: authority.pem(),
            key: Arc::new(certified(leaf.der().clone(), &key)?),
            name,
        })
    }

    pub(crate) fn server_config(self) -> Result<ServerConfig, rustls::Error> {
        resolved(Arc::new(self))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Proxy {}", self.name)
    }
}

impl ResolvesServerCert for Proxy {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name()?;
        asked
            .eq_ignore_ascii_case(&self.name)
            .then(|| self.key.clone())
    }
}

fn certified(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> Result<CertifiedKey, rcgen::Error> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = rustls::crypto::ring::sign::any_supported_type(&key)
        .map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
    Ok(CertifiedKey::new(vec![certificate], key))
}

fn resolved(resolver: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::ALL_VERSIONS)?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::Cluster;

    #[test]
    fn a_thumbprint_is_40_digits_and_changes_with_the_certificate() {
        let cluster = Cluster::new().expect("a certificate");
        let first = cluster.thumbprint();
        assert_eq!(first.len(), 40);
        assert!(first.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let second = cluster.rotate().expect("another");
        assert_ne!(first, second);
        assert_eq!(cluster.thumbprint(), second);
    }
}
