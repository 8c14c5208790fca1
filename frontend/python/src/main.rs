//! Sockpit's Python: RustPython, whose socket calls are made by a backend.
//!
//! In the tab it is a `wasm32-wasip1-threads` program that the kernel worker runs; natively it
//! is a command that runs a script against a backend.
//!
//! # Layout
//!
//! - [`argument`]: how functions take their arguments.
//! - [`interpreter`]: the interpreter, its standard library, its native modules.
//! - [`linux`]: what makes the platform look like Linux.
//! - [`task`]: running a program, its prompt, its completions.
//! - [`socket`]: `_socket`; [`select`]: `select`; [`tls`]: what `ssl` runs on.
//! - [`client`]: the one door to the host; [`transport`]: how a call gets there.
//! - [`site`]: which line of the program is being executed.
//! - [`interrupt`]: Stop, as `KeyboardInterrupt`; [`pause`], [`lock`]: waits that it ends.

mod argument;
mod interpreter;
mod interrupt;
mod linux;
mod lock;
mod pause;
mod task;

mod select;
mod socket;

#[cfg(not(feature = "tls"))]
#[path = "tls/absent.rs"]
mod tls;
#[cfg(feature = "tls")]
mod tls;

mod client;
mod site;
mod transport;

#[cfg(not(target_arch = "wasm32"))]
mod command;
#[cfg(target_arch = "wasm32")]
mod tab;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    command::main()
}

#[cfg(target_arch = "wasm32")]
fn main() -> std::process::ExitCode {
    tab::main()
}
