//! Running a program and, after it or instead of it, what is typed at its prompt.

use std::io::ErrorKind;
use std::path::Path;

use rustpython_vm::builtins::{PyBaseExceptionRef, PyCode, PyList, PyListRef};
use rustpython_vm::scope::Scope;
use rustpython_vm::{AsObject, PyObjectRef, PyRef, PyResult, VirtualMachine};
use shared::errno::Errno;
use shared::guest::{Finished, Raised};

use crate::site;

/// What Python exits with when its output cannot be written.
const EXIT_OUTPUT_LOST: i32 = 120;

/// What Python exits with when the program cannot be read.
const EXIT_NO_PROGRAM: i32 = 2;

/// What a shell says of a process that SIGINT ended.
const EXIT_INTERRUPTED: i32 = 130;

/// A program's `__main__`, and what is around it.
pub(crate) struct Shell {
    main: Scope,
    shell: PyObjectRef,
}

impl Shell {
    /// Prepares an empty `__main__`.
    pub(crate) fn new(vm: &VirtualMachine) -> PyResult<Self> {
        let main = vm.new_scope_with_main()?;
        let shell = vm.import("_sockpit_shell", 0)?;
        vm.call_method(&shell, "install_builtins", ())?;
        Ok(Shell { main, shell })
    }

    /// Runs a program file as `__main__`, to the end of its last thread.
    pub(crate) fn run_file(&self, file: &str, args: &[String], vm: &VirtualMachine) -> Finished {
        let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
        let source = match std::fs::read(&path) {
            Ok(source) => source,
            Err(error) => {
                let errno = open_failure(&error);
                let (number, text) = (errno.number(), errno.text());
                eprintln!("python: can't open file '{}': [Errno {number}] {text}", path.display());
                return finished(EXIT_NO_PROGRAM, None, false);
            }
        };
        let result = self.prepare(file, &path, args, vm).and_then(|()| {
            let path = path.display().to_string();
            let code = compile(vm.ctx.new_bytes(source).into(), &path, vm)?;
            vm.run_code_obj(code, self.main.clone()).map(drop)
        });
        self.end(result, vm)
    }

    /// Runs source text as `__main__`, to the end of its last thread.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn run_text(&self, text: &str, args: &[String], vm: &VirtualMachine) -> Finished {
        let result = set_argv("-c", args, vm).and_then(|()| {
            vm.insert_sys_path(vm.ctx.new_str("").into())?;
            let code = compile(vm.ctx.new_str(text).into(), "<string>", vm)?;
            vm.run_code_obj(code, self.main.clone()).map(drop)
        });
        self.end(result, vm)
    }

    /// Runs what was typed at the prompt, if it is complete.
    pub(crate) fn prompt(&self, source: &str, vm: &VirtualMachine) -> Finished {
        let result = self.compile_prompt(source, vm).and_then(|codes| {
            let Some(codes) = codes else { return Ok(false) };
            for code in codes {
                vm.run_code_obj(code, self.main.clone())?;
            }
            Ok(true)
        });
        let error = match result {
            Ok(true) => None,
            Ok(false) => return Finished::Incomplete,
            Err(exception) if exception.fast_isinstance(vm.ctx.exceptions.system_exit) => {
                let exit_code = exit_code(vm.handle_exit_exception(exception));
                return self.end_with(exit_code, None, vm);
            }
            Err(exception) => {
                vm.print_exception(&exception);
                Some(raised(&exception, vm))
            }
        };
        self.flush(vm);
        Finished::Prompt { error }
    }

    /// Lists what could stand at the end of a line.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn complete(&self, line: &str, vm: &VirtualMachine) -> Finished {
        let globals = self.main.globals.clone();
        let found = vm
            .call_method(&self.shell, "complete", (line, globals))
            .and_then(|found| found.try_into_value::<Vec<PyObjectRef>>(vm))
            .and_then(|found| match found.as_slice() {
                [replaces, candidates] => Ok((
                    replaces.clone().try_into_value::<u32>(vm)?,
                    candidates.clone().try_into_value::<Vec<String>>(vm)?,
                )),
                _ => Ok((0, Vec::new())),
            });
        // A completion that fails is no completion; the visitor only pressed a key.
        let (replaces, candidates) = found.unwrap_or_default();
        Finished::Complete { replaces, candidates }
    }

    fn prepare(
        &self,
        file: &str,
        path: &Path,
        args: &[String],
        vm: &VirtualMachine,
    ) -> PyResult<()> {
        set_argv(file, args, vm)?;
        let directory = path.parent().unwrap_or(Path::new("/")).display().to_string();
        let found_in = vm.sys_module.get_attr("path", vm)?.get_item(&0, vm);
        // In the tab it is there before the program is.
        if !found_in
            .is_ok_and(|first| first.str(vm).is_ok_and(|first| first.to_string() == directory))
        {
            vm.insert_sys_path(vm.ctx.new_str(directory).into())?;
        }
        let name = vm.ctx.new_str(path.display().to_string());
        self.main.globals.set_item("__file__", name.into(), vm)
    }

    fn compile_prompt(
        &self,
        source: &str,
        vm: &VirtualMachine,
    ) -> PyResult<Option<Vec<PyRef<PyCode>>>> {
        let codes = vm.call_method(&self.shell, "compile_prompt", (source,))?;
        if vm.is_none(&codes) {
            return Ok(None);
        }
        let codes: PyListRef = codes.try_into_value(vm)?;
        let codes: PyResult<_> =
            codes.borrow_vec().iter().map(|code| code.clone().try_into_value(vm)).collect();
        codes.map(Some)
    }

    /// Ends a program the way Python ends a process.
    fn end(&self, result: PyResult<()>, vm: &VirtualMachine) -> Finished {
        let Err(exception) = result else { return self.end_with(0, None, vm) };
        let exits = exception.fast_isinstance(vm.ctx.exceptions.system_exit);
        let error = (!exits).then(|| raised(&exception, vm));
        self.flush(vm);
        let code = if exception.fast_isinstance(vm.ctx.exceptions.keyboard_interrupt) {
            vm.print_exception(&exception);
            EXIT_INTERRUPTED
        } else {
            exit_code(vm.handle_exit_exception(exception))
        };
        self.end_with(code, error, vm)
    }

    fn end_with(&self, code: i32, error: Option<Raised>, vm: &VirtualMachine) -> Finished {
        let mut code = code;
        let threads_left = match vm.call_method(&self.shell, "end", ()) {
            Ok(left) => left.try_into_value(vm).unwrap_or(true),
            Err(exception) => {
                if exception.fast_isinstance(vm.ctx.exceptions.keyboard_interrupt) {
                    code = EXIT_INTERRUPTED;
                }
                vm.print_exception(&exception);
                true
            }
        };
        let code = if self.flush(vm) || code != 0 { code } else { EXIT_OUTPUT_LOST };
        finished(code, error, threads_left)
    }

    fn flush(&self, vm: &VirtualMachine) -> bool {
        vm.call_method(&self.shell, "flush", ())
            .and_then(|flushed| flushed.try_into_value(vm))
            .unwrap_or(false)
    }
}

/// Returns why a program's file cannot be read; its number is the platform's own.
fn open_failure(error: &std::io::Error) -> Errno {
    match error.kind() {
        ErrorKind::NotFound => Errno::ENOENT,
        ErrorKind::PermissionDenied => Errno::EACCES,
        ErrorKind::IsADirectory => Errno::EISDIR,
        _ => Errno::EIO,
    }
}

fn finished(exit_code: i32, error: Option<Raised>, threads_left: bool) -> Finished {
    Finished::Run { exit_code, error, threads_left }
}

/// Returns the exit code as a process has it: one byte.
fn exit_code(code: u32) -> i32 {
    i32::from(code as u8)
}

fn raised(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Raised {
    let message = exception.as_object().str(vm).map(|text| text.to_string()).unwrap_or_default();
    Raised {
        kind: exception.class().name().to_string(),
        message,
        site: site::of_exception(exception, vm),
    }
}

fn compile(source: PyObjectRef, path: &str, vm: &VirtualMachine) -> PyResult<PyRef<PyCode>> {
    let compile = vm.builtins.get_attr("compile", vm)?;
    compile.call((source, path, "exec", 0, true), vm)?.try_into_value(vm)
}

fn set_argv(name: &str, args: &[String], vm: &VirtualMachine) -> PyResult<()> {
    let all = std::iter::once(name).chain(args.iter().map(String::as_str));
    let argv = PyList::from(all.map(|arg| vm.ctx.new_str(arg).into()).collect::<Vec<_>>());
    vm.sys_module.set_attr("argv", vm.ctx.new_list(argv.borrow_vec().to_vec()), vm)
}
