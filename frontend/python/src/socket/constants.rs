//! The module's numbers, all of them Linux's.

use rustpython_vm::builtins::PyModule;
use rustpython_vm::{Py, PyResult, VirtualMachine};
use shared::errno::Errno;
use shared::options as socket_options;

use super::{foreign, options};

/// Constants that no other table has.
const NUMBERS: &[(&str, i64)] = &[
    ("AF_UNSPEC", options::AF_UNSPEC as i64),
    ("AF_UNIX", options::AF_UNIX as i64),
    ("AF_INET", options::AF_INET as i64),
    ("AF_INET6", options::AF_INET6 as i64),
    ("SOCK_STREAM", options::SOCK_STREAM as i64),
    ("SOCK_DGRAM", options::SOCK_DGRAM as i64),
    ("SOCK_RAW", options::SOCK_RAW as i64),
    ("SOCK_RDM", 4),
    ("SOCK_SEQPACKET", 5),
    ("SOCK_NONBLOCK", options::SOCK_NONBLOCK as i64),
    ("SOCK_CLOEXEC", options::SOCK_CLOEXEC as i64),
    ("SOL_SOCKET", socket_options::SOL_SOCKET as i64),
    ("SOL_IP", 0),
    ("SOL_TCP", 6),
    ("SOL_UDP", 17),
    ("SOMAXCONN", 4096),
    ("SHUT_RD", 0),
    ("SHUT_WR", 1),
    ("SHUT_RDWR", 2),
    ("SCM_RIGHTS", 1),
    ("SCM_CREDENTIALS", 2),
    ("IPPROTO_IP", 0),
    ("IPPROTO_ICMP", 1),
    ("IPPROTO_IGMP", 2),
    ("IPPROTO_IPIP", 4),
    ("IPPROTO_TCP", 6),
    ("IPPROTO_EGP", 8),
    ("IPPROTO_PUP", 12),
    ("IPPROTO_UDP", 17),
    ("IPPROTO_IDP", 22),
    ("IPPROTO_TP", 29),
    ("IPPROTO_IPV6", 41),
    ("IPPROTO_ROUTING", 43),
    ("IPPROTO_FRAGMENT", 44),
    ("IPPROTO_RSVP", 46),
    ("IPPROTO_GRE", 47),
    ("IPPROTO_ESP", 50),
    ("IPPROTO_AH", 51),
    ("IPPROTO_ICMPV6", 58),
    ("IPPROTO_NONE", 59),
    ("IPPROTO_DSTOPTS", 60),
    ("IPPROTO_HOPOPTS", 0),
    ("IPPROTO_PIM", 103),
    ("IPPROTO_SCTP", 132),
    ("IPPROTO_UDPLITE", 136),
    ("IPPROTO_RAW", 255),
    ("IPPROTO_MPTCP", 262),
    ("IPPORT_RESERVED", 1024),
    ("IPPORT_USERRESERVED", 5000),
    ("INADDR_ANY", 0),
    ("INADDR_BROADCAST", 0xffff_ffff),
    ("INADDR_LOOPBACK", 0x7f00_0001),
    ("INADDR_UNSPEC_GROUP", 0xe000_0000),
    ("INADDR_ALLHOSTS_GROUP", 0xe000_0001),
    ("INADDR_MAX_LOCAL_GROUP", 0xe000_00ff),
    ("INADDR_NONE", 0xffff_ffff),
    ("AI_PASSIVE", 0x1),
    ("AI_CANONNAME", 0x2),
    ("AI_NUMERICHOST", 0x4),
    ("AI_V4MAPPED", 0x8),
    ("AI_ALL", 0x10),
    ("AI_ADDRCONFIG", 0x20),
    ("AI_NUMERICSERV", 0x400),
    ("NI_NUMERICHOST", 1),
    ("NI_NUMERICSERV", 2),
    ("NI_NOFQDN", 4),
    ("NI_NAMEREQD", 8),
    ("NI_DGRAM", 16),
    ("NI_MAXHOST", 1025),
    ("NI_MAXSERV", 32),
    ("NI_IDN", 32),
    ("EAI_ADDRFAMILY", -9),
    ("PF_CAN", 29),
    ("PF_PACKET", 17),
    ("PF_RDS", 21),
    ("ETHERTYPE_ARP", 0x806),
    ("ETHERTYPE_IP", 0x800),
    ("ETHERTYPE_IPV6", 0x86dd),
    ("ETHERTYPE_VLAN", 0x8100),
    ("ETH_P_ALL", 3),
    ("PACKET_HOST", 0),
    ("PACKET_BROADCAST", 1),
    ("PACKET_MULTICAST", 2),
    ("PACKET_OTHERHOST", 3),
    ("PACKET_OUTGOING", 4),
    ("PACKET_LOOPBACK", 5),
    ("PACKET_FASTROUTE", 6),
    ("IP_DEFAULT_MULTICAST_LOOP", 1),
    ("IP_DEFAULT_MULTICAST_TTL", 1),
    ("IP_MAX_MEMBERSHIPS", 20),
    ("IPV6_RTHDR_TYPE_0", 0),
];

/// Options that Linux has and programs here may not set: they need a privilege, or reach past the
/// socket.
const FOREIGN_OPTIONS: &[(&str, i64)] = &[
    ("SO_DEBUG", 1),
    ("SO_BINDTODEVICE", 25),
    ("SO_PEERSEC", 31),
    ("SO_PASSSEC", 34),
    ("SO_MARK", 36),
    ("SO_BINDTOIFINDEX", 62),
    ("IP_HDRINCL", 3),
    ("IP_RETOPTS", 7),
    ("IP_RECVRETOPTS", 7),
    ("IP_FREEBIND", 15),
    ("IP_TRANSPARENT", 19),
    ("TCP_MD5SIG", 14),
    ("TCP_REPAIR", 19),
    ("TCP_REPAIR_QUEUE", 20),
    ("TCP_QUEUE_SEQ", 21),
    ("TCP_REPAIR_OPTIONS", 22),
    ("TCP_REPAIR_WINDOW", 29),
    ("TCP_ULP", 31),
    ("TCP_MD5SIG_EXT", 32),
    ("TCP_FASTOPEN_KEY", 33),
    ("TCP_ZEROCOPY_RECEIVE", 35),
    ("IPV6_CHECKSUM", 7),
    ("IPV6_NEXTHOP", 9),
    ("IPV6_PKTINFO", 50),
    ("IPV6_HOPLIMIT", 52),
    ("IPV6_HOPOPTS", 54),
    ("IPV6_RTHDRDSTOPTS", 55),
    ("IPV6_RTHDR", 57),
    ("IPV6_DSTOPTS", 59),
    ("IPV6_PATHMTU", 61),
];

/// Puts the constants into `_socket`.
pub(crate) fn install(vm: &VirtualMachine, module: &Py<PyModule>) -> PyResult<()> {
    let set = |name: &'static str, number: i64| {
        module.set_attr(vm.ctx.intern_str(name), vm.ctx.new_int(number), vm)
    };
    for &(name, number) in NUMBERS.iter().chain(FOREIGN_OPTIONS).chain(foreign::NUMBERS) {
        set(name, number)?;
    }
    for &(name, number) in options::FOREIGN_FAMILIES {
        set(name, number.into())?;
    }
    for &(name, text) in foreign::TEXTS {
        module.set_attr(name, vm.ctx.new_str(text), vm)?;
    }
    // The number is the routing socket's elsewhere, and Python has it under both names.
    set("AF_ROUTE", 16)?;
    for &(name, number, _) in options::FLAGS {
        set(name, number.into())?;
    }
    for option in socket_options::ALL {
        set(option.name, option.number.into())?;
    }
    for errno in Errno::ALL.iter().filter(|errno| errno.is_resolver()) {
        set(errno.name(), errno.number().into())?;
    }
    module.set_attr("has_ipv6", vm.ctx.new_bool(true), vm)
}
