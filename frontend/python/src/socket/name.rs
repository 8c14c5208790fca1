//! The module's functions: names and addresses, byte order, and sockets without an object.

use std::net::{Ipv4Addr, Ipv6Addr};

use rustpython_vm::builtins::{PyBytes, PyStr};
use rustpython_vm::function::{ArgBytesLike, FsPath, OptionalArg};
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use shared::address::{Address, Family};
use shared::call::{self, ServiceKey, SocketId};
use shared::errno::{Errno, Failure};
use shared::reply::Resolution;

use crate::argument::{Documented, Size, text};

use super::descriptor::{forget, loosen, tie};
use super::timeout::{DEFAULT_TIMEOUT, timeout_from_python, timeout_to_python};
use super::{address, ask, error, options, try_ask};

const NI_NAMEREQD: i32 = 8;

/// `HOST_NOT_FOUND` of `netdb.h`.
const HOST_NOT_FOUND: i32 = 1;

/// Bytes of `struct cmsghdr` on 64-bit Linux, and what it is aligned to.
const CMSG_HEADER_BYTES: usize = 16;
const CMSG_ALIGNMENT_BYTES: usize = 8;

/// Bytes that fit C's `socklen_t`.
const CMSG_BYTES_MAX: usize = i32::MAX as usize;

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod functions {
    use super::*;

    /// socketpair([family[, type[, proto]]]) -> (socket object, socket object)
    ///
    /// Create two sockets that are connected to each other.  The family is AF_UNIX
    /// and the type SOCK_STREAM if not given.
    #[pyfunction]
    fn socketpair(
        Documented { value: family }: Documented<OptionalArg<i32>>,
        Documented { value: kind }: Documented<OptionalArg<i32>>,
        Documented { value: proto }: Documented<OptionalArg<i32>>,
        vm: &VirtualMachine,
    ) -> PyResult<(PyObjectRef, PyObjectRef)> {
        let family = family.unwrap_or(options::AF_UNIX);
        let kind = kind.unwrap_or(options::SOCK_STREAM);
        let proto = proto.unwrap_or(0);
        let plain = kind & !(options::SOCK_NONBLOCK | options::SOCK_CLOEXEC);
        let call = call::Socketpair {
            family: options::family(family).map_err(|errno| error::os_error(errno, vm))?,
            kind: options::kind(plain).map_err(|errno| error::os_error(errno, vm))?,
            proto,
        };
        let (paired, _) = ask("socketpair", call, &[], vm)?;
        let class = vm.import("_socket", 0)?.get_attr("socket", vm)?;
        let make = |socket: SocketId| class.call((family, kind, proto, loosen(socket)), vm);
        Ok((make(paired.first)?, make(paired.second)?))
    }

    /// close(integer) -> None
    ///
    /// Close a socket by its descriptor, as detach() or fileno() return it.
    #[pyfunction]
    fn close(fd: i64, vm: &VirtualMachine) -> PyResult<()> {
        let fd = u32::try_from(fd).map_err(|_| error::os_error(Errno::EBADF, vm))?;
        tie(SocketId(fd));
        forget(SocketId(fd));
        ask("close", call::Close { socket: SocketId(fd) }, &[], vm).map(drop)
    }

    /// dup(integer) -> integer
    ///
    /// Give the socket with this descriptor a second one.  The socket closes when
    /// both are closed.
    #[pyfunction]
    fn dup(fd: i64, vm: &VirtualMachine) -> PyResult<u32> {
        let fd = u32::try_from(fd).map_err(|_| error::os_error(Errno::EBADF, vm))?;
        let (created, _) = ask("dup", call::Dup { socket: SocketId(fd) }, &[], vm)?;
        Ok(loosen(created.socket))
    }

    /// getdefaulttimeout() -> timeout
    ///
    /// Return the timeout in seconds that new sockets begin with; None is no timeout.
    #[pyfunction]
    fn getdefaulttimeout() -> Option<f64> {
        timeout_to_python(DEFAULT_TIMEOUT.load())
    }

    /// setdefaulttimeout(timeout)
    ///
    /// Set the timeout in seconds that new sockets begin with; None is no timeout.
    #[pyfunction]
    fn setdefaulttimeout(timeout: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        DEFAULT_TIMEOUT.store(timeout_from_python(&timeout, vm)?);
        Ok(())
    }

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

    /// inet_aton(string) -> bytes giving packed 32-bit IP representation
    ///
    /// Convert an IPv4 address such as '127.0.0.1' into its four bytes.  The short and
    /// hexadecimal forms of C's inet_aton() are read too ('127.1', '0x7f.1').
    #[pyfunction]
    fn inet_aton(ip_addr: PyObjectRef, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        let ip_addr = text(&ip_addr, "inet_aton", 1, vm)?;
        // C's function reads as far as the first space.
        let ip_addr = ip_addr.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
        parse_ipv4(ip_addr).map(|ip| ip.octets().to_vec()).ok_or_else(|| {
            error::os_error_text("illegal IP address string passed to inet_aton", vm)
        })
    }

    /// inet_ntoa(packed_ip) -> ip_address_string
    ///
    /// Convert the four bytes of an IPv4 address into a string such as '127.0.0.1'.
    #[pyfunction]
    fn inet_ntoa(packed_ip: ArgBytesLike, vm: &VirtualMachine) -> PyResult<String> {
        let bytes = packed_ip.borrow_buf();
        let octets: [u8; 4] =
            (&*bytes).try_into().map_err(|_| error::os_error_text("packed IP wrong length", vm))?;
        Ok(Ipv4Addr::from(octets).to_string())
    }

    /// inet_pton(af, ip) -> packed IP address string
    ///
    /// Convert an address of the family AF_INET or AF_INET6 into its bytes.
    #[pyfunction]
    fn inet_pton(af: i32, ip: PyObjectRef, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        let ip = text(&ip, "inet_pton", 2, vm)?;
        let bytes = match af {
            options::AF_INET => ip.parse::<Ipv4Addr>().map(|ip| ip.octets().to_vec()).ok(),
            options::AF_INET6 => ip.parse::<Ipv6Addr>().map(|ip| ip.octets().to_vec()).ok(),
            _ => return Err(error::os_error(Errno::EAFNOSUPPORT, vm)),
        };
        bytes.ok_or_else(|| {
            error::os_error_text("illegal IP address string passed to inet_pton", vm)
        })
    }

    /// inet_ntop(af, packed_ip) -> string formatted IP address
    ///
    /// Convert the bytes of an address of the family AF_INET or AF_INET6 into a string.
    #[pyfunction]
    fn inet_ntop(af: i32, packed_ip: ArgBytesLike, vm: &VirtualMachine) -> PyResult<String> {
        let bytes = packed_ip.borrow_buf();
        let wrong = || vm.new_value_error("invalid length of packed IP address string");
        match af {
            options::AF_INET => {
                let octets: [u8; 4] = (&*bytes).try_into().map_err(|_| wrong())?;
                Ok(Ipv4Addr::from(octets).to_string())
            }
            options::AF_INET6 => {
                let octets: [u8; 16] = (&*bytes).try_into().map_err(|_| wrong())?;
                Ok(Ipv6Addr::from(octets).to_string())
            }
            _ => Err(vm.new_value_error(format!("unknown address family {af}"))),
        }
    }

    /// htons(integer) -> integer
    ///
    /// Convert a 16-bit number from the machine's byte order to the network's.
    #[pyfunction]
    fn htons(integer: PyObjectRef, vm: &VirtualMachine) -> PyResult<u16> {
        narrow::<u16>(&integer, "htons", 16, vm).map(u16::to_be)
    }

    /// htonl(integer) -> integer
    ///
    /// Convert a 32-bit number from the machine's byte order to the network's.
    #[pyfunction]
    fn htonl(integer: PyObjectRef, vm: &VirtualMachine) -> PyResult<u32> {
        narrow::<u32>(&integer, "htonl", 32, vm).map(u32::to_be)
    }

    /// ntohs(integer) -> integer
    ///
    /// Convert a 16-bit number from the network's byte order to the machine's.
    #[pyfunction]
    fn ntohs(integer: PyObjectRef, vm: &VirtualMachine) -> PyResult<u16> {
        narrow::<u16>(&integer, "ntohs", 16, vm).map(u16::from_be)
    }

    /// ntohl(integer) -> integer
    ///
    /// Convert a 32-bit number from the network's byte order to the machine's.
    #[pyfunction]
    fn ntohl(integer: PyObjectRef, vm: &VirtualMachine) -> PyResult<u32> {
        narrow::<u32>(&integer, "ntohl", 32, vm).map(u32::from_be)
    }

    /// CMSG_LEN(length) -> control message length
    ///
    /// Return the length of a control message with length bytes of data, without the
    /// padding behind it.
    #[pyfunction(name = "CMSG_LEN")]
    fn cmsg_len(length: Size, vm: &VirtualMachine) -> PyResult<usize> {
        usize::try_from(length.0)
            .ok()
            .and_then(|length| length.checked_add(CMSG_HEADER_BYTES))
            .filter(|len| i32::try_from(*len).is_ok())
            .ok_or_else(|| vm.new_overflow_error("CMSG_LEN() argument out of range"))
    }

    /// CMSG_SPACE(length) -> buffer size
    ///
    /// Return the room that a control message with length bytes of data takes, with
    /// the padding behind it.
    #[pyfunction(name = "CMSG_SPACE")]
    fn cmsg_space(length: Size, vm: &VirtualMachine) -> PyResult<usize> {
        usize::try_from(length.0)
            .ok()
            // CPython counts the padding before and behind the data.
            .filter(|length| *length <= CMSG_BYTES_MAX - CMSG_HEADER_BYTES - CMSG_ALIGNMENT_BYTES)
            .map(|length| length.next_multiple_of(CMSG_ALIGNMENT_BYTES) + CMSG_HEADER_BYTES)
            .ok_or_else(|| vm.new_overflow_error("CMSG_SPACE() argument out of range"))
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

fn narrow<T: TryFrom<i64>>(
    integer: &PyObject,
    function: &str,
    bits: u32,
    vm: &VirtualMachine,
) -> PyResult<T> {
    if integer.fast_isinstance(vm.ctx.types.float_type) {
        return Err(vm.new_type_error("expected int, float found"));
    }
    let too_large = || {
        vm.new_overflow_error(format!(
            "{function}: Python int too large to convert to C {bits}-bit unsigned integer"
        ))
    };
    let number = integer.try_index(vm)?.try_to_primitive::<i64>(vm).map_err(|_| too_large())?;
    if number < 0 {
        return Err(vm.new_overflow_error(format!(
            "{function}: can't convert negative Python int to C {bits}-bit unsigned integer"
        )));
    }
    T::try_from(number).map_err(|_| too_large())
}

/// Reads an IPv4 address as C's `inet_aton` does: one to four numbers, decimal, octal or
/// hexadecimal, the last of which fills the bytes that are left.
fn parse_ipv4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = text.split('.').map(parse_c_number).collect::<Option<_>>()?;
    let (last, front) = parts.split_last()?;
    if front.len() > 3 || front.iter().any(|part| *part > 0xff) {
        return None;
    }
    let rest_bits = 8 * (4 - front.len() as u32);
    if *last >= 1 << rest_bits {
        return None;
    }
    let front = front.iter().fold(0, |ip, part| ip << 8 | part);
    u32::try_from(front << rest_bits | last).ok().map(Ipv4Addr::from)
}

fn parse_c_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<[u8; 4]>) {
        assert_eq!(parse_ipv4(text), expected.map(Ipv4Addr::from), "{text:?}");
    }

    #[test]
    fn ipv4_addresses_are_read_as_c_reads_them() {
        check("127.0.0.1", Some([127, 0, 0, 1]));
        check("127.1", Some([127, 0, 0, 1]));
        check("0x7f.1", Some([127, 0, 0, 1]));
        check("0177.0.0.01", Some([127, 0, 0, 1]));
        check("2130706433", Some([127, 0, 0, 1]));
        check("255.255.255.255", Some([255, 255, 255, 255]));
        for text in ["", ".", "1.2.3.4.5", "256.0.0.1", "1.2.3.256", "4294967296", "a", "+1", "08"]
        {
            check(text, None);
        }
    }
}
