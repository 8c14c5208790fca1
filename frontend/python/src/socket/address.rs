//! Addresses: what Python writes as tuples and paths, the wire as [`Address`].

use rustpython_vm::builtins::{PyByteArray, PyBytes, PyStr, PyTuple};
use rustpython_vm::function::ArgBytesLike;
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, TryFromObject, VirtualMachine};
use shared::address::{self, Address, Family};

use super::error;

/// Bytes of `sockaddr_un.sun_path`, the closing NUL included.
const UNIX_PATH_BYTES: usize = 108;

/// Bytes that a part of a host's name is shorter than.
const LABEL_BYTES: usize = 64;

/// Ports and the like are 16 bits wide.
const PORT_MAX: i64 = 0xffff;

/// An IPv6 flow label is 20 bits wide.
const FLOW_INFO_MAX: i64 = 0xfffff;

/// Reads the address that a program passes to `caller`.
pub(super) fn parse(
    family: Family,
    address: &PyObject,
    caller: &str,
    vm: &VirtualMachine,
) -> PyResult<Address> {
    match family {
        Family::Inet => {
            let parts = tuple(address, caller, "AF_INET", vm)?;
            let [host, port] = parts else {
                return Err(vm.new_type_error("AF_INET address must be a pair (host, port)"));
            };
            let host = wildcard(host_name(host, vm)?, "0.0.0.0");
            Ok(Address::Inet(host, port_number(port, caller, vm)?))
        }
        Family::Inet6 => {
            let parts = tuple(address, caller, "AF_INET6", vm)?;
            let (host, port, rest) = match parts {
                [host, port, rest @ ..] if rest.len() <= 2 => (host, port, rest),
                _ => {
                    return Err(vm.new_type_error(
                        "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
                    ));
                }
            };
            let host = wildcard(host_name(host, vm)?, "::");
            let port = port_number(port, caller, vm)?;
            let flow_info = rest.first().map_or(Ok(0), |flow| integer(flow, vm))?;
            if !(0..=FLOW_INFO_MAX).contains(&flow_info) {
                return Err(
                    vm.new_overflow_error(format!("{caller}(): flowinfo must be 0-1048575."))
                );
            }
            let scope = rest.get(1).map_or(Ok(0), |scope| integer(scope, vm))?;
            let scope = u32::try_from(scope)
                .map_err(|_| vm.new_overflow_error("scope id does not fit 32 bits"))?;
            // It has just been checked to be far below.
            Ok(Address::Inet6(host, port, flow_info as u32, scope))
        }
        Family::Unix => unix_name(address, vm).map(Address::Unix),
    }
}

/// Writes an address the way Python shows it.
pub(super) fn to_python(address: &Address, vm: &VirtualMachine) -> PyObjectRef {
    match address {
        Address::Inet(host, port) => vm.new_tuple((host.as_str(), *port)).into(),
        Address::Inet6(host, port, flow_info, scope) => {
            vm.new_tuple((host.as_str(), *port, *flow_info, *scope)).into()
        }
        Address::Unix(name) if name.starts_with('\0') => {
            vm.ctx.new_bytes(address::unix_bytes(name)).into()
        }
        Address::Unix(name) => path_to_python(&address::unix_bytes(name), vm),
    }
}

/// Reads a host name that `function` is about to look up: as [`host_name`], and text that is no
/// name by its form, such as one with too long a part, is refused.
pub(super) fn looked_up_name(
    host: &PyObject,
    function: &str,
    vm: &VirtualMachine,
) -> PyResult<String> {
    looked_up(host, vm).map_err(|error| {
        if !error.fast_isinstance(vm.ctx.exceptions.type_error) {
            return error;
        }
        let class = host.class().name().to_string();
        let wanted = match class.as_str() {
            "str" | "bytes" | "bytearray" => "encoded string without null bytes",
            _ => "str, bytes or bytearray",
        };
        let text = format!("{function}() argument 1 must be {wanted}, not {class}");
        vm.new_type_error(text)
    })
}

fn looked_up(host: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    if let Some(name) = host.downcast_ref::<PyStr>()
        && name.to_str().is_some_and(|name| !has_plain_labels(name))
    {
        vm.call_method(host, "encode", ("idna",))?;
    }
    host_name(host, vm)
}

/// Tells whether IDNA has nothing to say of the parts of a name.
fn has_plain_labels(name: &str) -> bool {
    let labels = name.strip_suffix('.').unwrap_or(name);
    labels.split('.').all(|label| (1..LABEL_BYTES).contains(&label.len())) || name.is_empty()
}

/// Reads a host name, which may also be bytes; a name beyond ASCII is encoded as IDNA says.
pub(super) fn host_name(host: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    let bytes = if let Some(name) = host.downcast_ref::<PyStr>() {
        match name.to_str() {
            Some(name) if name.is_ascii() => name.as_bytes().to_vec(),
            _ => {
                let encoded = vm.call_method(host, "encode", ("idna",))?;
                encoded.downcast_ref::<PyBytes>().map_or(vec![], |name| name.as_bytes().to_vec())
            }
        }
    } else if let Some(name) = host.downcast_ref::<PyBytes>() {
        name.as_bytes().to_vec()
    } else if let Some(name) = host.downcast_ref::<PyByteArray>() {
        name.borrow_buf().to_vec()
    } else {
        return Err(vm.new_type_error(format!(
            "str, bytes or bytearray expected, not {}",
            host.class().name()
        )));
    };
    if bytes.contains(&0) {
        return Err(vm.new_type_error("host name must not contain null character"));
    }
    String::from_utf8(bytes).map_err(|_| vm.new_value_error("host name is not UTF-8"))
}

/// Reads a port.
pub(super) fn port_number(port: &PyObject, caller: &str, vm: &VirtualMachine) -> PyResult<u16> {
    // A number beyond any size is no port either.
    let port = port.try_index(vm)?.try_to_primitive::<i64>(vm).unwrap_or(-1);
    if !(0..=PORT_MAX).contains(&port) {
        return Err(vm.new_overflow_error(format!("{caller}(): port must be 0-65535.")));
    }
    // It has just been checked to fit.
    Ok(port as u16)
}

fn integer(number: &PyObject, vm: &VirtualMachine) -> PyResult<i64> {
    number
        .try_index(vm)?
        .try_to_primitive::<i64>(vm)
        .map_err(|_| vm.new_overflow_error("Python int too large to convert to C long"))
}

fn tuple<'a>(
    address: &'a PyObject,
    caller: &str,
    family: &str,
    vm: &VirtualMachine,
) -> PyResult<&'a [PyObjectRef]> {
    address.downcast_ref::<PyTuple>().map(|tuple| tuple.as_slice()).ok_or_else(|| {
        let class = address.class().name().to_string();
        vm.new_type_error(format!("{caller}(): {family} address must be tuple, not {class}"))
    })
}

fn wildcard(host: String, any: &str) -> String {
    match host.as_str() {
        "" => any.to_owned(),
        "<broadcast>" => "255.255.255.255".to_owned(),
        _ => host,
    }
}

/// Writes a path as Python writes those of files: bytes that are not UTF-8 are surrogates.
fn path_to_python(path: &[u8], vm: &VirtualMachine) -> PyObjectRef {
    let bytes = vm.ctx.new_bytes(path.to_vec());
    vm.call_method(bytes.as_object(), "decode", ("utf-8", "surrogateescape"))
        .unwrap_or_else(|_| vm.ctx.new_str(String::from_utf8_lossy(path)).into())
}

fn unix_name(name: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    let name = if name.downcast_ref::<PyStr>().is_some() {
        let encoded = vm.call_method(name, "encode", ("utf-8", "surrogateescape"))?;
        ArgBytesLike::try_from_object(vm, encoded)?
    } else {
        ArgBytesLike::try_from_object(vm, name.to_owned())?
    };
    let name = name.borrow_buf();
    // An abstract name uses the whole room, a path needs its closing NUL in it.
    let room = if name.first() == Some(&0) { UNIX_PATH_BYTES } else { UNIX_PATH_BYTES - 1 };
    if name.len() > room {
        return Err(error::os_error_text("AF_UNIX path too long", vm));
    }
    Ok(address::unix_text(&name))
}
