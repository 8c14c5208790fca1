//! Sees the certificates that a peer shows, also those that are refused: rustls does not tell of
//! them, but hashes every message of a handshake with the provider's hash function.

use std::cell::RefCell;

use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::pki_types::CertificateDer;
use rustls::{SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite};

/// The handshake message with certificates (RFC 8446, section 4).
const CERTIFICATE: u8 = 11;

/// Bytes of a message's type and length.
const HEADER_BYTES: usize = 4;

thread_local! {
    /// The certificates of the last handshake in which this thread took part.
    static CHAIN: RefCell<Vec<CertificateDer<'static>>> = const { RefCell::new(Vec::new()) };
}

/// Returns the certificates that this thread saw last, the peer's own first.
pub(super) fn take_chain() -> Vec<CertificateDer<'static>> {
    CHAIN.take()
}

/// Returns the cipher suite with a witness in its hash function. There is one for ever.
pub(super) fn place(suite: &SupportedCipherSuite) -> SupportedCipherSuite {
    let common = |common: &CipherSuiteCommon| CipherSuiteCommon {
        suite: common.suite,
        hash_provider: Box::leak(Box::new(Witness(common.hash_provider))),
        confidentiality_limit: common.confidentiality_limit,
    };
    match suite {
        SupportedCipherSuite::Tls12(suite) => {
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&suite.common),
                prf_provider: suite.prf_provider,
                kx: suite.kx,
                sign: suite.sign,
                aead_alg: suite.aead_alg,
            })))
        }
        SupportedCipherSuite::Tls13(suite) => {
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&suite.common),
                hkdf_provider: suite.hkdf_provider,
                aead_alg: suite.aead_alg,
                quic: suite.quic,
            })))
        }
    }
}

struct Witness(&'static dyn Hash);

impl Hash for Witness {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Transcript(self.0.start()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        self.0.hash(data)
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }
}

struct Transcript(Box<dyn Context>);

impl Context for Transcript {
    fn fork_finish(&self) -> Output {
        self.0.fork_finish()
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Transcript(self.0.fork()))
    }

    fn finish(self: Box<Self>) -> Output {
        self.0.finish()
    }

    fn update(&mut self, data: &[u8]) {
        if let Some(chain) = certificates(data) {
            CHAIN.set(chain);
        }
        self.0.update(data);
    }
}

/// Reads a handshake message with certificates; none if it is another.
fn certificates(message: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    let (header, body) = message.split_at_checked(HEADER_BYTES)?;
    if header[0] != CERTIFICATE || u24(&header[1..])? != body.len() {
        return None;
    }
    // TLS 1.3 has a context before the list, of no bytes in a handshake, and extensions after
    // each certificate.
    let (mut list, has_extensions) = match body {
        [0, list @ ..] if u24(list)? == list.len() - 3 => (&list[3..], true),
        list => (list.get(3..)?, false),
    };
    let mut chain = Vec::new();
    while !list.is_empty() {
        let len = u24(list)?;
        chain.push(CertificateDer::from(list.get(3..3 + len)?.to_vec()));
        list = &list[3 + len..];
        if has_extensions {
            let len = usize::from(u16::from_be_bytes([*list.first()?, *list.get(1)?]));
            list = list.get(2 + len..)?;
        }
    }
    Some(chain)
}

/// Reads a number of three bytes.
fn u24(bytes: &[u8]) -> Option<usize> {
    let bytes = bytes.get(..3)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        [&[kind, 0, 0, body.len() as u8], body].concat()
    }

    #[test]
    fn both_forms_of_the_list_are_read() {
        let tls13 = [0, 0, 0, 13, 0, 0, 2, 1, 2, 0, 1, 9, 0, 0, 0, 0, 0];
        let chain = certificates(&message(11, &tls13)).unwrap();
        assert_eq!(chain.iter().map(|der| der.to_vec()).collect::<Vec<_>>(), [vec![1, 2], vec![]]);
        let tls12 = [0, 0, 9, 0, 0, 2, 1, 2, 0, 0, 1, 3];
        let chain = certificates(&message(11, &tls12)).unwrap();
        assert_eq!(chain.iter().map(|der| der.to_vec()).collect::<Vec<_>>(), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn what_is_no_list_of_certificates_is_none() {
        assert_eq!(certificates(&message(1, &[0, 0, 0])), None);
        assert_eq!(certificates(&[11, 0, 0]), None);
        assert_eq!(certificates(&[11, 0, 0, 9, 0]), None);
        for cut in 0..17 {
            let tls13 = [0, 0, 0, 13, 0, 0, 2, 1, 2, 0, 1, 9, 0, 0, 0, 0, 0];
            // Some beginnings are lists too; none is a panic.
            let _read = certificates(&message(11, &tls13[..cut]));
        }
    }
}
