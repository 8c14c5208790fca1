//! The module's functions about bytes and their order: packed addresses, numbers of the network, and
//! the sizes of control messages.

use std::net::{Ipv4Addr, Ipv6Addr};

use rustpython_vm::function::ArgBytesLike;
use rustpython_vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};
use shared::errno::Errno;

use crate::argument::{Size, text};

use super::{error, options};

/// Bytes of `struct cmsghdr` on 64-bit Linux, and what it is aligned to.
const CMSG_HEADER_BYTES: usize = 16;
const CMSG_ALIGNMENT_BYTES: usize = 8;

/// Bytes that fit C's `socklen_t`.
const CMSG_BYTES_MAX: usize = i32::MAX as usize;

#[rustpython_vm::pymodule(sub, name = "_socket")]
pub(crate) mod of_bytes {
    use super::*;

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
