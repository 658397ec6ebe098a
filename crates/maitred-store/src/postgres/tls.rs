//! TLS to the database, as libpq's `sslmode` says: how far the certificate of the server is checked.

use crate::StoreError;
use crate::url::{PostgresUrl, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// What connects with TLS, should the server and the URL want it.
///
/// # Errors
/// [`StoreError::Unusable`] when the certificates of the authorities cannot be read.
pub fn connector(url: &PostgresUrl) -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| StoreError::Unusable(format!("no TLS: {e}")))?;
    let config = match url.trust {
        Trust::Host => builder.with_root_certificates(authorities(url)?),
        Trust::Anybody => builder.dangerous().with_custom_certificate_verifier(Arc::new(Lenient::anybody(provider))),
        Trust::Authority => {
            let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(authorities(url)?), provider.clone());
            let strict = strict.build().map_err(|e| StoreError::Unusable(format!("no TLS: {e}")))?;
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Lenient { provider, strict: Some(strict) }))
        }
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn authorities(url: &PostgresUrl) -> Result<RootCertStore, StoreError> {
    let mut roots = RootCertStore::empty();
    match &url.root_certificates {
        Some(path) => {
            let unreadable = |e| StoreError::Unusable(format!("sslrootcert {} cannot be read: {e}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?).map_err(|e| StoreError::Unusable(e.to_string()))?;
            }
        }
        None => _ = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
    }
    if roots.is_empty() {
        let why = "there is no certificate of an authority to check the server's with; name a file with sslrootcert";
        return Err(StoreError::Unusable(why.to_owned()));
    }
    Ok(roots)
}

/// Checks less than a browser would: nothing at all, or everything but the name of the host.
#[derive(Debug)]
struct Lenient {
    provider: Arc<CryptoProvider>,
    strict: Option<Arc<WebPkiServerVerifier>>,
}

impl Lenient {
    const fn anybody(provider: Arc<CryptoProvider>) -> Self {
        Self { provider, strict: None }
    }
}

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(strict) = &self.strict else { return Ok(ServerCertVerified::assertion()) };
        match strict.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
