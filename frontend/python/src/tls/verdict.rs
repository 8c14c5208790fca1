//! What OpenSSL says of a certificate that was refused: RustPython's words for it are fewer.

use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::witness;

// OpenSSL's codes (`x509_vfy.h`). RustPython has the first for whatever it has no other for.
const UNSPECIFIED: i32 = 1;
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const SELF_SIGNED: i32 = 18;
const SELF_SIGNED_IN_CHAIN: i32 = 19;
const NO_LOCAL_ISSUER: i32 = 20;
const HOSTNAME_MISMATCH: i32 = 62;
const ADDRESS_MISMATCH: i32 = 64;

/// Returns OpenSSL's code and words for the certificates that this thread saw last, where it
/// has better ones than those of `code`.
pub(super) fn of_openssl(code: i32, hostname: Option<&str>) -> Option<(i32, String)> {
    let chain = witness::take_chain();
    match code {
        NO_LOCAL_ISSUER => of_issuers(&chain),
        UNSPECIFIED => of_dates(&chain)
            .or_else(|| of_issuers(&chain).filter(|_| chain.len() == 1))
            .or_else(|| of_name(chain.first()?, hostname?)),
        HOSTNAME_MISMATCH | ADDRESS_MISMATCH => hostname.map(mismatch),
        _ => None,
    }
}

fn of_issuers(chain: &[CertificateDer<'_>]) -> Option<(i32, String)> {
    let last = X509Certificate::from_der(chain.last()?).ok()?.1;
    if last.issuer() != last.subject() {
        return None;
    }
    Some(match chain {
        [_] => (SELF_SIGNED, "self-signed certificate".to_owned()),
        _ => (SELF_SIGNED_IN_CHAIN, "self-signed certificate in certificate chain".to_owned()),
    })
}

fn of_dates(chain: &[CertificateDer<'_>]) -> Option<(i32, String)> {
    let now = x509_parser::time::ASN1Time::now();
    chain.iter().find_map(|der| {
        let certificate = X509Certificate::from_der(der).ok()?.1;
        let validity = certificate.validity();
        if validity.not_after < now {
            Some((EXPIRED, "certificate has expired".to_owned()))
        } else if validity.not_before > now {
            Some((NOT_YET_VALID, "certificate is not yet valid".to_owned()))
        } else {
            None
        }
    })
}

fn of_name(certificate: &CertificateDer<'_>, hostname: &str) -> Option<(i32, String)> {
    let name = ServerName::try_from(hostname).ok()?;
    let certificate = ParsedCertificate::try_from(certificate).ok()?;
    verify_server_name(&certificate, &name).is_err().then(|| mismatch(hostname))
}

fn mismatch(hostname: &str) -> (i32, String) {
    let (code, what) = match ServerName::try_from(hostname) {
        Ok(ServerName::IpAddress(_)) => (ADDRESS_MISMATCH, "IP address"),
        _ => (HOSTNAME_MISMATCH, "Hostname"),
    };
    (code, format!("{what} mismatch, certificate is not valid for '{hostname}'."))
}
