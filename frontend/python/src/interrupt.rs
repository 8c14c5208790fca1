//! Signals: what Ctrl-C at a terminal is to a process, pressed as Stop in the tab, and those that
//! a program sends itself.
//!
//! The kernel worker has one thread of the interpreter run for it ([`start`]), which notes the
//! signal and has the main thread look: a call that waits ends with `EINTR`, and a program that
//! computes is asked at its next jump or call, through `sys.monitoring`. (The interpreter's own
//! look at signals is not compiled for WebAssembly.) The note then becomes a call of the
//! program's handler, which for `SIGINT` raises `KeyboardInterrupt` by default.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::ThreadId;

use rustpython_vm::builtins::PyBaseExceptionRef;
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};

/// The tool of `sys.monitoring` that asks; the last but one, for debuggers and profilers have
/// the first ones by convention.
const TOOL: usize = 4;

static MAIN: OnceLock<ThreadId> = OnceLock::new();
static HANDLER: OnceLock<PyObjectRef> = OnceLock::new();
static EVENTS: AtomicU32 = AtomicU32::new(0);
/// The signals that came, a bit each.
static PENDING: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// What a handler raised in the middle of a call, until the call has come to its end.
    static RAISED: RefCell<Option<PyBaseExceptionRef>> = const { RefCell::new(None) };
}

/// Tells whether this is the thread that is interrupted.
pub(crate) fn is_main_thread() -> bool {
    MAIN.get() == Some(&std::thread::current().id())
}

/// Notes the main thread and what an interrupt calls, and lets a computing program be asked.
pub(crate) fn prepare(vm: &VirtualMachine) -> PyResult<()> {
    MAIN.get_or_init(|| std::thread::current().id());
    if cfg!(target_arch = "wasm32") {
        let signals = vm.import("_sockpit_signals", 0)?;
        let handler = signals.get_attr("deliver", vm)?;
        HANDLER.get_or_init(|| handler);
        let ask = vm
            .new_function("ask", |_args: rustpython_vm::function::PosArgs, vm: &VirtualMachine| {
                check(vm)
            });
        let events = vm.call_method(&signals, "watch", (TOOL, ask))?.try_into_value::<u32>(vm)?;
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

/// Calls the program's handlers of the signals that came; what one of them raises comes back.
pub(crate) fn check(vm: &VirtualMachine) -> PyResult<()> {
    if !is_main_thread() {
        return Ok(());
    }
    let mut signals = PENDING.swap(0, Ordering::AcqRel);
    if signals == 0 {
        return Ok(());
    }
    rest(vm);
    let Some(handler) = HANDLER.get() else { return Ok(()) };
    while signals != 0 {
        let signal = signals.trailing_zeros();
        signals &= signals - 1;
        if let Err(raised) = handler.call((signal,), vm) {
            // The rest are for the next look.
            PENDING.fetch_or(signals, Ordering::AcqRel);
            return Err(raised);
        }
    }
    Ok(())
}

/// Forgets an interrupt that came after what it was meant for had ended.
#[cfg(target_arch = "wasm32")]
pub(crate) fn forget(vm: &VirtualMachine) {
    PENDING.store(0, Ordering::Release);
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

/// Starts the thread that takes notice of signals. The kernel worker lets it begin with the first.
#[cfg(target_arch = "wasm32")]
pub(crate) fn start(vm: &VirtualMachine) {
    let state = vm.state.clone();
    crate::pause::keep_next_thread();
    let started = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
        loop {
            let signal = crate::pause::next_signal();
            PENDING.fetch_or(1 << (signal % 64), Ordering::AcqRel);
            state.monitoring_events.fetch_or(EVENTS.load(Ordering::Relaxed));
        }
    });
    if let Err(error) = started {
        eprintln!("python: Stop will end programs at once: {error}");
    }
}
