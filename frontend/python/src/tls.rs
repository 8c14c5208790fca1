//! TLS: what CPython's `Lib/ssl.py` runs on.
//!
//! RustPython's `_ssl` (rustls) does the cryptography and the certificates, but would talk to
//! sockets of its own. So it goes under another name, and `tls/_ssl.py` in front of it moves
//! what is encrypted between its buffers and our sockets.

mod keys;
mod verdict;
mod witness;

use std::sync::Arc;

use rustls::CipherSuite;
use rustls::crypto::CryptoProvider;
use rustls::server::ProducesTickets;
use rustpython_host_env::ssl::CryptoExt;
use rustpython_vm::Context;
use rustpython_vm::builtins::{PyModuleDef, PyModuleSlots};
use rustpython_vm::frozen::FrozenModule;

/// What RustPython calls its module.
const THEIR_NAME: &str = "_ssl";

/// What it is called here.
const NAME: &str = "_sockpit_ssl";

/// The ciphers that OpenSSL likes best, in its order. The others follow.
const PREFERRED: &[CipherSuite] = &[
    CipherSuite::TLS13_AES_256_GCM_SHA384,
    CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
];

/// Gives RustPython's `_ssl` its other name, and adds what is ours.
pub(crate) fn arrange(
    native: Vec<&'static PyModuleDef>,
    ctx: &Context,
) -> Vec<&'static PyModuleDef> {
    let renamed = native.into_iter().map(|def| rename(def, ctx));
    renamed.chain([decl::module_def(ctx)]).collect()
}

fn rename(def: &'static PyModuleDef, ctx: &Context) -> &'static PyModuleDef {
    if def.name.as_str() != THEIR_NAME {
        return def;
    }
    Box::leak(Box::new(PyModuleDef {
        name: ctx.intern_str(NAME),
        doc: def.doc,
        methods: def.methods,
        slots: PyModuleSlots { create: def.slots.create, exec: def.slots.exec },
    }))
}

/// Returns `_ssl`.
pub(crate) fn frozen() -> impl Iterator<Item = (&'static str, FrozenModule)> {
    rustpython_vm::py_freeze!(file = "tls/_ssl.py", module_name = "_ssl").into_iter()
}

/// Chooses the cryptography: pure Rust, because it has to build for the tab.
fn install_provider() -> Result<(), rustls::Error> {
    if CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    let extension = CryptoExt {
        all_cipher_suites: None,
        default_cipher_suites: None,
        all_kx_groups: None,
        any_supported_key: None,
        ticketer: || Ok(Arc::new(NoTickets)),
    };
    let mut provider = rustls_rustcrypto::provider();
    for suite in &mut provider.cipher_suites {
        *suite = witness::place(suite);
    }
    provider.cipher_suites.sort_by_key(|suite| {
        let place = PREFERRED.iter().position(|preferred| *preferred == suite.suite());
        place.unwrap_or(PREFERRED.len())
    });
    provider.key_provider = Box::leak(Box::new(keys::Keys(provider.key_provider)));
    CryptoExt::set_provider(provider, extension)
}

/// A server keeps its sessions itself: it is one program, and does not live long.
#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _plain: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _cipher: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[rustpython_vm::pymodule(name = "_sockpit_tls")]
mod decl {
    use rustpython_vm::builtins::PyModule;
    use rustpython_vm::function::ArgBytesLike;
    use rustpython_vm::{Py, PyObjectRef, PyRef, PyResult, VirtualMachine};

    use crate::socket::PySocket;

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        super::install_provider()
            .map_err(|error| vm.new_system_error(format!("no cryptography: {error}")))?;
        __module_exec(vm, module);
        Ok(())
    }

    /// why(code, hostname) -> (code, message) or None
    ///
    /// Say what OpenSSL would say of the certificate that this thread refused last, and that
    /// RustPython has this code for.  Without a hostname the certificate's names do not matter.
    #[pyfunction]
    fn why(code: i32, hostname: Option<String>) -> Option<(i32, String)> {
        super::verdict::of_openssl(code, hostname.as_deref())
    }

    /// receive(socket, size, timeout) -> bytes
    ///
    /// Receive as socket.recv() does, but wait as long as timeout says.
    #[pyfunction]
    fn receive(
        socket: PyRef<PySocket>,
        size: u32,
        timeout: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<Vec<u8>> {
        socket.receive_within(size, &timeout, vm)
    }

    /// send(socket, data, timeout) -> count
    ///
    /// Send as socket.send() does, but wait as long as timeout says.
    #[pyfunction]
    fn send(
        socket: PyRef<PySocket>,
        data: ArgBytesLike,
        timeout: PyObjectRef,
        vm: &VirtualMachine,
    ) -> PyResult<usize> {
        socket.send_within(&data, &timeout, vm)
    }
}
