//! Waiting for other threads, as programs see it: for a lock, and for a thread's end.
//!
//! The interpreter's own waits end for nothing but what they wait for. These end for an
//! interrupt too, and the page is told of them.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustpython_vm::builtins::{PyType, PyTypeRef};
use rustpython_vm::function::{FuncArgs, ItemDoc, PyMethodDef, PyMethodFlags};
use rustpython_vm::{AsObject, Py, PyObjectRef, PyResult, VirtualMachine};

use crate::interrupt;
use crate::pause::{LOCK_LOOK, LOCK_TOLD, Told};

/// The interpreter's own methods, which ours call.
static LOCK: OnceLock<PyObjectRef> = OnceLock::new();
static RLOCK: OnceLock<PyObjectRef> = OnceLock::new();
static JOIN: OnceLock<PyObjectRef> = OnceLock::new();

const ACQUIRE_DOC: &str = "acquire($self, /, blocking=True, timeout=-1)\n--\n\n\
    Lock the lock.  Waits until another thread releases it, at most timeout\n\
    seconds; with blocking False it does not wait.  Returns True if it was locked.";
const ENTER_DOC: &str = "__enter__($self, /)\n--\n\nLock the lock.";
const AT_FORK_DOC: &str = "_at_fork_reinit($self, /)\n--\n\nNothing forks here.";
const JOIN_DOC: &str = "join($self, timeout=None, /)\n--\n\nWait until the thread has ended.";

static LOCK_METHODS: [PyMethodDef; 4] = [
    method("acquire", |args, vm| acquire(&LOCK, args, vm), ACQUIRE_DOC),
    method("acquire_lock", |args, vm| acquire(&LOCK, args, vm), ACQUIRE_DOC),
    method("__enter__", |args, vm| acquire(&LOCK, args, vm), ENTER_DOC),
    method("_at_fork_reinit", at_fork, AT_FORK_DOC),
];
static RLOCK_METHODS: [PyMethodDef; 4] = [
    method("acquire", |args, vm| acquire(&RLOCK, args, vm), ACQUIRE_DOC),
    method("acquire_lock", |args, vm| acquire(&RLOCK, args, vm), ACQUIRE_DOC),
    method("__enter__", |args, vm| acquire(&RLOCK, args, vm), ENTER_DOC),
    method("_at_fork_reinit", at_fork, AT_FORK_DOC),
];
static JOIN_METHODS: [PyMethodDef; 1] = [method("join", join, JOIN_DOC)];

const fn method<F>(name: &'static str, function: F, doc: &'static str) -> PyMethodDef
where
    F: Fn(FuncArgs, &VirtualMachine) -> PyResult + Copy + Send + Sync + 'static,
{
    PyMethodDef::new_const(name, function, PyMethodFlags::METHOD, ItemDoc::static_text(doc))
}

/// Puts our methods in the place of the interpreter's.
pub(crate) fn install(vm: &VirtualMachine) -> PyResult<()> {
    let module = vm.import("_thread", 0)?;
    put(&module.get_attr("LockType", vm)?, &LOCK, &LOCK_METHODS, vm)?;
    put(&module.get_attr("RLock", vm)?, &RLOCK, &RLOCK_METHODS, vm)?;
    put(&module.get_attr("_ThreadHandle", vm)?, &JOIN, &JOIN_METHODS, vm)
}

fn put(
    class: &PyObjectRef,
    original: &OnceLock<PyObjectRef>,
    methods: &'static [PyMethodDef],
    vm: &VirtualMachine,
) -> PyResult<()> {
    let class: PyTypeRef = class.clone().try_into_value(vm)?;
    let own = class.as_object().get_attr(methods[0].name, vm)?;
    original.get_or_init(|| own);
    // The interpreter's built-in types are never freed.
    let class: &'static Py<PyType> = Box::leak(Box::new(class));
    for method in methods {
        class.set_attr(vm.ctx.intern_str(method.name), method.to_proper_method(class, &vm.ctx));
    }
    Ok(())
}

fn acquire(original: &OnceLock<PyObjectRef>, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    let Some(original) = original.get() else {
        return Err(vm.new_system_error("there is no lock to acquire"));
    };
    let Some((lock, timeout)) = patience(&args, vm) else { return original.call(args, vm) };
    let locked = |wait: Option<Duration>| -> PyResult<bool> {
        let args: Vec<PyObjectRef> = match wait {
            None => vec![lock.clone(), vm.ctx.new_bool(false).into()],
            Some(wait) => {
                let seconds = vm.ctx.new_float(wait.as_secs_f64());
                vec![lock.clone(), vm.ctx.new_bool(true).into(), seconds.into()]
            }
        };
        original.call(args, vm)?.try_to_bool(vm)
    };
    if locked(None)? {
        return Ok(vm.ctx.new_bool(true).into());
    }
    let got = in_slices("acquire", timeout, locked, vm)?;
    Ok(vm.ctx.new_bool(got).into())
}

/// Returns the lock and how long to wait for it, if it is to be waited for at all. What is
/// wrong with the arguments is left to the interpreter's own method.
fn patience(args: &FuncArgs, vm: &VirtualMachine) -> Option<(PyObjectRef, Option<Duration>)> {
    let argument = |at: usize, name: &str| args.args.get(at).or_else(|| args.kwargs.get(name));
    let known = |name: &_| {
        let name: &rustpython_vm::common::wtf8::Wtf8Buf = name;
        [&b"blocking"[..], b"timeout"].contains(&name.as_bytes())
    };
    if args.args.len() + args.kwargs.len() > 3 || !args.kwargs.keys().all(known) {
        return None;
    }
    if argument(1, "blocking").is_some_and(|flag| !flag.clone().try_to_bool(vm).unwrap_or(false)) {
        return None;
    }
    let lock = args.args.first()?.clone();
    let Some(timeout) = argument(2, "timeout") else { return Some((lock, None)) };
    let seconds = timeout.try_float_opt(vm)?.ok()?.to_f64();
    if seconds == -1.0 {
        return Some((lock, None));
    }
    // Zero does not wait, and more than the clock can hold is refused.
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())?;
    (seconds <= 9_223_372_036.0).then_some((lock, Some(time)))
}

/// The library registers it with `os.register_at_fork`, which never calls it.
#[expect(clippy::unnecessary_wraps, reason = "a method of Python's")]
fn at_fork(_args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    Ok(vm.ctx.none())
}

fn join(args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    let Some(original) = JOIN.get() else {
        return Err(vm.new_system_error("there is no thread to join"));
    };
    let timeout = args.args.get(1).filter(|timeout| !vm.is_none(timeout));
    let time = match timeout.map(|timeout| timeout.try_float_opt(vm)) {
        None => None,
        Some(Some(Ok(seconds))) if seconds.to_f64() < 0.0 => None,
        Some(Some(Ok(seconds))) => match Duration::try_from_secs_f64(seconds.to_f64()) {
            Ok(time) if !time.is_zero() => Some(time),
            _ => return original.call(args, vm),
        },
        Some(_) => return original.call(args, vm),
    };
    let Some(handle) = args.args.first().filter(|_| args.kwargs.is_empty() && args.args.len() <= 2)
    else {
        return original.call(args, vm);
    };
    let ended = |wait: Option<Duration>| -> PyResult<bool> {
        let seconds = vm.ctx.new_float(wait.unwrap_or_default().as_secs_f64());
        original.call((handle.clone(), seconds), vm)?;
        vm.call_method(handle, "is_done", ())?.try_to_bool(vm)
    };
    if !ended(None)? {
        in_slices("join", time, ended, vm)?;
    }
    Ok(vm.ctx.none())
}

/// Waits in parts until `done` says so or the time is over, and looks for interrupts between.
fn in_slices(
    method: &'static str,
    time: Option<Duration>,
    done: impl Fn(Option<Duration>) -> PyResult<bool>,
    vm: &VirtualMachine,
) -> PyResult<bool> {
    // Other threads are not interrupted, so they wait in one go.
    const LONGEST: Duration = Duration::from_secs(3600);
    let look = if interrupt::is_main_thread() { LOCK_LOOK } else { LONGEST };
    let deadline = time.and_then(|time| Instant::now().checked_add(time));
    let left = || deadline.map(|at| at.saturating_duration_since(Instant::now()));
    if done(Some(left().unwrap_or(LOCK_TOLD).min(LOCK_TOLD)))? {
        return Ok(true);
    }
    let _told = Told::of(method, vm);
    loop {
        interrupt::check(vm)?;
        match left() {
            Some(left) if left.is_zero() => return Ok(false),
            left => {
                if done(Some(left.unwrap_or(look).min(look)))? {
                    return Ok(true);
                }
            }
        }
    }
}
