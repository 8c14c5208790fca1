//! `select`: waiting for several sockets at once. Each wait is one call on the host.

mod epoll;
mod files;

pub(crate) use decl::module_def;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rustpython_vm::builtins::PyList;
use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine,
};
use shared::call::{Poll, PollEntry, Readiness, SocketId};
use shared::errno::Errno;

use crate::client::Timeout;
use crate::pause;
use crate::socket::{ask, error, is_socket};

/// `poll(2)` events and their Linux numbers.
const EVENTS: &[(&str, u32, Readiness)] = &[
    ("POLLIN", 0x1, Readiness::In),
    ("POLLPRI", 0x2, Readiness::Pri),
    ("POLLOUT", 0x4, Readiness::Out),
    ("POLLERR", 0x8, Readiness::Err),
    ("POLLHUP", 0x10, Readiness::Hup),
    ("POLLNVAL", 0x20, Readiness::Nval),
    ("POLLRDHUP", 0x2000, Readiness::Rdhup),
];

/// Numbers that mean the same as others for sockets.
const ALIASES: &[(&str, u32)] =
    &[("POLLRDNORM", 0x40), ("POLLRDBAND", 0x80), ("POLLWRNORM", 0x100), ("POLLWRBAND", 0x200)];

/// An event that sockets never have, as CPython has it on Linux.
const POLLMSG: u32 = 0x400;

/// Milliseconds that fit the `int` of `poll(2)`.
const TIMEOUT_MILLIS_MAX: u128 = i32::MAX as u128;

/// Descriptors that `select` takes at most, all of them below it, as `FD_SETSIZE` says on Linux.
const SELECT_MAX: usize = 1024;

/// Descriptors of files that `select` takes nevertheless: in the tab they lie behind those of
/// sockets, as many as a program may have open.
const FILES: std::ops::Range<u32> = if cfg!(target_arch = "wasm32") { 1024..1280 } else { 0..0 };

/// The standard input, which the kernel worker waits for as it does for sockets.
const STDIN: u32 = 0;

/// The descriptors of the standard output and the standard error stream.
const WRITABLE_STREAMS: [u32; 2] = [1, 2];

/// Event bits that ask for room to write: `POLLOUT` and its aliases.
const WRITABLE: u32 = 0x304;

/// What a program watches: a descriptor and the event bits it asked for.
type Watched = BTreeMap<u32, u32>;

/// Returns the descriptor of a number, or of an object that has a `fileno` method.
fn descriptor(object: &PyObject, vm: &VirtualMachine) -> PyResult<u32> {
    let number = match object.try_index_opt(vm) {
        Some(number) => number?,
        None => {
            let Some(method) = vm.get_attribute_opt(object, "fileno")? else {
                return Err(
                    vm.new_type_error("argument must be an int, or have a fileno() method.")
                );
            };
            method
                .call((), vm)?
                .downcast()
                .map_err(|_| vm.new_type_error("fileno() returned a non-integer"))?
        }
    };
    let number = number
        .try_to_primitive::<i32>(vm)
        .map_err(|_| vm.new_overflow_error("Python int too large to convert to C int"))?;
    u32::try_from(number).map_err(|_| {
        vm.new_value_error(format!("file descriptor cannot be a negative integer ({number})"))
    })
}

/// Returns the elements of a list one after the other, as the list then is: what `fileno` methods
/// do to it while it is read counts, as in CPython.
fn elements<'a>(
    list: &'a PyObject,
    vm: &VirtualMachine,
) -> PyResult<Box<dyn FnMut() -> Option<PyObjectRef> + 'a>> {
    let mut index = 0;
    if let Some(list) = list.downcast_ref::<PyList>() {
        return Ok(Box::new(move || {
            let element = list.borrow_vec().get(index).cloned();
            index += 1;
            element
        }));
    }
    let mut elements = vm
        .extract_elements_with(list, Ok)
        .map_err(|error| {
            if error.fast_isinstance(vm.ctx.exceptions.type_error) {
                vm.new_type_error("arguments 1-3 must be sequences")
            } else {
                error
            }
        })?
        .into_iter();
    Ok(Box::new(move || elements.next()))
}

/// Event bits of `poll(2)`, an `unsigned short` there.
struct Events(u16);

impl TryFromObject for Events {
    fn try_from_object(vm: &VirtualMachine, object: PyObjectRef) -> PyResult<Self> {
        let number = object.try_index(vm)?;
        let bits = number.try_to_primitive::<i64>(vm).unwrap_or(i64::MAX);
        if bits < 0 {
            return Err(vm.new_value_error("value must be positive"));
        }
        u16::try_from(bits)
            .map(Events)
            .map_err(|_| vm.new_overflow_error("Python int too large for C unsigned short"))
    }
}

/// Waits until one of the sockets is ready, and returns the event bits of those that are.
fn wait(
    method: &'static str,
    watched: &Watched,
    timeout: Timeout,
    vm: &VirtualMachine,
) -> PyResult<Watched> {
    if watched.is_empty() {
        pause::sleep(method, timeout, vm)?;
        return Ok(Watched::new());
    }
    let mut entries = Vec::new();
    let mut ready = Watched::new();
    // Files that are not ready.
    let mut files = Vec::new();
    for (&fd, &bits) in watched {
        let bits = match fd {
            _ if is_waited_for(fd) => {
                entries.push(PollEntry { socket: SocketId(fd), events: events(bits) });
                continue;
            }
            // What is written to these is never waited for.
            _ if WRITABLE_STREAMS.contains(&fd) => bits & WRITABLE,
            _ if is_file(fd, vm) => match files::look(fd, bits) {
                0 => {
                    files.push((fd, bits));
                    continue;
                }
                bits => bits,
            },
            _ => bit(Readiness::Nval),
        };
        if bits != 0 {
            ready.insert(fd, bits);
        }
    }
    let timeout = if ready.is_empty() { timeout } else { Timeout::Never };
    if entries.is_empty() && !ready.is_empty() {
        return Ok(ready);
    }
    let begun = Instant::now();
    loop {
        let (time, is_last) = if files.is_empty() {
            (timeout, true)
        } else {
            files::until_next_look(timeout, begun.elapsed())
        };
        ready.extend(wait_for_sockets(method, &entries, time, vm)?);
        let looks = files.iter().map(|&(fd, bits)| (fd, files::look(fd, bits)));
        ready.extend(looks.filter(|(_, bits)| *bits != 0));
        if is_last || !ready.is_empty() {
            return Ok(ready);
        }
    }
}

/// Waits for those that the host or the kernel worker waits for.
fn wait_for_sockets(
    method: &'static str,
    entries: &[PollEntry],
    timeout: Timeout,
    vm: &VirtualMachine,
) -> PyResult<Watched> {
    if entries.is_empty() {
        pause::sleep(method, timeout, vm)?;
        return Ok(Watched::new());
    }
    let call = Poll { entries: entries.to_vec(), wait: timeout.wait() };
    let (polled, _) = ask(method, call, &[], vm)?;
    let sockets = polled.ready.into_iter().map(|ready| {
        let bits = ready.events.iter().map(|event| bit(*event)).fold(0, |all, bit| all | bit);
        (ready.socket.0, bits)
    });
    Ok(sockets.filter(|(_, bits)| *bits != 0).collect())
}

/// Tells whether somebody else waits for the descriptor: the host, or the kernel worker.
fn is_waited_for(fd: u32) -> bool {
    is_socket(fd.into()) || cfg!(target_arch = "wasm32") && fd == STDIN
}

/// Tells whether the descriptor is that of an open file, which is always ready.
fn is_file(fd: u32, vm: &VirtualMachine) -> bool {
    let stat = vm.import("posix", 0).and_then(|posix| vm.call_method(&posix, "fstat", (fd,)));
    stat.is_ok()
}

fn events(bits: u32) -> Vec<Readiness> {
    let readable = bits & 0xc0 != 0;
    let writable = bits & WRITABLE != 0;
    EVENTS
        .iter()
        .filter(|(_, bit, event)| {
            bits & bit != 0
                || readable && *event == Readiness::In
                || writable && *event == Readiness::Out
        })
        .map(|(_, _, event)| *event)
        .collect()
}

fn bit(event: Readiness) -> u32 {
    EVENTS.iter().find(|(_, _, known)| *known == event).map_or(0, |(_, bit, _)| *bit)
}

/// Reads a timeout of `seconds_per_unit`; `None` and negative ones (where a negative one is
/// allowed) wait as long as it takes.
fn timeout(
    object: &PyObject,
    seconds_per_unit: f64,
    negative_is_forever: bool,
    vm: &VirtualMachine,
) -> PyResult<Timeout> {
    let wanted = if negative_is_forever { "an integer" } else { "a float" };
    if vm.is_none(object) {
        return Ok(Timeout::Forever);
    }
    let number = object
        .try_float(vm)
        .map_err(|_| vm.new_type_error(format!("timeout must be {wanted} or None")))?
        .to_f64();
    if number < 0.0 {
        return if negative_is_forever {
            Ok(Timeout::Forever)
        } else {
            Err(vm.new_value_error("timeout must be non-negative"))
        };
    }
    if number.is_nan() {
        return Err(vm.new_value_error("Invalid value NaN (not a number)"));
    }
    let time = Duration::try_from_secs_f64(number * seconds_per_unit)
        .ok()
        .filter(|time| time.as_millis() <= TIMEOUT_MILLIS_MAX)
        .ok_or_else(|| vm.new_overflow_error("timestamp out of range for platform time_t"))?;
    Ok(if time.is_zero() { Timeout::Never } else { Timeout::After(time) })
}

#[rustpython_vm::pymodule(name = "select", with(epoll::class))]
mod decl {
    //! Waits for I/O completion on several sockets.
    //!
    //! select() waits for sockets named in three lists, poll() for sockets
    //! that were registered before, epoll() for a set of them that the system
    //! keeps. Sockets and pipes can be waited for, and the standard input; a
    //! file is always ready.

    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, PoisonError};

    use rustpython_vm::builtins::PyModule;
    use rustpython_vm::class::PyClassImpl as _;
    use rustpython_vm::function::OptionalArg;
    use rustpython_vm::{Py, PyPayload, pyclass};

    use crate::argument::Documented;

    use super::*;

    /// Bytes of a pipe's writes that arrive as one, as POSIX has it.
    const PIPE_BUF: u32 = 4096;

    pub(crate) fn module_exec(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
        let _class = PollObject::make_static_type();
        __module_exec(vm, module);
        // With sockets come pipes, which can be waited for as well.
        vm.import("_socket", 0)?;
        module.set_attr("error", vm.ctx.exceptions.os_error.to_owned(), vm)?;
        module.set_attr("POLLMSG", vm.ctx.new_int(POLLMSG), vm)?;
        module.set_attr("PIPE_BUF", vm.ctx.new_int(PIPE_BUF), vm)?;
        let poll = EVENTS.iter().map(|(name, bit, _)| (*name, *bit)).chain(ALIASES.iter().copied());
        for (name, bit) in poll.chain(epoll::EVENTS.iter().copied()) {
            module.set_attr(vm.ctx.intern_str(name), vm.ctx.new_int(bit), vm)?;
        }
        Ok(())
    }

    /// select(rlist, wlist, xlist[, timeout]) -> (rlist, wlist, xlist)
    ///
    /// Wait until a socket is ready: one of rlist to be read (or accepted) without
    /// waiting, one of wlist to be written, one of xlist to have urgent data.  The
    /// lists hold sockets, other objects with a fileno() method, or descriptors.
    /// Returns those of each list that are ready; three empty lists when the timeout,
    /// in seconds, is over.  Without a timeout it waits as long as it takes; 0 only
    /// looks.
    #[pyfunction]
    fn select(
        rlist: PyObjectRef,
        wlist: PyObjectRef,
        xlist: PyObjectRef,
        Documented { value: timeout }: Documented<OptionalArg<PyObjectRef>>,
        vm: &VirtualMachine,
    ) -> PyResult<(PyObjectRef, PyObjectRef, PyObjectRef)> {
        let timeout = timeout
            .into_option()
            .map_or(Ok(Timeout::Forever), |object| super::timeout(&object, 1.0, false, vm))?;
        let mut watched = Watched::new();
        let mut collect = |list: &PyObject, bits: u32| {
            let mut found = Vec::new();
            let mut next = elements(list, vm)?;
            while let Some(object) = next() {
                let fd = descriptor(&object, vm)?;
                if fd as usize >= SELECT_MAX && !FILES.contains(&fd) {
                    return Err(vm.new_value_error("filedescriptor out of range in select()"));
                }
                if found.len() == SELECT_MAX {
                    return Err(vm.new_value_error("too many file descriptors in select()"));
                }
                *watched.entry(fd).or_default() |= bits;
                found.push((fd, object));
            }
            Ok(found)
        };
        let readers = collect(&rlist, bit(Readiness::In))?;
        let writers = collect(&wlist, bit(Readiness::Out))?;
        let others = collect(&xlist, bit(Readiness::Pri))?;
        let ready = wait("select", &watched, timeout, vm)?;
        if ready.values().any(|bits| bits & bit(Readiness::Nval) != 0) {
            return Err(error::os_error(Errno::EBADF, vm));
        }
        // What Linux counts as readable and writable for select(2).
        let failed = bit(Readiness::Err);
        let readable = bit(Readiness::In) | bit(Readiness::Hup) | failed;
        let writable = bit(Readiness::Out) | failed;
        let pick = |objects: Vec<(u32, PyObjectRef)>, bits: u32| {
            let picked = objects
                .into_iter()
                .filter(|(fd, _)| ready.get(fd).is_some_and(|set| set & bits != 0))
                .map(|(_, object)| object)
                .collect();
            vm.ctx.new_list(picked).into()
        };
        Ok((pick(readers, readable), pick(writers, writable), pick(others, bit(Readiness::Pri))))
    }

    /// poll() -> polling object
    ///
    /// Return an object with which sockets are registered and then waited for.
    #[pyfunction]
    fn poll() -> PollObject {
        PollObject::default()
    }

    /// An object of select.poll().
    #[pyclass(no_attr, name = "poll", module = "select")]
    #[derive(Debug, Default, PyPayload)]
    pub(super) struct PollObject {
        watched: Mutex<Watched>,
        /// A thread is in `poll`.
        busy: AtomicBool,
    }

    #[pyclass(flags(DISALLOW_INSTANTIATION))]
    impl PollObject {
        /// register(fd [, eventmask]) -> None
        ///
        /// Watch a socket or its descriptor for events: POLLIN, POLLPRI and POLLOUT
        /// if not given.  Errors and the end of a connection are always reported.
        #[pymethod]
        fn register(
            zelf: &Py<Self>,
            fd: PyObjectRef,
            Documented { value: eventmask }: Documented<OptionalArg<Events>>,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let fd = descriptor(&fd, vm)?;
            let bits = eventmask.map_or(0x7, |events| events.0.into());
            zelf.lock().insert(fd, bits);
            Ok(())
        }

        /// modify(fd, eventmask) -> None
        ///
        /// Change the events that a registered socket is watched for.
        #[pymethod]
        fn modify(
            zelf: &Py<Self>,
            fd: PyObjectRef,
            eventmask: Events,
            vm: &VirtualMachine,
        ) -> PyResult<()> {
            let fd = descriptor(&fd, vm)?;
            match zelf.lock().get_mut(&fd) {
                Some(bits) => *bits = eventmask.0.into(),
                None => return Err(error::os_error(Errno::ENOENT, vm)),
            }
            Ok(())
        }

        /// unregister(fd) -> None
        ///
        /// Stop watching a socket.
        #[pymethod]
        fn unregister(zelf: &Py<Self>, fd: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
            let fd = descriptor(&fd, vm)?;
            let key = vm.ctx.new_int(fd);
            zelf.lock().remove(&fd).map(drop).ok_or_else(|| vm.new_key_error(key.into()))
        }

        /// poll([timeout]) -> list of (fd, event) pairs
        ///
        /// Wait until a registered socket is ready, at most timeout milliseconds, and
        /// return those that are, each with its events.
        #[pymethod]
        fn poll(
            zelf: &Py<Self>,
            Documented { value: timeout }: Documented<OptionalArg<PyObjectRef>>,
            vm: &VirtualMachine,
        ) -> PyResult {
            let timeout = timeout
                .into_option()
                .map_or(Ok(Timeout::Forever), |ms| super::timeout(&ms, 0.001, true, vm))?;
            if zelf.busy.swap(true, Ordering::AcqRel) {
                return Err(vm.new_runtime_error("concurrent poll() invocation"));
            }
            let watched = zelf.lock().clone();
            let ready = wait("poll", &watched, timeout, vm);
            zelf.busy.store(false, Ordering::Release);
            Ok(pairs(ready?, vm))
        }
    }

    impl PollObject {
        fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
            self.watched.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    fn pairs(ready: Watched, vm: &VirtualMachine) -> PyObjectRef {
        let pairs = ready.into_iter().map(|pair| vm.new_tuple(pair).into()).collect();
        vm.ctx.new_list(pairs).into()
    }
}
