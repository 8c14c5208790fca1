//! The program in the tab: an interpreter that waits for tasks and says how they ended.

mod paths;

use std::process::ExitCode;

use rustpython_vm::{PyResult, VirtualMachine};
use shared::errno::Failure;
use shared::guest::{Finished, GuestRequest, Task};

use crate::task::Shell;
use crate::transport::mailbox::{Mailbox, exchange};
use crate::{client, interpreter, interrupt};

/// Where the session's files are, and where programs are run.
const HOME: &str = "/home/user";

/// Modules that nearly every program imports, loaded before there is one to run.
const WARM: &[&str] = &["socket", "threading", "traceback", "linecache", "codeop"];

pub(crate) fn main() -> ExitCode {
    if let Err(error) = std::env::set_current_dir(HOME) {
        eprintln!("python: {HOME} is not there: {error}");
    }
    client::connect_through(Mailbox);
    interpreter::build().enter(|vm| match warm_up(vm) {
        Ok(shell) => match work(&shell, vm) {
            Ok(never) => match never {},
            Err(failure) => {
                eprintln!("python: the kernel worker has no task: {failure}");
                ExitCode::FAILURE
            }
        },
        Err(exception) => {
            vm.print_exception(&exception);
            ExitCode::FAILURE
        }
    })
}

fn warm_up(vm: &VirtualMachine) -> PyResult<Shell> {
    // What is not compiled in would have to be fetched, which can wait until it is needed.
    for &module in WARM.iter().filter(|&&module| vm.state.frozen.contains_key(module)) {
        vm.import(module, 0)?;
    }
    vm.insert_sys_path(vm.ctx.new_str(HOME).into())?;
    interrupt::start(vm);
    Shell::new(vm)
}

/// Does one task after another, until the kernel worker ends the program.
fn work(shell: &Shell, vm: &VirtualMachine) -> Result<std::convert::Infallible, Failure> {
    loop {
        let task = vm.allow_threads(next_task)?;
        interrupt::forget(vm);
        let finished = match task {
            Task::Run { file, args } => shell.run_file(&file, &args, vm),
            Task::Prompt { source } => shell.prompt(&source, vm),
            Task::Complete { line } => shell.complete(&line, vm),
        };
        report(finished)?;
    }
}

fn next_task() -> Result<Task, Failure> {
    let (task, _) = exchange(&GuestRequest::NextTask, &[], 0)?;
    serde_json::from_str(task.get())
        .map_err(|error| Failure::explained(shared::errno::Errno::EPROTO, error.to_string()))
}

fn report(finished: Finished) -> Result<(), Failure> {
    exchange(&GuestRequest::Finished(finished), &[], 0).map(drop)
}
