//! Private keys that know their public keys, so that `load_cert_chain` can tell whether a key is
//! the certificate's. Those of the provider do not.

use std::sync::Arc;

use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::pkcs1::DecodeRsaPrivateKey;
use rustls::crypto::KeyProvider;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

/// Loads keys.
#[derive(Debug)]
pub(super) struct Keys(pub(super) &'static dyn KeyProvider);

impl KeyProvider for Keys {
    fn load_private_key(
        &self,
        der: PrivateKeyDer<'static>,
    ) -> Result<Arc<dyn SigningKey>, rustls::Error> {
        let public = public_key(&der);
        let signing = self.0.load_private_key(der)?;
        Ok(match public {
            Some(public) => Arc::new(Key { signing, public }),
            None => signing,
        })
    }
}

#[derive(Debug)]
struct Key {
    signing: Arc<dyn SigningKey>,
    public: SubjectPublicKeyInfoDer<'static>,
}

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.signing.choose_scheme(offered)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(self.public.clone())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.signing.algorithm()
    }
}

/// Returns the public key of a private one, as a certificate has it.
fn public_key(der: &PrivateKeyDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    match der {
        PrivateKeyDer::Pkcs8(key) => {
            let der = key.secret_pkcs8_der();
            let p256 = || p256::SecretKey::from_pkcs8_der(der).ok();
            let p384 = || p384::SecretKey::from_pkcs8_der(der).ok();
            let rsa = || rsa::RsaPrivateKey::from_pkcs8_der(der).ok();
            let ed25519 = || ed25519_dalek::SigningKey::from_pkcs8_der(der).ok();
            p256()
                .map(|key| encoded(&key.public_key()))
                .or_else(|| p384().map(|key| encoded(&key.public_key())))
                .or_else(|| rsa().map(|key| encoded(&key.to_public_key())))
                .or_else(|| ed25519().map(|key| encoded(&key.verifying_key())))?
        }
        PrivateKeyDer::Sec1(key) => {
            let der = key.secret_sec1_der();
            let p256 = || p256::SecretKey::from_sec1_der(der).ok();
            let p384 = || p384::SecretKey::from_sec1_der(der).ok();
            p256()
                .map(|key| encoded(&key.public_key()))
                .or_else(|| p384().map(|key| encoded(&key.public_key())))?
        }
        PrivateKeyDer::Pkcs1(key) => {
            let key = rsa::RsaPrivateKey::from_pkcs1_der(key.secret_pkcs1_der()).ok()?;
            encoded(&key.to_public_key())
        }
        _ => None,
    }
}

fn encoded(key: &impl EncodePublicKey) -> Option<SubjectPublicKeyInfoDer<'static>> {
    Some(SubjectPublicKeyInfoDer::from(key.to_public_key_der().ok()?.into_vec()))
}
