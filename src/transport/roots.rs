//! Whom we trust over TLS: the system's roots and verifier, plus `DOORKEY_CA_FILE` and the roots
//! given with the options. Read only when a TLS connection is about to be made.

#[cfg(all(unix, not(target_vendor = "apple")))]
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result, Status};
use crate::limits;

/// What decides the trust of one client. Values, so that two can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Trust {
    /// Roots given with the options, as PEM.
    pub ca_pem: Option<Arc<str>>,
    /// `DOORKEY_CA_FILE`.
    pub ca_file: Option<String>,
    /// When that file was changed last, and its length: one that was put right, or whose roots
    /// were rotated, is read again although its name is the same.
    pub ca_stamp: Option<(SystemTime, u64)>,
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`, which replace the system's roots where OpenSSL's
    /// conventions hold (neither Windows nor macOS).
    pub ssl_cert_file: Option<String>,
    pub ssl_cert_dir: Option<String>,
}

/// A configuration that trusts nobody: for plain http, where reading roots would cost 17 ms and
/// fail in an image without certificates.
pub(crate) fn without_roots() -> Result<ClientConfig> {
    Ok(builder()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

/// A configuration that trusts these roots and no others; `argument` is what they are called.
pub(crate) fn only(pem: &[u8], argument: &str) -> Result<ClientConfig> {
    let mut store = RootCertStore::empty();
    for certificate in parse(pem, argument)? {
        store
            .add(certificate)
            .map_err(|_| Error::invalid(argument, "holds a certificate that cannot be a root"))?;
    }
    Ok(builder()?
        .with_root_certificates(store)
        .with_no_client_auth())
}

impl Trust {
    /// Reads the roots. Touches the disk: not for the I/O thread.
    pub fn load(&self) -> Result<ClientConfig> {
        let mut extra = Vec::new();
        if let Some(pem) = &self.ca_pem {
            extra.extend(parse(pem.as_bytes(), "ca_pem")?);
        }
        if let Some(path) = &self.ca_file {
            extra.extend(parse(&read(path)?, "DOORKEY_CA_FILE")?);
        }
        self.with_system_roots(extra)
    }

    /// Loaded from paths that we choose: the libraries' own ways would look into the process's
    /// environment, which is not this client's.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn with_system_roots(&self, extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig> {
        let mut store = RootCertStore::empty();
        if self.ssl_cert_file.is_some() || self.ssl_cert_dir.is_some() {
            self.load_named(&mut store)?;
        } else {
            load_installed(&mut store);
        }
        with_roots(store, extra)
    }

    /// The roots that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    #[cfg(all(unix, not(target_vendor = "apple")))]
    fn load_named(&self, store: &mut RootCertStore) -> Result<()> {
        let mut problem = None;
        let mut load = |file: Option<&Path>, directory: Option<&Path>| {
            let found = rustls_native_certs::load_certs_from_paths(file, directory);
            store.add_parsable_certificates(found.certs);
            problem = found.errors.into_iter().next().or(problem.take());
        };
        let file = self.ssl_cert_file.as_deref().map(Path::new);
        if let Some(file) = file.filter(|file| file.metadata().is_ok_and(|file| file.is_file())) {
            load(Some(file), None);
        }
        let directories = self.ssl_cert_dir.as_deref().unwrap_or_default();
        for directory in std::env::split_paths(directories) {
            if directory.is_dir() {
                load(None, Some(&directory));
            }
        }
        if !store.is_empty() {
            return Ok(());
        }
        let why = problem.map_or_else(|| "no certificate there".to_owned(), |e| e.to_string());
        Err(Error::new(
            Status::Tls,
            format!("SSL_CERT_FILE or SSL_CERT_DIR: no root certificates: {why}"),
        )
        .advise("correct or remove the variable, or name a PEM file in DOORKEY_CA_FILE"))
    }

    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    fn with_system_roots(&self, extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig> {
        with_platform_verifier(extra)
    }
}

/// Trusts the system's roots that were found and the extra ones, of which there must be some.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn with_roots(
    mut store: RootCertStore,
    extra: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig> {
    if store.is_empty() && extra.is_empty() {
        return Err(Error::new(
            Status::Tls,
            "this system has no root certificates in any of the usual places",
        )
        .advise(
            "install the package ca-certificates, or name a PEM file with roots in DOORKEY_CA_FILE",
        ));
    }
    for certificate in extra {
        store.add(certificate).map_err(bad_root)?;
    }
    Ok(builder()?
        .with_root_certificates(store)
        .with_no_client_auth())
}

/// Where the distributions keep their bundle, most common first.
#[cfg(all(unix, not(target_vendor = "apple")))]
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/tls/cacert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// The first bundle with a root in it; systems without one have a folder of single files.
#[cfg(all(unix, not(target_vendor = "apple")))]
fn load_installed(store: &mut RootCertStore) {
    for bundle in BUNDLES.iter().map(Path::new) {
        if bundle.metadata().is_ok_and(|file| file.is_file()) {
            let found = rustls_native_certs::load_certs_from_paths(Some(bundle), None);
            store.add_parsable_certificates(found.certs);
        }
        if !store.is_empty() {
            return;
        }
    }
    let folder = Path::new("/etc/ssl/certs");
    if folder.is_dir() {
        let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
        store.add_parsable_certificates(found.certs);
    }
}

#[cfg(not(all(unix, not(target_vendor = "apple"))))]
fn with_platform_verifier(extra: Vec<CertificateDer<'static>>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    for certificate in &extra {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(bad_root)?;
    }
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(extra, provider)
        .map_err(|error| {
            Error::new(
                Status::Tls,
                format!("the system's root certificates cannot be read: {error}"),
            )
            .advise("install the package ca-certificates, or name a PEM file with roots in DOORKEY_CA_FILE")
        })?;
    Ok(builder()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Our own provider in every configuration: the process-wide default belongs to the host.
pub(super) fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(format!("TLS cannot be set up: {error}")))
}

fn bad_root(error: rustls::Error) -> Error {
    Error::invalid(
        "DOORKEY_CA_FILE or ca_pem",
        format_args!("holds a certificate that cannot be a root: {error}"),
    )
}

fn read(path: &str) -> Result<Vec<u8>> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| {
        Error::invalid(
            "DOORKEY_CA_FILE",
            format_args!("{path} cannot be read: {error}"),
        )
        .advise("name an existing PEM file with root certificates, or remove the variable")
    };
    let mut bytes = Vec::new();
    // A pipe without a writer would be waited for without end.
    let regular = std::fs::metadata(path).map_err(unreadable)?.is_file();
    if !regular {
        return Err(unreadable(std::io::Error::other("it is no regular file")));
    }
    std::fs::File::open(path)
        .and_then(|file| {
            file.take(limits::CA_PEM_BYTES_MAX as u64 + 1)
                .read_to_end(&mut bytes)
        })
        .map_err(unreadable)?;
    Ok(bytes)
}

/// What tells one state of a file from the next; nothing for one that is not there.
pub(crate) fn stamp(path: &str) -> Option<(SystemTime, u64)> {
    let file = std::fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

/// Parses PEM roots; `argument` is what an error names.
pub(crate) fn parse(pem: &[u8], argument: &str) -> Result<Vec<CertificateDer<'static>>> {
    if pem.len() > limits::CA_PEM_BYTES_MAX {
        return Err(Error::invalid(
            argument,
            format_args!("larger than {} bytes", limits::CA_PEM_BYTES_MAX),
        ));
    }
    let parsed: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(Error::invalid(
            argument,
            "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
        )),
    }
}

#[cfg(all(test, unix, not(target_vendor = "apple")))]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_roots_is_told_of_ca_certificates_and_of_the_variable() {
        let error = with_roots(RootCertStore::empty(), Vec::new()).unwrap_err();
        assert_eq!(error.status(), Status::Tls);
        let advice = error.advice().unwrap();
        assert!(
            advice.contains("ca-certificates") && advice.contains("DOORKEY_CA_FILE"),
            "{advice}"
        );
    }
}
