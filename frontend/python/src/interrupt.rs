//! Interrupts: what Ctrl-C at a terminal is to a process, pressed as Stop in the tab.
//!
//! The kernel worker has one thread of the interpreter run for it ([`raise`]), which sets a flag
//! and has the main thread look at it: a call that waits ends with `EINTR`, and a program that
//! computes is asked at its next jump or call, through `sys.monitoring`. (The interpreter's own
//! look at signals is not compiled for WebAssembly.) The flag then becomes a call of the
//! program's handler, whose default raises `KeyboardInterrupt`.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::ThreadId;

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};

/// The tool of `sys.monitoring` that asks; the last but one, for debuggers and profilers have
/// the first ones by convention.
const TOOL: usize = 4;

static MAIN: OnceLock<ThreadId> = OnceLock::new();
static HANDLER: OnceLock<PyObjectRef> = OnceLock::new();
static EVENTS: AtomicU32 = AtomicU32::new(0);
static PENDING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// What a handler raised in the middle of a call, until the call has come to its end.
    static RAISED: RefCell<Option<PyBaseExceptionRef>> = const { RefCell::new(None) };
}

/// Tells whether this is the thread that is interrupted.
pub(crate) fn is_main_thread() -> bool {
    MAIN.get() == Some(&std::thread::current().id())
}

/// Notes the main thread and what an interrupt calls, and lets a computing program be asked.
pub(crate) fn prepare(face: &PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    MAIN.get_or_init(|| std::thread::current().id());
    let handler = face.get_attr("interrupted", vm)?;
    HANDLER.get_or_init(|| handler);
    if cfg!(target_arch = "wasm32") {
        let ask = vm
            .new_function("ask", |_args: rustpython_vm::function::PosArgs, vm: &VirtualMachine| {
                check(vm)
            });
        let events = vm.call_method(face, "watch", (TOOL, ask))?.try_into_value::<u32>(vm)?;
        EVENTS.store(events, Ordering::Relaxed);
        rest(vm);
    }
    Ok(())
}

/// Has nobody asked until the next interrupt. The code stays prepared, which costs little.
fn rest(vm: &VirtualMachine) {
    let wanted = vm.state.monitoring.lock().global_events;
    let others = wanted.iter().enumerate().filter(|(tool, _)| *tool != TOOL);
    vm.state.monitoring_events.store(others.fold(0, |all, (_, events)| all | events));
}

/// Calls the program's handler if there was an interrupt; what it raises comes back.
pub(crate) fn check(vm: &VirtualMachine) -> PyResult<()> {
    if !is_main_thread() || !PENDING.swap(false, Ordering::AcqRel) {
        return Ok(());
    }
    rest(vm);
    match HANDLER.get() {
        Some(handler) => handler.call((), vm).map(drop),
        None => Ok(()),
    }
}

/// Forgets an interrupt that came after what it was meant for had ended.
#[cfg(target_arch = "wasm32")]
pub(crate) fn forget(vm: &VirtualMachine) {
    PENDING.store(false, Ordering::Release);
    rest(vm);
}

/// As [`check`], for the middle of a call: tells whether to go on with it. What the handler
/// raised is kept for [`take_raised`].
pub(crate) fn goes_on(vm: &VirtualMachine) -> bool {
    match check(vm) {
        Ok(()) => true,
        Err(exception) => {
            RAISED.set(Some(exception));
            false
        }
    }
}

/// Returns what a handler raised in the call that has just ended.
pub(crate) fn take_raised() -> Option<PyBaseExceptionRef> {
    RAISED.take()
}

/// Starts the thread that raises interrupts. The kernel worker lets it begin with the first one.
#[cfg(target_arch = "wasm32")]
pub(crate) fn start(vm: &VirtualMachine) {
    let state = vm.state.clone();
    crate::pause::keep_next_thread();
    let started = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
        loop {
            PENDING.store(true, Ordering::Release);
            state.monitoring_events.fetch_or(EVENTS.load(Ordering::Relaxed));
            crate::pause::until_next_interrupt();
        }
    });
    if let Err(error) = started {
        eprintln!("python: Stop will end programs at once: {error}");
    }
}
