//! The module's functions about names: of hosts, services, protocols and interfaces.

use rustpython_vm::builtins::{PyBytes, PyStr};
use rustpython_vm::function::{FsPath, OptionalArg};
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use shared::address::{Address, Family};
use shared::call::{self, ServiceKey};
use shared::errno::{Errno, Failure};
use shared::reply::Resolution;

use crate::argument::{Documented, text};

use super::{address, ask, error, options, try_ask};

const NI_NAMEREQD: i32 = 8;

/// `HOST_NOT_FOUND` of `netdb.h`.
const HOST_NOT_FOUND: i32 = 1;

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod names {
    use super::*;

    #[derive(rustpython_vm::FromArgs)]
    struct AddressInfoArgs {
        #[pyarg(any)]
        host: PyObjectRef,
        #[pyarg(any)]
        port: PyObjectRef,
        #[pyarg(any, default = 0)]
        family: i32,
        #[pyarg(any, default = 0)]
        r#type: i32,
        #[pyarg(any, default = 0)]
        proto: i32,
        #[pyarg(any, default = 0)]
        flags: i32,
    }

    /// getaddrinfo(host, port [, family, type, proto, flags])
    ///     -> list of (family, type, proto, canonname, sockaddr)
    ///
    /// Translate a host name and a port (or the name of a service) into addresses, in
    /// the order to try them.  The other arguments narrow the answer down.  The host's
    /// resolver is asked, so what the names mean is what they mean there.
    /// An unknown name raises gaierror.
    #[pyfunction]
    fn getaddrinfo(args: AddressInfoArgs, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let host = if vm.is_none(&args.host) {
            None
        } else {
            Some(address::looked_up_name(&args.host, "getaddrinfo", vm).map_err(|error| {
                if error.fast_isinstance(vm.ctx.exceptions.type_error) {
                    vm.new_type_error("getaddrinfo() argument 1 must be string or None")
                } else {
                    error
                }
            })?)
        };
        let service = if vm.is_none(&args.port) {
            None
        } else if let Ok(number) = args.port.try_index(vm) {
            Some(number.to_string())
        } else {
            Some(service_name(&args.port, vm)?)
        };
        let resolver = |errno| error::raise(Failure::new(errno), None, vm);
        let hint = |number: i32| (number != 0).then_some(number);
        let call = call::Getaddrinfo {
            host,
            service,
            family: hint(args.family)
                .map(|number| options::family(number).map_err(|_| resolver(Errno::EAI_FAMILY)))
                .transpose()?,
            kind: hint(args.r#type)
                .map(|number| options::kind(number).map_err(|_| resolver(Errno::EAI_SOCKTYPE)))
                .transpose()?,
            proto: args.proto,
            flags: args.flags,
        };
        let (resolved, _) = ask("getaddrinfo", call, &[], vm)?;
        Ok(resolved.entries.iter().map(|entry| entry_to_python(entry, vm)).collect())
    }

    /// getnameinfo(sockaddr, flags) --> (host, port)
    ///
    /// Translate an address, (host, port) or with flow information and scope id, into
    /// the names of its host and its service, or into numbers as the NI_ flags say.
    #[pyfunction]
    fn getnameinfo(
        sockaddr: PyObjectRef,
        flags: i32,
        vm: &VirtualMachine,
    ) -> PyResult<(String, String)> {
        let parts = sockaddr
            .downcast_ref::<rustpython_vm::builtins::PyTuple>()
            .ok_or_else(|| vm.new_type_error("getnameinfo() argument 1 must be a tuple"))?;
        let host = parts.as_slice().first().map(|host| address::host_name(host, vm)).transpose()?;
        let family = match host {
            Some(host) if host.contains(':') => Family::Inet6,
            _ => Family::Inet,
        };
        // An IPv4 address may come with the two fields that only IPv6 has.
        let object = match family {
            Family::Inet if parts.as_slice().len() > 2 => {
                vm.ctx.new_tuple(parts.as_slice()[..2].to_vec()).into()
            }
            _ => sockaddr,
        };
        let object = name_address(&object, vm)?;
        let address = address::parse(family, &object, "getnameinfo", vm)?;
        let (info, _) = ask("getnameinfo", call::Getnameinfo { address, flags }, &[], vm)?;
        Ok((info.host, info.service))
    }

    /// gethostname() -> string
    ///
    /// Return the name of the machine that the sockets are on.
    #[pyfunction]
    fn gethostname(vm: &VirtualMachine) -> PyResult<String> {
        Ok(ask("gethostname", call::Gethostname {}, &[], vm)?.0.name)
    }

    /// gethostbyname(host) -> address
    ///
    /// Return the first IPv4 address of a host, such as '127.0.0.1'.
    #[pyfunction]
    fn gethostbyname(host: PyObjectRef, vm: &VirtualMachine) -> PyResult<String> {
        let host = address::looked_up_name(&host, "gethostbyname", vm)?;
        let addresses = ipv4_addresses("gethostbyname", &host, vm)?;
        addresses
            .into_iter()
            .next()
            .ok_or_else(|| error::raise(Failure::new(Errno::EAI_NODATA), None, vm))
    }

    /// gethostbyname_ex(host) -> (name, aliaslist, addresslist)
    ///
    /// Return the name of a host, its other names, and its IPv4 addresses.
    #[pyfunction]
    fn gethostbyname_ex(host: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let host = address::looked_up_name(&host, "gethostbyname_ex", vm)?;
        let addresses = ipv4_addresses("gethostbyname_ex", &host, vm)?;
        Ok(host_entry(host, addresses, vm))
    }

    /// gethostbyaddr(host) -> (name, aliaslist, addresslist)
    ///
    /// Return the name of the host with an address, its other names, and its addresses.
    #[pyfunction]
    fn gethostbyaddr(host: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        let host = address::looked_up_name(&host, "gethostbyaddr", vm)?;
        let call = call::Getaddrinfo {
            host: Some(host),
            service: None,
            family: None,
            kind: Some(shared::address::Kind::Stream),
            proto: 0,
            flags: 0,
        };
        let (resolved, _) = ask("gethostbyaddr", call, &[], vm)?;
        let Some(Resolution { address, .. }) = resolved.entries.into_iter().next() else {
            return Err(unknown_host(vm));
        };
        let ip = match &address {
            Address::Inet(host, _) | Address::Inet6(host, ..) => host.clone(),
            Address::Unix(path) => path.clone(),
        };
        let call = call::Getnameinfo { address, flags: NI_NAMEREQD };
        match try_ask::<call::Getnameinfo>("gethostbyaddr", call.into(), &[], vm) {
            Ok((info, _)) => Ok(host_entry(info.host, vec![ip], vm)),
            Err(failure) if failure.errno.is_resolver() => Err(unknown_host(vm)),
            Err(failure) => Err(error::raise(failure, None, vm)),
        }
    }

    /// getservbyname(servicename[, protocolname]) -> integer
    ///
    /// Return the port of a service by its name, such as 'http'.  The protocol, if
    /// given, is 'tcp' or 'udp'.
    #[pyfunction]
    fn getservbyname(
        name: PyObjectRef,
        Documented { value: protocol }: Documented<OptionalArg<PyObjectRef>>,
        vm: &VirtualMachine,
    ) -> PyResult<u16> {
        let name = text(&name, "getservbyname", 1, vm)?;
        let protocol = protocol.map(|name| text(&name, "getservbyname", 2, vm)).transpose()?;
        let call = call::Getserv { key: ServiceKey::Name(name), protocol: protocol.into_option() };
        let asked = try_ask::<call::Getserv>("getservbyname", call.into(), &[], vm);
        Ok(found(asked, "service/proto not found", vm)?.port)
    }

    /// getservbyport(port[, protocolname]) -> string
    ///
    /// Return the name of the service at a port.  The protocol, if given, is 'tcp' or
    /// 'udp'.
    #[pyfunction]
    fn getservbyport(
        port: PyObjectRef,
        Documented { value: protocol }: Documented<OptionalArg<PyObjectRef>>,
        vm: &VirtualMachine,
    ) -> PyResult<String> {
        let port = address::port_number(&port, "getservbyport", vm).map_err(|error| {
            if error.fast_isinstance(vm.ctx.exceptions.overflow_error) {
                return vm.new_overflow_error("getservbyport: port must be 0-65535.");
            }
            error
        })?;
        let protocol = protocol.map(|name| text(&name, "getservbyport", 2, vm)).transpose()?;
        let call = call::Getserv { key: ServiceKey::Port(port), protocol: protocol.into_option() };
        let asked = try_ask::<call::Getserv>("getservbyport", call.into(), &[], vm);
        Ok(found(asked, "port/proto not found", vm)?.name)
    }

    /// getprotobyname(name) -> integer
    ///
    /// Return the number of a protocol by its name, such as 'tcp'.
    #[pyfunction]
    fn getprotobyname(name: PyObjectRef, vm: &VirtualMachine) -> PyResult<i32> {
        let name = text(&name, "getprotobyname", 1, vm)?;
        let call = call::Getprotobyname { name };
        let asked = try_ask::<call::Getprotobyname>("getprotobyname", call.into(), &[], vm);
        Ok(found(asked, "protocol not found", vm)?.number)
    }

    /// sethostname(name)
    ///
    /// Set the name of the machine.  Programs may not: PermissionError.
    #[pyfunction]
    fn sethostname(name: FsPath, vm: &VirtualMachine) -> PyResult<()> {
        let _: FsPath = name;
        let message = "the name of the machine that the sockets are on is not a program's to set";
        Err(error::raise(Failure::explained(Errno::EPERM, message), None, vm))
    }

    /// if_nameindex() -> list of (index, name)
    ///
    /// Return the network interfaces of the machine that the sockets are on.
    #[pyfunction]
    fn if_nameindex(vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let (found, _) = ask("if_nameindex", call::IfNameindex {}, &[], vm)?;
        Ok(found
            .entries
            .into_iter()
            .map(|interface| vm.new_tuple((interface.index, interface.name)).into())
            .collect())
    }

    /// if_nametoindex(if_name) -> integer
    ///
    /// Return the number of the network interface with a name, such as 'lo'.
    #[pyfunction]
    fn if_nametoindex(if_name: FsPath, vm: &VirtualMachine) -> PyResult<u32> {
        let name = if_name.to_string_lossy().into_owned();
        let call = call::IfNametoindex { name };
        match try_ask::<call::IfNametoindex>("if_nametoindex", call.into(), &[], vm) {
            Ok((interface, _)) => Ok(interface.index),
            Err(failure) if failure.errno == Errno::ENODEV => {
                Err(error::os_error_text("no interface with this name", vm))
            }
            Err(failure) => Err(error::raise(failure, None, vm)),
        }
    }

    /// if_indextoname(if_index) -> string
    ///
    /// Return the name of the network interface with a number.
    #[pyfunction]
    fn if_indextoname(if_index: PyObjectRef, vm: &VirtualMachine) -> PyResult<String> {
        let index = if_index.try_index(vm)?.try_to_primitive::<i64>(vm)?;
        let index = u32::try_from(index)
            .map_err(|_| vm.new_overflow_error("index does not fit 32 bits without a sign"))?;
        Ok(ask("if_indextoname", call::IfIndextoname { index }, &[], vm)?.0.name)
    }
}

/// Returns the address that `getnameinfo` was passed, its port cut to what a port has: that is
/// what C makes of it.
fn name_address(address: &PyObject, vm: &VirtualMachine) -> PyResult {
    let illegal = || vm.new_type_error("getnameinfo(): illegal sockaddr argument");
    let parts = address.downcast_ref::<rustpython_vm::builtins::PyTuple>().ok_or_else(illegal)?;
    let [host, port, rest @ ..] = parts.as_slice() else { return Err(illegal()) };
    if rest.len() > 2 {
        return Err(illegal());
    }
    let port = port.try_index(vm)?.try_to_primitive::<i32>(vm)? as u16;
    let parts = [&[host.clone(), vm.ctx.new_int(port).into()], rest].concat();
    Ok(vm.ctx.new_tuple(parts).into())
}

/// Reads a service's name, which is text or bytes.
fn service_name(service: &PyObject, vm: &VirtualMachine) -> PyResult<String> {
    let bytes = if service.downcast_ref::<PyStr>().is_some() {
        vm.call_method(service, "encode", ("utf-8",))?
    } else {
        service.to_owned()
    };
    let bytes = bytes.downcast_ref::<PyBytes>();
    let bytes = bytes.ok_or_else(|| error::os_error_text("Int or String expected", vm))?;
    Ok(String::from_utf8_lossy(bytes.as_bytes()).into_owned())
}

fn entry_to_python(entry: &Resolution, vm: &VirtualMachine) -> PyObjectRef {
    vm.new_tuple((
        options::family_number(entry.family),
        options::kind_number(entry.kind),
        entry.proto,
        entry.canonical_name.as_str(),
        address::to_python(&entry.address, vm),
    ))
    .into()
}

fn host_entry(name: String, addresses: Vec<String>, vm: &VirtualMachine) -> PyObjectRef {
    let addresses = addresses.into_iter().map(|ip| vm.ctx.new_str(ip).into()).collect();
    vm.new_tuple((name, vm.ctx.new_list(vec![]), vm.ctx.new_list(addresses))).into()
}

fn ipv4_addresses(method: &'static str, host: &str, vm: &VirtualMachine) -> PyResult<Vec<String>> {
    match host {
        "" => return Ok(vec!["0.0.0.0".to_owned()]),
        "<broadcast>" => return Ok(vec!["255.255.255.255".to_owned()]),
        _ => {}
    }
    let call = call::Getaddrinfo {
        host: Some(host.to_owned()),
        service: None,
        family: Some(Family::Inet),
        kind: Some(shared::address::Kind::Stream),
        proto: 0,
        flags: 0,
    };
    let (resolved, _) = ask(method, call, &[], vm)?;
    let mut addresses: Vec<String> = Vec::new();
    for entry in resolved.entries {
        if let Address::Inet(ip, _) = entry.address
            && !addresses.contains(&ip)
        {
            addresses.push(ip);
        }
    }
    Ok(addresses)
}

fn unknown_host(vm: &VirtualMachine) -> rustpython_vm::builtins::PyBaseExceptionRef {
    error::host_error(HOST_NOT_FOUND, "Unknown host", vm)
}

/// Takes what a database knows; not to know is an `OSError` with a text and no number.
fn found<T>(
    asked: Result<(T, Vec<u8>), Failure>,
    missing: &str,
    vm: &VirtualMachine,
) -> PyResult<T> {
    match asked {
        Ok((reply, _)) => Ok(reply),
        Err(failure) if failure.errno == Errno::ENOENT => Err(error::os_error_text(missing, vm)),
        Err(failure) => Err(error::raise(failure, None, vm)),
    }
}
