//! The interpreter: RustPython with its native modules, except that the sockets are ours.

use std::sync::Arc;

#[cfg(target_arch = "wasm32")]
use rustpython_vm::frozen::FrozenLib;
use rustpython_vm::frozen::FrozenModule;
use rustpython_vm::{Interpreter, Settings, VirtualMachine};

use crate::{linux, select, socket, tls};

/// Where the standard library's files are.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const LIBRARY: &str = rustpython_pylib::LIB_PATH;
/// Where the kernel worker shows the standard library's files, each fetched when it is opened.
#[cfg(target_arch = "wasm32")]
pub(crate) const LIBRARY: &str = "/lib/python3.14";

/// Python calls within each other, as in CPython.
const RECURSION_MAX: usize = 1000;

/// Bytes of a thread's stack, unless the program sets it: what the calls above take.
const STACK_BYTES: usize = 2 << 20;

/// RustPython's modules that have one of ours in their place.
const REPLACED: &[&str] = &["_socket", "select"];

/// Builds an interpreter in which programs can be run.
pub(crate) fn build() -> Interpreter {
    let mut settings = Settings::default();
    // A blocked call is not interrupted by a handler, so Ctrl-C ends the program as it ends
    // any other that has none.
    settings.install_signal_handlers = false;
    settings.import_site = false;
    settings.user_site_directory = false;
    settings.write_bytecode = false;
    let builder = Interpreter::builder(settings);
    let native: Vec<_> = rustpython_stdlib::stdlib_module_defs(&builder.ctx)
        .into_iter()
        .filter(|def| !REPLACED.contains(&def.name.as_str()))
        .collect();
    let native = tls::arrange(native, &builder.ctx);
    let ours = [
        socket::module_def(&builder.ctx),
        socket::descriptors_def(&builder.ctx),
        select::module_def(&builder.ctx),
        linux::module_def(&builder.ctx),
    ];
    let builder = builder
        .add_native_modules(&native)
        .add_native_modules(&ours)
        .add_frozen_modules(library())
        .add_frozen_modules(tls::frozen())
        .add_frozen_modules(rustpython_vm::py_freeze!(
            file = "shell.py",
            module_name = "_sockpit_shell"
        ))
        .add_frozen_modules(rustpython_vm::py_freeze!(
            file = "linux.py",
            module_name = "_sockpit_linux"
        ))
        .add_frozen_modules(rustpython_vm::py_freeze!(
            file = "signals.py",
            module_name = "_sockpit_signals"
        ))
        .add_frozen_modules(rustpython_vm::py_freeze!(
            file = "socket/paths.py",
            module_name = "_sockpit_paths"
        ))
        .add_frozen_modules(rustpython_vm::py_freeze!(
            file = "socket/descriptors.py",
            module_name = "_sockpit_files"
        ))
        .init_hook(set_paths);
    let interpreter = builder.build();
    interpreter.enter(|vm| {
        vm.recursion_limit.set(RECURSION_MAX);
        vm.state.stacksize.store(STACK_BYTES);
        if let Err(exception) = linux::put_on(vm) {
            vm.print_exception(&exception);
        }
    });
    interpreter
}

/// Returns the modules that are compiled into the program.
#[cfg(target_arch = "wasm32")]
fn library() -> impl Iterator<Item = (&'static str, FrozenModule)> {
    const IMAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.bin"));
    let stubs = rustpython_vm::py_freeze!(
        file = "tab_modules/posixsubprocess.py",
        module_name = "_posixsubprocess"
    );
    // `sysconfig`, and so `zoneinfo`, ask for it by this name.
    let build = rustpython_vm::py_freeze!(
        file = "tab_modules/sysconfigdata.py",
        module_name = "_sysconfigdata_t_linux_wasm32-wasip1-threads"
    );
    // What Linux has and RustPython lacks here.
    let posix =
        rustpython_vm::py_freeze!(file = "tab_modules/posix.py", module_name = "_sockpit_posix");
    let semaphores = rustpython_vm::py_freeze!(
        file = "tab_modules/multiprocessing.py",
        module_name = "_multiprocessing"
    );
    let users = rustpython_vm::py_freeze!(file = "tab_modules/pwd.py", module_name = "pwd");
    let groups = rustpython_vm::py_freeze!(file = "tab_modules/grp.py", module_name = "grp");
    let limits =
        rustpython_vm::py_freeze!(file = "tab_modules/resource.py", module_name = "resource");
    let shared_memory =
        rustpython_vm::py_freeze!(file = "tab_modules/posixshmem.py", module_name = "_posixshmem");
    FrozenLib::from_ref(IMAGE)
        .decode()
        .chain(shared_memory)
        .chain(stubs)
        .chain(build)
        .chain(posix)
        .chain(semaphores)
        .chain(users)
        .chain(groups)
        .chain(limits)
}

/// Returns no modules: natively all of them are files.
#[cfg(not(target_arch = "wasm32"))]
fn library() -> impl Iterator<Item = (&'static str, FrozenModule)> {
    std::iter::empty()
}

/// Sets where modules are found: nowhere but in the library, and where the program is.
fn set_paths(vm: &mut VirtualMachine) {
    let Some(state) = Arc::get_mut(&mut vm.state) else { return };
    let paths = &mut state.config.paths;
    if cfg!(target_arch = "wasm32") {
        for prefix in [
            &mut paths.prefix,
            &mut paths.base_prefix,
            &mut paths.exec_prefix,
            &mut paths.base_exec_prefix,
        ] {
            "/".clone_into(prefix);
        }
    }
    paths.module_search_paths = vec![LIBRARY.to_owned()];
    paths.stdlib_dir = Some(LIBRARY.to_owned());
}
