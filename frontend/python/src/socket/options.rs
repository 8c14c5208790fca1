//! Families, kinds and flags: Linux's numbers on Python's side, names on the wire's.

use shared::address::{Family, Kind};
use shared::call::Flag;
use shared::errno::Errno;

pub(crate) const AF_UNSPEC: i32 = 0;
pub(crate) const AF_UNIX: i32 = 1;
pub(crate) const AF_INET: i32 = 2;
pub(crate) const AF_INET6: i32 = 10;

pub(crate) const SOCK_STREAM: i32 = 1;
pub(crate) const SOCK_DGRAM: i32 = 2;
pub(crate) const SOCK_RAW: i32 = 3;
/// Flags that ride on the kind.
pub(crate) const SOCK_NONBLOCK: i32 = 0o4000;
pub(crate) const SOCK_CLOEXEC: i32 = 0o2_000_000;

/// `MSG_` flags and their Linux numbers.
pub(crate) const FLAGS: &[(&str, i32, Flag)] = &[
    ("MSG_OOB", 0x1, Flag::Oob),
    ("MSG_PEEK", 0x2, Flag::Peek),
    ("MSG_DONTROUTE", 0x4, Flag::Dontroute),
    ("MSG_TRUNC", 0x20, Flag::Trunc),
    ("MSG_DONTWAIT", 0x40, Flag::Dontwait),
    ("MSG_EOR", 0x80, Flag::Eor),
    ("MSG_WAITALL", 0x100, Flag::Waitall),
    ("MSG_CONFIRM", 0x800, Flag::Confirm),
    ("MSG_NOSIGNAL", 0x4000, Flag::Nosignal),
    ("MSG_MORE", 0x8000, Flag::More),
    ("MSG_CTRUNC", 0x8, Flag::Ctrunc),
    ("MSG_ERRQUEUE", 0x2000, Flag::Errqueue),
    ("MSG_FASTOPEN", 0x2000_0000, Flag::Fastopen),
    ("MSG_CMSG_CLOEXEC", 0x4000_0000, Flag::CmsgCloexec),
];

/// Families that Linux has and the host does not open for programs.
pub(crate) const FOREIGN_FAMILIES: &[(&str, i32)] = &[
    ("AF_AX25", 3),
    ("AF_IPX", 4),
    ("AF_APPLETALK", 5),
    ("AF_NETROM", 6),
    ("AF_BRIDGE", 7),
    ("AF_ATMPVC", 8),
    ("AF_X25", 9),
    ("AF_ROSE", 11),
    ("AF_DECnet", 12),
    ("AF_NETBEUI", 13),
    ("AF_SECURITY", 14),
    ("AF_KEY", 15),
    ("AF_NETLINK", 16),
    ("AF_PACKET", 17),
    ("AF_ASH", 18),
    ("AF_ECONET", 19),
    ("AF_ATMSVC", 20),
    ("AF_RDS", 21),
    ("AF_SNA", 22),
    ("AF_IRDA", 23),
    ("AF_PPPOX", 24),
    ("AF_WANPIPE", 25),
    ("AF_LLC", 26),
    ("AF_CAN", 29),
    ("AF_TIPC", 30),
    ("AF_BLUETOOTH", 31),
    ("AF_ALG", 38),
    ("AF_VSOCK", 40),
    ("AF_QIPCRTR", 42),
];

/// Returns the name of a family that is not for programs.
pub(crate) fn foreign_family(number: i32) -> Option<&'static str> {
    FOREIGN_FAMILIES.iter().find(|(_, family)| *family == number).map(|(name, _)| *name)
}

/// Returns the message flags that Python shows as one number.
pub(crate) fn flag_bits(flags: &[Flag]) -> i32 {
    FLAGS.iter().filter(|(_, _, flag)| flags.contains(flag)).map(|(_, bit, _)| bit).sum()
}

/// Returns the family with this number.
pub(crate) fn family(number: i32) -> Result<Family, Errno> {
    match number {
        AF_INET => Ok(Family::Inet),
        AF_INET6 => Ok(Family::Inet6),
        AF_UNIX => Ok(Family::Unix),
        _ => Err(Errno::EAFNOSUPPORT),
    }
}

/// Returns the family's number.
pub(crate) fn family_number(family: Family) -> i32 {
    match family {
        Family::Inet => AF_INET,
        Family::Inet6 => AF_INET6,
        Family::Unix => AF_UNIX,
    }
}

/// Returns the kind with this number, which carries no flags.
pub(crate) fn kind(number: i32) -> Result<Kind, Errno> {
    match number {
        SOCK_STREAM => Ok(Kind::Stream),
        SOCK_DGRAM => Ok(Kind::Datagram),
        _ => Err(Errno::ESOCKTNOSUPPORT),
    }
}

/// Returns the kind's number.
pub(crate) fn kind_number(kind: Kind) -> i32 {
    match kind {
        Kind::Stream => SOCK_STREAM,
        Kind::Datagram => SOCK_DGRAM,
    }
}

/// Returns the flags that a number stands for.
pub(crate) fn flags(number: i32) -> Result<Vec<Flag>, Errno> {
    let known: i32 = FLAGS.iter().map(|(_, bit, _)| bit).sum();
    if number & !known != 0 {
        return Err(Errno::EOPNOTSUPP);
    }
    Ok(FLAGS.iter().filter(|(_, bit, _)| number & bit != 0).map(|(_, _, flag)| *flag).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_the_bits_that_are_set() {
        assert_eq!(flags(0), Ok(vec![]));
        assert_eq!(flags(0x42), Ok(vec![Flag::Peek, Flag::Dontwait]));
        assert_eq!(flags(0x1000_0000), Err(Errno::EOPNOTSUPP));
        assert_eq!(flag_bits(&[Flag::Trunc, Flag::Ctrunc]), 0x28);
    }

    #[test]
    fn numbers_lead_back() {
        for family_ in [Family::Inet, Family::Inet6, Family::Unix] {
            assert_eq!(family(family_number(family_)), Ok(family_));
        }
        for kind_ in [Kind::Stream, Kind::Datagram] {
            assert_eq!(kind(kind_number(kind_)), Ok(kind_));
        }
        assert_eq!(family(AF_UNSPEC), Err(Errno::EAFNOSUPPORT));
    }
}
