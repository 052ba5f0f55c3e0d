//! Trust in one certificate by its thumbprint, as Service Fabric names the certificate of its
//! token endpoint (Microsoft Learn: "How to leverage a Service Fabric application's managed
//! identity to access Azure services"). No roots, no names and no dates are looked at.

use std::fmt;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use subtle::ConstantTimeEq;

use crate::error::Result;
use crate::transport::roots;

/// The SHA-1 of a certificate: the form in which the platform gives it, however old the hash is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// 40 hexadecimal digits, with any colons and white space between them.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = text
            .chars()
            .filter(|c| *c != ':' && !c.is_whitespace())
            .map(|c| c.to_digit(16));
        let mut bytes = [0; 20];
        for byte in &mut bytes {
            let (high, low) = (digits.next()??, digits.next()??);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }

    fn of(certificate: &CertificateDer<'_>) -> Self {
        let algorithm = &ring::digest::SHA1_FOR_LEGACY_USE_ONLY;
        let digest = ring::digest::digest(algorithm, certificate);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

/// A configuration that trusts the certificate with this thumbprint and no other.
pub(crate) fn config(thumbprint: &Thumbprint) -> Result<ClientConfig> {
    let verifier = Pinned {
        thumbprint: thumbprint.clone(),
        provider: Arc::new(rustls::crypto::ring::default_provider()),
    };
    let mut config = roots::builder()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // A resumed session shows no certificate, so there would be nothing to compare.
    config.resumption = Resumption::disabled();
    Ok(config)
}

struct Pinned {
    thumbprint: Thumbprint,
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pinned").field(&self.thumbprint).finish()
    }
}

/// Whoever answers is not whom the platform named.
#[derive(Debug)]
struct OtherCertificate;

impl fmt::Display for OtherCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the server's certificate does not have the thumbprint of IDENTITY_SERVER_THUMBPRINT",
        )
    }
}

impl std::error::Error for OtherCertificate {}

/// Asked during the handshake, and so before the first byte of a request.
impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let shown = Thumbprint::of(end_entity);
        if bool::from(shown.0.ct_eq(&self.thumbprint.0)) {
            return Ok(ServerCertVerified::assertion());
        }
        let other = OtherError(Arc::new(OtherCertificate));
        Err(rustls::Error::InvalidCertificate(CertificateError::Other(
            other,
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests;
