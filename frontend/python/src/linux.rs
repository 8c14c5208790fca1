//! The Linux face: what programs see of the platform is Linux, also where it is WASI.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use rustpython_vm::builtins::{PyStrRef, PyTypeRef};
use rustpython_vm::function::FuncArgs;

use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use shared::errno::Errno;

use crate::client::Timeout;
use crate::socket::error;
use crate::{interrupt, lock, pause};

pub(crate) use errno_module::module_def;

/// Second names of errors, which `errorcode` prefers to the first as CPython's does (but for
/// `EWOULDBLOCK`).
const ALIASES: &[(&str, Errno)] = &[
    ("EWOULDBLOCK", Errno::EAGAIN),
    ("EDEADLOCK", Errno::EDEADLK),
    ("ENOTSUP", Errno::EOPNOTSUPP),
];

#[rustpython_vm::pymodule(name = "errno")]
mod errno_module {
    //! The numbers of the system's errors, by name. errorcode has the names by number.

    use rustpython_vm::builtins::PyModule;
    use rustpython_vm::{Py, PyResult, VirtualMachine};

    use super::*;

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        __module_exec(vm, module);
        let names = vm.ctx.new_dict();
        for errno in Errno::ALL.iter().filter(|errno| !errno.is_resolver()) {
            let number = vm.ctx.new_int(errno.number());
            module.set_attr(vm.ctx.intern_str(errno.name()), number.clone(), vm)?;
            names.set_item(number.as_object(), vm.ctx.new_str(errno.name()).into(), vm)?;
        }
        for (name, errno) in ALIASES {
            let number = vm.ctx.new_int(errno.number());
            module.set_attr(vm.ctx.intern_str(*name), number.clone(), vm)?;
            if *errno != Errno::EAGAIN {
                names.set_item(number.as_object(), vm.ctx.new_str(*name).into(), vm)?;
            }
        }
        module.set_attr("errorcode", names, vm)
    }
}

/// A class's `__new__`.
type NewFunc = fn(PyTypeRef, FuncArgs, &VirtualMachine) -> PyResult;

/// What makes an `OSError`, before we do.
static NEW: OnceLock<NewFunc> = OnceLock::new();

/// Makes the interpreter look like one on Linux.
pub(crate) fn put_on(vm: &VirtualMachine) -> PyResult<()> {
    vm.sys_module.set_attr("platform", vm.ctx.new_str("linux"), vm)?;
    let class = &vm.ctx.exceptions.os_error.slots.new;
    if let Some(new) = class.load()
        && NEW.set(new).is_ok()
    {
        class.store(Some(new_os_error));
    }
    let numbers = vm.ctx.new_dict();
    for (&foreign, errno) in &foreign_numbers() {
        let pair = vm.new_tuple((errno.number(), errno.text()));
        numbers.set_item(vm.ctx.new_int(foreign).as_object(), pair.into(), vm)?;
    }
    let face = vm.import("_sockpit_linux", 0)?;
    lock::install(vm)?;
    interrupt::prepare(vm)?;
    let fields: Vec<PyObjectRef> =
        vm.call_method(&face, "put_on", (numbers,))?.try_into_value(vm)?;
    if cfg!(target_arch = "wasm32") {
        put_on_tab(&face, vm)?;
    }
    for (name, field) in ["errno", "strerror", "args"].into_iter().zip(fields) {
        vm.ctx.exceptions.os_error.set_attr(vm.ctx.intern_str(name), field);
    }
    show_as_on_linux(vm.ctx.exceptions.os_error.to_owned(), vm)
}

/// Has the class and those below it show what their fields say, not what they were made of.
fn show_as_on_linux(class: PyTypeRef, vm: &VirtualMachine) -> PyResult<()> {
    class.slots.repr.store(Some(repr_of_os_error));
    let below: Vec<PyTypeRef> =
        vm.call_method(class.as_object(), "__subclasses__", ())?.try_into_value(vm)?;
    below.into_iter().try_for_each(|class| show_as_on_linux(class, vm))
}

/// Returns the repr of an `OSError`, from its arguments as a program sees them.
fn repr_of_os_error(error: &PyObject, vm: &VirtualMachine) -> PyResult<PyStrRef> {
    let args: Vec<PyObjectRef> = error.get_attr("args", vm)?.try_into_value(vm)?;
    let parts: Vec<String> = args
        .iter()
        .map(|arg| Ok(arg.repr(vm)?.to_string_lossy().into_owned()))
        .collect::<PyResult<_>>()?;
    Ok(vm.ctx.new_str(format!("{}({})", error.class().name(), parts.join(", "))))
}

/// Puts on what only the tab lacks.
fn put_on_tab(face: &PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    let texts = vm.ctx.new_dict();
    for errno in Errno::ALL.iter().filter(|errno| !errno.is_resolver()) {
        let text = vm.ctx.new_str(errno.text());
        texts.set_item(vm.ctx.new_int(errno.number()).as_object(), text.into(), vm)?;
    }
    let check = vm.new_function("check", |vm: &VirtualMachine| interrupt::check(vm));
    let sleep = vm.new_function("sleep", sleep);
    let send = vm.new_function("send", pause::send_signal);
    vm.call_method(face, "put_on_tab", (texts, check, sleep, send)).map(drop)
}

/// sleep(object, /)
/// --
///
/// Delay execution for a given number of seconds.
fn sleep(seconds: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
    let number = seconds.try_float_opt(vm).unwrap_or_else(|| {
        let kind = seconds.class().name().to_string();
        let text = format!("'{kind}' object cannot be interpreted as an integer or float");
        Err(vm.new_type_error(text))
    })?;
    let number = number.to_f64();
    if number.is_nan() {
        return Err(vm.new_value_error("Invalid value NaN (not a number)"));
    }
    if number < 0.0 {
        return Err(vm.new_value_error("sleep length must be non-negative"));
    }
    let time = Duration::try_from_secs_f64(number)
        .map_err(|_| vm.new_overflow_error("timestamp out of range for platform time_t"))?;
    pause::sleep("sleep", Timeout::After(time), vm)
}

/// Makes an `OSError`, or the subclass of it that Linux's number asks for.
///
/// The interpreter's own choice goes by the numbers of the platform it was built for.
fn new_os_error(class: PyTypeRef, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    let Some(new) = NEW.get() else {
        return Err(vm.new_system_error("OSError cannot be made"));
    };
    if !class.is(vm.ctx.exceptions.os_error) {
        // A subclass inherited this function. With the interpreter's own in its place it
        // decides by itself whether `__init__` or `__new__` sets the fields.
        class.slots.new.store(Some(*new));
        return new(class, args, vm);
    }
    let errno = match args.args.as_slice() {
        [number, _, ..] if args.args.len() <= 5 => number
            .try_index_opt(vm)
            .and_then(Result::ok)
            .and_then(|number| Errno::from_number(number.try_to_primitive::<i32>(vm).ok()?)),
        _ => None,
    };
    match errno.map(|errno| error::class(errno, vm)) {
        Some(subclass) if !subclass.is(vm.ctx.exceptions.os_error) => new(subclass, args, vm),
        _ => plain_os_error(*new, class, args, vm),
    }
}

/// Makes an `OSError` that is none of its subclasses, whatever its number means elsewhere.
fn plain_os_error(new: NewFunc, class: PyTypeRef, args: FuncArgs, vm: &VirtualMachine) -> PyResult {
    let fields = args.args.clone();
    if !(2..=5).contains(&fields.len()) || !args.kwargs.is_empty() {
        return new(class, args, vm);
    }
    let exception = new(class, FuncArgs::default(), vm)?;
    let names = ["errno", "strerror", "filename", "winerror", "filename2"];
    for (name, value) in names.into_iter().zip(&fields).filter(|(name, _)| *name != "winerror") {
        exception.set_attr(vm.ctx.intern_str(name), value.clone(), vm)?;
    }
    let args = vm.ctx.new_tuple(fields[..2].to_vec());
    exception.set_attr(vm.ctx.intern_str("args"), args, vm)?;
    Ok(exception)
}

/// Returns the errors whose numbers in WASI (the `errno` of its preview 1) are not Linux's.
fn foreign_numbers() -> BTreeMap<i32, Errno> {
    use Errno::*;
    // In WASI's order, which counts from 1.
    let wasi = [
        E2BIG,
        EACCES,
        EADDRINUSE,
        EADDRNOTAVAIL,
        EAFNOSUPPORT,
        EAGAIN,
        EALREADY,
        EBADF,
        EBADMSG,
        EBUSY,
        ECANCELED,
        ECHILD,
        ECONNABORTED,
        ECONNREFUSED,
        ECONNRESET,
        EDEADLK,
        EDESTADDRREQ,
        EDOM,
        EDQUOT,
        EEXIST,
        EFAULT,
        EFBIG,
        EHOSTUNREACH,
        EIDRM,
        EILSEQ,
        EINPROGRESS,
        EINTR,
        EINVAL,
        EIO,
        EISCONN,
        EISDIR,
        ELOOP,
        EMFILE,
        EMLINK,
        EMSGSIZE,
        EMULTIHOP,
        ENAMETOOLONG,
        ENETDOWN,
        ENETRESET,
        ENETUNREACH,
        ENFILE,
        ENOBUFS,
        ENODEV,
        ENOENT,
        ENOEXEC,
        ENOLCK,
        ENOLINK,
        ENOMEM,
        ENOMSG,
        ENOPROTOOPT,
        ENOSPC,
        ENOSYS,
        ENOTCONN,
        ENOTDIR,
        ENOTEMPTY,
        ENOTRECOVERABLE,
        ENOTSOCK,
        EOPNOTSUPP,
        ENOTTY,
        ENXIO,
        EOVERFLOW,
        EOWNERDEAD,
        EPERM,
        EPIPE,
        EPROTO,
        EPROTONOSUPPORT,
        EPROTOTYPE,
        ERANGE,
        EROFS,
        ESPIPE,
        ESRCH,
        ESTALE,
        ETIMEDOUT,
        ETXTBSY,
        EXDEV,
    ];
    (1..).zip(wasi).filter(|(number, errno)| *number != errno.number()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasi_counts_as_its_header_does() {
        let numbers = foreign_numbers();
        assert_eq!(numbers[&44], Errno::ENOENT);
        assert_eq!(numbers[&14], Errno::ECONNREFUSED);
        assert_eq!(numbers[&75], Errno::EXDEV);
        assert_eq!(numbers.get(&76), None);
    }
}
