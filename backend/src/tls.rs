//! TLS: the certificate and its key, and their replacement while the backend runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::limits::CERTIFICATE_CHECK;

/// What the backend shows to those who connect.
#[derive(Debug)]
pub(crate) struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    config: Arc<ServerConfig>,
    /// The files that were read last, whether they were any good or not.
    stamps: Stamps,
    looked: Instant,
}

/// Tells a file from the one that was there before.
type Stamps = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads the files, or says what is wrong with them.
    pub(crate) fn load(certificate: PathBuf, key: PathBuf) -> Result<Self, String> {
        let stamps = stamps(&certificate, &key);
        let config = read(&certificate, &key)?;
        let current = Mutex::new(Current { config, stamps, looked: Instant::now() });
        Ok(Self { certificate, key, current })
    }

    /// Returns what the next connection is shown. Looks at the files now and then; where new
    /// ones are no good, the old ones stay.
    pub(crate) fn acceptor(&self, now: Instant) -> TlsAcceptor {
        let mut current = self.current();
        if now.duration_since(current.looked) >= CERTIFICATE_CHECK {
            current.looked = now;
            let stamps = stamps(&self.certificate, &self.key);
            if stamps != current.stamps {
                current.stamps = stamps;
                match read(&self.certificate, &self.key) {
                    Ok(config) => current.config = config,
                    Err(message) => tracing::warn!(message, "the old certificate stays"),
                }
            }
        }
        Arc::clone(&current.config).into()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // It is changed in single assignments.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamps(certificate: &Path, key: &Path) -> Stamps {
    [certificate, key].map(|path| {
        let metadata = fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let cannot = |path: &Path, error: io::Error| format!("cannot read {}: {error}", path.display());
    let text = fs::read(certificate).map_err(|error| cannot(certificate, error))?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().map_err(|error| {
            format!("{} is no PEM file of certificates: {error}", certificate.display())
        })?;
    if chain.is_empty() {
        return Err(format!("there is no certificate in {}", certificate.display()));
    }
    let text = fs::read(key).map_err(|error| cannot(key, error))?;
    let secret = PrivateKeyDer::from_pem_slice(&text)
        .map_err(|error| format!("there is no private key in {}: {error}", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot begin: {error}"))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| {
            format!("{} and {} do not go together: {error}", certificate.display(), key.display())
        })?;
    // The sessions' WebSockets begin as HTTP/1.1.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("sockpit-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn files(&self) -> (PathBuf, PathBuf) {
            (self.0.join("cert.pem"), self.0.join("key.pem"))
        }

        fn write(&self) {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            let (certificate, key) = self.files();
            fs::write(certificate, made.cert.pem()).unwrap();
            fs::write(key, made.signing_key.serialize_pem()).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused_with_a_reason() {
        let folder = Folder::new("tls-bad");
        let (certificate, key) = folder.files();
        let refusal = || Tls::load(certificate.clone(), key.clone()).unwrap_err();
        assert!(refusal().contains("cannot read"), "{}", refusal());
        folder.write();
        Tls::load(certificate.clone(), key.clone()).unwrap();
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        fs::write(&key, other).unwrap();
        assert!(refusal().contains("do not go together"), "{}", refusal());
        fs::write(&key, "nothing").unwrap();
        assert!(refusal().contains("no private key"), "{}", refusal());
        fs::write(&certificate, "nothing").unwrap();
        assert!(refusal().contains("no certificate"), "{}", refusal());
    }

    #[test]
    fn new_files_are_taken_up_and_bad_ones_are_not() {
        let folder = Folder::new("tls-new");
        folder.write();
        let (certificate, key) = folder.files();
        let tls = Tls::load(certificate.clone(), key).unwrap();
        let mut now = Instant::now();
        let mut shown = || {
            now += CERTIFICATE_CHECK;
            Arc::as_ptr(tls.acceptor(now).config())
        };
        let first = shown();
        assert_eq!(shown(), first, "nothing changed");
        fs::write(&certificate, "halfway").unwrap();
        assert_eq!(shown(), first, "a bad file is not taken");
        folder.write();
        let later = SystemTime::now() + Duration::from_secs(5);
        fs::File::options().write(true).open(&certificate).unwrap().set_modified(later).unwrap();
        assert_ne!(shown(), first, "a good one is");
    }
}
