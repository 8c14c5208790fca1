//! Runs `tests/tls/*.py` natively against a real backend and, where the machine has one, under
//! CPython. Beside each NAME.py stands NAME.out, what both print.
//!
//! The certificates are made anew for every run, in a folder that the programs find in their
//! first argument. With SOCKPIT_RECORD set, what CPython prints is written to the .out files.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, KeypairBytes};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use rsa::rand_core::OsRng;

use support::backend;

/// Bits of the RSA key: what most certificates have.
const RSA_BITS: usize = 2048;

/// Programs that the machine's CPython may be too old for.
const OURS_ALONE: &[&str] = &["duplex"];

#[test]
fn every_program_prints_what_cpython_prints() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates");
    make_certificates(&folder);
    let python = std::env::var("SOCKPIT_CPYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_python = Command::new(&python).args(["-c", "import ssl"]).output();
    let has_python = has_python.is_ok_and(|output| output.status.success());
    let mut wrong = Vec::new();
    for program in programs() {
        let alone =
            program.file_stem().is_some_and(|stem| OURS_ALONE.contains(&&*stem.to_string_lossy()));
        if has_python && !alone {
            let mut command = Command::new(&python);
            let output = run(command.arg(&program).arg(&folder));
            if std::env::var_os("SOCKPIT_RECORD").is_some() {
                fs::write(program.with_extension("out"), &output.stdout).unwrap();
            }
            wrong.extend(compare("CPython", &program, &output).err());
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_python"));
        let output = run(command.args(["--backend", &backend().url]).arg(&program).arg(&folder));
        wrong.extend(compare("Sockpit", &program, &output).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn programs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    if let Ok(wanted) = std::env::var("SOCKPIT_PROGRAM") {
        paths.retain(|path| path.file_stem().is_some_and(|stem| *stem == *wanted));
    }
    assert!(!paths.is_empty());
    paths.sort();
    paths
}

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the interpreter starts")
}

fn compare(who: &str, program: &Path, output: &Output) -> Result<(), String> {
    let wanted = fs::read_to_string(program.with_extension("out")).unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && printed == wanted {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let name = program.display();
    Err(format!("{who}: {name}: {}\n{printed}{errors}--- instead of\n{wanted}", output.status))
}

/// Writes NAME.pem and NAME.key: authorities, and servers' certificates good and bad.
fn make_certificates(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let write = |name: &str, certificate: &rcgen::Certificate, key: &KeyPair| {
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
    };
    let stranger = KeyPair::generate().unwrap();
    write("stranger", &authority("stranger").self_signed(&stranger).unwrap(), &stranger);
    let key = KeyPair::generate().unwrap();
    let params = authority("authority");
    write("authority", &params.self_signed(&key).unwrap(), &key);
    let issuer = Issuer::new(params, key);
    let signed = |name: &str, params: CertificateParams, key: KeyPair| {
        write(name, &params.signed_by(&key, &issuer).unwrap(), &key);
    };
    signed("server", localhost(), KeyPair::generate().unwrap());
    signed("rsa", localhost(), rsa_key());
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let plain = without_public_key(&key);
    signed("ed25519", localhost(), key);
    fs::write(folder.join("ed25519.key"), plain).unwrap();
    let mut expired = localhost();
    expired.not_after = rcgen::date_time_ymd(2021, 1, 1);
    signed("expired", expired, KeyPair::generate().unwrap());
    let mut future = localhost();
    future.not_before = rcgen::date_time_ymd(2070, 1, 1);
    future.not_after = rcgen::date_time_ymd(2071, 1, 1);
    signed("future", future, KeyPair::generate().unwrap());
    let key = KeyPair::generate().unwrap();
    let mut alone = localhost();
    // A machine may trust an authority of the name that the others have.
    alone.distinguished_name.push(DnType::CommonName, "Test alone");
    alone.use_authority_key_identifier_extension = false;
    write("alone", &alone.self_signed(&key).unwrap(), &key);
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, format!("Test {name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn localhost() -> CertificateParams {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params
}

/// Returns the key as older OpenSSLs read it: they refuse one with its public key beside it.
fn without_public_key(key: &KeyPair) -> String {
    let key = SigningKey::from_pkcs8_der(key.serialized_der()).unwrap();
    let alone = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    alone.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

fn rsa_key() -> KeyPair {
    let key = rsa::RsaPrivateKey::new(&mut OsRng, RSA_BITS).unwrap();
    KeyPair::from_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}
