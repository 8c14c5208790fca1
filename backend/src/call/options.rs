//! Socket options: those of [`shared::options`], and no others.

use std::net::{IpAddr, SocketAddr};

use shared::address::Family;
use shared::call::{Getsockopt, OptionValue, Setsockopt};
use shared::errno::{Errno, Failure};
use shared::limit::LimitName;
use shared::options;
use shared::reply::{Done, OptionRead};

use super::{Answered, Context};
use crate::limits::OPTION_BYTES_MAX;
use crate::payload::Payload;
use crate::policy::{Target, Use};
use crate::socket::Socket;

pub(super) fn getsockopt(context: &Context, call: &Getsockopt) -> Result<Answered, Failure> {
    let socket = context.sockets.get(call.socket)?;
    check_known(call.level, call.option)?;
    if call.len > OPTION_BYTES_MAX {
        return Err(too_long());
    }
    if context.loopback.is_some() {
        if call.len == 0 && (call.level, call.option) == V6ONLY {
            let value = OptionValue::Int(socket.place.v6only().into());
            return Ok(OptionRead { value }.into());
        }
        check_isolated(call.level, call.option)?;
    }
    if call.len == 0 {
        let value = OptionValue::Int(socket.option_int(call.level, call.option)?);
        return Ok(OptionRead { value }.into());
    }
    let payload = socket.option_bytes(call.level, call.option, call.len as usize)?;
    let payload = Payload::copy_of(&payload);
    Ok(Answered { reply: OptionRead { value: OptionValue::Payload }.into(), payload })
}

pub(super) fn setsockopt(
    context: &Context,
    call: &Setsockopt,
    payload: &[u8],
) -> Result<Done, Failure> {
    let socket = context.sockets.get(call.socket)?;
    check_known(call.level, call.option)?;
    let number;
    let value: &[u8] = match call.value {
        OptionValue::Int(value) => {
            number = value.to_ne_bytes();
            &number
        }
        OptionValue::Payload => payload,
    };
    if value.len() > OPTION_BYTES_MAX as usize {
        return Err(too_long());
    }
    if context.loopback.is_some() {
        if (call.level, call.option) == V6ONLY && socket.family == Family::Inet6 {
            return set_v6only(&socket, value);
        }
        check_isolated(call.level, call.option)?;
    }
    match (call.level, call.option) {
        (libc::IPPROTO_IP, libc::IP_OPTIONS) if !value.is_empty() => {
            // A source route would send packets to an address that no policy saw.
            let message = "programs may not set IP options: they can route around the policy";
            return Err(Failure::explained(Errno::EPERM, message));
        }
        (libc::IPPROTO_IP, libc::IP_ADD_MEMBERSHIP | libc::IP_ADD_SOURCE_MEMBERSHIP) => {
            check_group::<4>(context, value)?
        }
        (libc::IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP) => check_group::<16>(context, value)?,
        (libc::SOL_SOCKET, libc::SO_LINGER) => socket.note_may_linger(),
        _ => {}
    }
    socket.set_option(call.level, call.option, value)?;
    if (call.level, call.option) == (libc::SOL_SOCKET, libc::SO_OOBINLINE) {
        socket.note_urgent_inline(value.iter().any(|byte| *byte != 0));
    }
    Ok(Done {})
}

const V6ONLY: (i32, i32) = (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);

/// What an isolated loopback keeps instead of the host. It is set before the socket has an
/// address, as on the host (`ipv6(7)`).
fn set_v6only(socket: &Socket, value: &[u8]) -> Result<Done, Failure> {
    let Some(value) = value.first_chunk() else { return Err(Errno::EINVAL.into()) };
    if socket.is_bound() {
        return Err(Errno::EINVAL.into());
    }
    socket.place.set_v6only(i32::from_ne_bytes(*value) != 0);
    Ok(Done {})
}

/// Options that would show a program the host's addresses behind its isolated loopback.
fn check_isolated(level: i32, option: i32) -> Result<(), Failure> {
    let shows_addresses = match level {
        libc::IPPROTO_IP => matches!(
            option,
            libc::IP_PKTINFO | libc::IP_RECVERR | libc::IP_RECVORIGDSTADDR | libc::IP_RECVOPTS
        ),
        libc::IPPROTO_IPV6 => matches!(option, libc::IPV6_RECVPKTINFO | libc::IPV6_RECVERR),
        libc::IPPROTO_TCP => matches!(option, libc::TCP_SAVE_SYN | libc::TCP_SAVED_SYN),
        _ => false,
    };
    if shows_addresses {
        let message = "not on an isolated loopback: it would show addresses of the host";
        return Err(Failure::explained(Errno::ENOPROTOOPT, message));
    }
    Ok(())
}

/// Checks the group that a socket is to hear: the first bytes of `struct ip_mreq` (`ip(7)`) and
/// of `struct ipv6_mreq` (`ipv6(7)`). A value too short is for the host to refuse.
fn check_group<const LEN: usize>(context: &Context, value: &[u8]) -> Result<(), Failure>
where
    IpAddr: From<[u8; LEN]>,
{
    let Some(group) = value.first_chunk::<LEN>() else { return Ok(()) };
    let group = SocketAddr::new(IpAddr::from(*group), 0);
    context.judge.check(Use::UdpReceive, Target::Ip(group, &[])).map(drop)
}

fn too_long() -> Failure {
    let message = format!("an option's value may have {OPTION_BYTES_MAX} bytes");
    Failure::limited(Errno::EINVAL, LimitName::OptionBytes, message)
}

fn check_known(level: i32, option: i32) -> Result<(), Failure> {
    match options::find(level, option) {
        Some(_) => Ok(()),
        None => Err(Failure::explained(
            Errno::ENOPROTOOPT,
            format!(
                "Protocol not available (option {option} of level {level} is not for programs)"
            ),
        )),
    }
}
