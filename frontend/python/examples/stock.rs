//! RustPython as it comes, with sockets of its own: runs a script, and nothing else.
//!
//! `scripts/conformance` has it run the tests that fail under Sockpit: what fails here as well is
//! RustPython's, not Sockpit's.

use std::process::ExitCode;
use std::sync::Arc;

use rustpython_vm::{Interpreter, Settings, VirtualMachine};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(script) = arguments.first().cloned() else {
        eprintln!("usage: stock SCRIPT [ARGUMENT]...");
        return ExitCode::from(2);
    };
    let mut settings = Settings::default();
    settings.argv = arguments;
    settings.import_site = false;
    settings.write_bytecode = false;
    let builder = Interpreter::builder(settings);
    let native = rustpython_stdlib::stdlib_module_defs(&builder.ctx);
    let interpreter = builder
        .add_native_modules(&native)
        .init_hook(|vm: &mut VirtualMachine| {
            if let Some(state) = Arc::get_mut(&mut vm.state) {
                let library = rustpython_pylib::LIB_PATH.to_owned();
                state.config.paths.module_search_paths = vec![library.clone()];
                state.config.paths.stdlib_dir = Some(library);
            }
        })
        .build();
    let code = interpreter.run(|vm| {
        let scope = vm.new_scope_with_main()?;
        vm.run_script(scope, &script)
    });
    ExitCode::from(code as u8)
}
