//! TLS for every listener, where a certificate is given.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Returns what accepts connections with the certificates and the key of two PEM files.
///
/// # Errors
///
/// What is wrong with which file.
pub(super) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, String> {
    let said = |path: &Path, error: String| format!("{}: {error}", path.display());
    let bytes = |path: &Path| fs::read(path).map_err(|error| said(path, error.to_string()));
    let certs = CertificateDer::pem_slice_iter(&bytes(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| said(cert, error.to_string()))?;
    if certs.is_empty() {
        return Err(said(cert, "there is no certificate in it".into()));
    }
    let private = PrivateKeyDer::from_pem_slice(&bytes(key)?)
        .map_err(|error| said(key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certs, private)
        .map_err(|error| said(cert, error.to_string()))?;
    config.alpn_protocols = Vec::new();
    Ok(TlsAcceptor::from(Arc::new(config)))
}
