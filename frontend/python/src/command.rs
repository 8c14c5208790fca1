//! The native command: runs a script, a text or a prompt against a backend.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use rustpython_vm::VirtualMachine;
use shared::guest::Finished;

use crate::task::Shell;
use crate::transport::websocket::WebSocket;
use crate::{client, interpreter};

const USAGE: &str = "\
Runs Python programs whose socket calls are made by a Sockpit backend.

Usage: python [--backend URL] [FILE | -c TEXT | -] [ARGUMENT]...

  FILE          the program to run
  -c TEXT       the program itself
  -             read the program from the standard input
  --backend URL the backend's WebSocket (default ws://127.0.0.1:8000/ws,
                or what SOCKPIT_BACKEND says)
  --help        print this

Without a program, what is typed is run line by line.
";

const BACKEND: &str = "ws://127.0.0.1:8000/ws";

/// What to run.
#[derive(Debug, PartialEq)]
enum Program {
    File(String),
    Text(String),
    Input,
    Prompt,
}

#[derive(Debug, PartialEq)]
struct Arguments {
    backend: Option<String>,
    program: Program,
    rest: Vec<String>,
}

pub(crate) fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("python: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let backend = arguments.backend.or_else(|| std::env::var("SOCKPIT_BACKEND").ok());
    client::connect_through(WebSocket::new(backend.unwrap_or_else(|| BACKEND.to_owned())));
    let code = interpreter::build().enter(|vm| match Shell::new(vm) {
        Ok(shell) => run(&shell, arguments.program, &arguments.rest, vm),
        Err(exception) => {
            vm.print_exception(&exception);
            1
        }
    });
    // Daemon threads end with the process, as in CPython.
    std::process::exit(code);
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let mut backend = None;
    let program = loop {
        match arguments.next().as_deref() {
            None => break Program::Prompt,
            Some("--help" | "-h") => return Ok(None),
            Some("--backend") => {
                backend = Some(arguments.next().ok_or("--backend needs a URL")?);
            }
            Some("-c") => break Program::Text(arguments.next().ok_or("-c needs a text")?),
            Some("-") => break Program::Input,
            Some(option) if option.starts_with('-') => {
                return Err(format!("there is no option {option}"));
            }
            Some(file) => break Program::File(file.to_owned()),
        }
    };
    Ok(Some(Arguments { backend, program, rest: arguments.collect() }))
}

fn run(shell: &Shell, program: Program, rest: &[String], vm: &VirtualMachine) -> i32 {
    let finished = match program {
        Program::File(file) => shell.run_file(&file, rest, vm),
        Program::Text(text) => shell.run_text(&text, rest, vm),
        Program::Input => match std::io::read_to_string(std::io::stdin()) {
            Ok(text) => shell.run_text(&text, rest, vm),
            Err(error) => {
                eprintln!("python: {error}");
                return 1;
            }
        },
        Program::Prompt => return prompt(shell, vm),
    };
    exit_code(&finished).unwrap_or(0)
}

/// Reads and runs lines until there are no more, or one of them exits.
fn prompt(shell: &Shell, vm: &VirtualMachine) -> i32 {
    let shown = std::io::stdin().is_terminal();
    let mut source = String::new();
    loop {
        if shown {
            print!("{}", if source.is_empty() { ">>> " } else { "... " });
            if std::io::stdout().flush().is_err() {
                return 1;
            }
        }
        let before = source.len();
        match vm.allow_threads(|| std::io::stdin().lock().read_line(&mut source)) {
            Ok(0) => return exit_code(&shell.run_text("", &[], vm)).unwrap_or(0),
            Ok(_) => {}
            Err(error) => {
                eprintln!("python: {error}");
                return 1;
            }
        }
        // An empty line ends a block: the compiler sees it as the newline after the last.
        debug_assert!(source.len() > before);
        match shell.prompt(source.trim_end_matches('\n'), vm) {
            Finished::Incomplete if source[before..].trim().is_empty() => {
                shell.prompt(&source, vm);
                source.clear();
            }
            Finished::Incomplete => {}
            finished => {
                if let Some(code) = exit_code(&finished) {
                    return code;
                }
                source.clear();
            }
        }
    }
}

fn exit_code(finished: &Finished) -> Option<i32> {
    match finished {
        Finished::Run { exit_code, .. } => Some(*exit_code),
        Finished::Prompt { .. } | Finished::Incomplete | Finished::Complete { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, program: Program, rest: &[&str]) {
        let parsed = parse(line.split_whitespace().map(str::to_owned));
        let rest = rest.iter().map(|&arg| arg.to_owned()).collect();
        assert_eq!(parsed, Ok(Some(Arguments { backend: None, program, rest })));
    }

    #[test]
    fn what_follows_the_program_is_the_programs() {
        check("", Program::Prompt, &[]);
        check("a.py -c --backend", Program::File("a.py".into()), &["-c", "--backend"]);
        check("-c pass x", Program::Text("pass".into()), &["x"]);
        check("- x", Program::Input, &["x"]);
    }

    #[test]
    fn options_that_are_not_there_are_refused() {
        assert!(parse(["--port".to_owned()].into_iter()).is_err());
        assert!(parse(["--backend".to_owned()].into_iter()).is_err());
    }
}
