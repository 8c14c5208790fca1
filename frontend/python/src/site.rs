//! Where a program is: the innermost line of its own files.

use std::path::Path;

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{AsObject, VirtualMachine};
use shared::guest::Site;

use crate::interpreter;

/// Returns the line of the program that is being executed, whatever library code it called.
pub(crate) fn current(vm: &VirtualMachine) -> Option<Site> {
    let mut next = vm.current_frame();
    while let Some(frame) = next {
        if let Some(file) = own_file(frame.f_code().source_path().as_str()) {
            // Of the frame as it runs: `current_location` is of when the object was made.
            let line = u32::try_from(frame.lineno()).unwrap_or(0);
            return Some(Site { file, line });
        }
        next = frame.f_back(vm);
    }
    None
}

/// Returns what the program waits in when a library function has come to `innermost`: the
/// function that a line of the program called, and that line.
#[cfg(target_arch = "wasm32")]
pub(crate) fn waiting(innermost: &str, vm: &VirtualMachine) -> (String, Option<Site>) {
    let mut method = innermost.to_owned();
    let mut first = None;
    let mut next = vm.current_frame();
    while let Some(frame) = next {
        let code = frame.f_code();
        if let Some(file) = own_file(code.source_path().as_str()) {
            let line = u32::try_from(frame.lineno()).unwrap_or(0);
            return (method, Some(Site { file, line }));
        }
        method = code.obj_name.to_string();
        first.get_or_insert_with(|| method.clone());
        next = frame.f_back(vm);
    }
    (first.unwrap_or_else(|| innermost.to_owned()), None)
}

/// Returns where an exception comes from: the innermost line of the program on its traceback,
/// or the line that a syntax error is about.
pub(crate) fn of_exception(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Option<Site> {
    if exception.fast_isinstance(vm.ctx.exceptions.syntax_error) {
        let attribute = |name| exception.as_object().get_attr(name, vm).ok();
        let file: String = attribute("filename")?.try_into_value(vm).ok()?;
        let line: u32 = attribute("lineno")?.try_into_value(vm).ok()?;
        return own_file(&file).map(|file| Site { file, line });
    }
    let mut innermost = None;
    for traceback in exception.traceback()?.iter() {
        if let Some(file) = own_file(traceback.frame.f_code().source_path().as_str()) {
            let line = u32::try_from(traceback.lineno.get()).unwrap_or(u32::MAX);
            innermost = Some(Site { file, line });
        }
    }
    innermost
}

/// Returns the name by which the program's author knows the file, if it is one of theirs.
fn own_file(path: &str) -> Option<String> {
    // `<frozen …>`, `<stdin>`, `<string>`: not files.
    if path.starts_with('<') || path.starts_with(interpreter::LIBRARY) {
        return None;
    }
    let directory = std::env::current_dir().ok();
    let relative = directory.and_then(|directory| {
        Path::new(path).strip_prefix(directory).ok().map(|path| path.display().to_string())
    });
    Some(relative.unwrap_or_else(|| path.to_owned()))
}
