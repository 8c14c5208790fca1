//! The socket options that programs may read and set, with Linux's numbers.
//!
//! The list is closed on purpose: some options take pointers or descriptors of the process
//! that sets them (`SO_ATTACH_FILTER`), or reach past the socket (`SO_BINDTODEVICE`).

/// An option and its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketOption {
    pub level: i32,
    pub number: i32,
    /// The constant's name in Python's `socket` module.
    pub name: &'static str,
}

pub const SOL_SOCKET: i32 = 1;
pub const IPPROTO_IP: i32 = 0;
pub const IPPROTO_TCP: i32 = 6;
pub const IPPROTO_IPV6: i32 = 41;
pub const IPPROTO_UDPLITE: i32 = 136;

macro_rules! options {
    ($($level:ident: $($name:literal = $number:literal),* $(,)?;)*) => {
        /// Every option there is for programs.
        pub const ALL: &[SocketOption] = &[
            $($(SocketOption { level: $level, number: $number, name: $name },)*)*
        ];
    };
}

options! {
    SOL_SOCKET:
        "SO_REUSEADDR" = 2, "SO_TYPE" = 3, "SO_ERROR" = 4, "SO_DONTROUTE" = 5,
        "SO_BROADCAST" = 6, "SO_SNDBUF" = 7, "SO_RCVBUF" = 8, "SO_KEEPALIVE" = 9,
        "SO_OOBINLINE" = 10, "SO_PRIORITY" = 12, "SO_LINGER" = 13, "SO_REUSEPORT" = 15,
        "SO_PASSCRED" = 16, "SO_PEERCRED" = 17, "SO_RCVLOWAT" = 18, "SO_SNDLOWAT" = 19,
        "SO_RCVTIMEO" = 20, "SO_SNDTIMEO" = 21, "SO_ACCEPTCONN" = 30, "SO_PROTOCOL" = 38,
        "SO_DOMAIN" = 39, "SO_INCOMING_CPU" = 49;
    IPPROTO_IP:
        "IP_TOS" = 1, "IP_TTL" = 2, "IP_OPTIONS" = 4, "IP_PKTINFO" = 8, "IP_RECVTTL" = 12,
        "IP_RECVTOS" = 13, "IP_MULTICAST_IF" = 32, "IP_MULTICAST_TTL" = 33,
        "IP_MULTICAST_LOOP" = 34, "IP_ADD_MEMBERSHIP" = 35, "IP_DROP_MEMBERSHIP" = 36,
        "IP_RECVOPTS" = 6, "IP_RECVERR" = 11, "IP_RECVORIGDSTADDR" = 20,
        "IP_BIND_ADDRESS_NO_PORT" = 24, "IP_UNBLOCK_SOURCE" = 37, "IP_BLOCK_SOURCE" = 38,
        "IP_ADD_SOURCE_MEMBERSHIP" = 39, "IP_DROP_SOURCE_MEMBERSHIP" = 40;
    IPPROTO_TCP:
        "TCP_NODELAY" = 1, "TCP_MAXSEG" = 2, "TCP_CORK" = 3, "TCP_KEEPIDLE" = 4,
        "TCP_KEEPINTVL" = 5, "TCP_KEEPCNT" = 6, "TCP_SYNCNT" = 7, "TCP_LINGER2" = 8,
        "TCP_DEFER_ACCEPT" = 9, "TCP_WINDOW_CLAMP" = 10, "TCP_INFO" = 11, "TCP_QUICKACK" = 12,
        "TCP_CONGESTION" = 13, "TCP_USER_TIMEOUT" = 18, "TCP_FASTOPEN" = 23,
        "TCP_THIN_LINEAR_TIMEOUTS" = 16, "TCP_THIN_DUPACK" = 17, "TCP_TIMESTAMP" = 24,
        "TCP_NOTSENT_LOWAT" = 25, "TCP_CC_INFO" = 26, "TCP_SAVE_SYN" = 27, "TCP_SAVED_SYN" = 28,
        "TCP_FASTOPEN_CONNECT" = 30, "TCP_FASTOPEN_NO_COOKIE" = 34, "TCP_INQ" = 36,
        "TCP_TX_DELAY" = 37;
    IPPROTO_IPV6:
        "IPV6_UNICAST_HOPS" = 16, "IPV6_MULTICAST_IF" = 17, "IPV6_MULTICAST_HOPS" = 18,
        "IPV6_MULTICAST_LOOP" = 19, "IPV6_JOIN_GROUP" = 20, "IPV6_LEAVE_GROUP" = 21,
        "IPV6_RECVERR" = 25, "IPV6_V6ONLY" = 26, "IPV6_RECVPKTINFO" = 49,
        "IPV6_RECVHOPLIMIT" = 51, "IPV6_RECVHOPOPTS" = 53, "IPV6_RECVRTHDR" = 56,
        "IPV6_RECVDSTOPTS" = 58, "IPV6_RECVPATHMTU" = 60, "IPV6_DONTFRAG" = 62,
        "IPV6_RECVTCLASS" = 66, "IPV6_TCLASS" = 67;
    IPPROTO_UDPLITE:
        "UDPLITE_SEND_CSCOV" = 10, "UDPLITE_RECV_CSCOV" = 11;
}

/// Finds an option by its numbers.
pub fn find(level: i32, number: i32) -> Option<&'static SocketOption> {
    ALL.iter().find(|option| option.level == level && option.number == number)
}

/// Returns the name of a level, as Python spells it.
pub fn level_name(level: i32) -> Option<&'static str> {
    match level {
        SOL_SOCKET => Some("SOL_SOCKET"),
        IPPROTO_IP => Some("IPPROTO_IP"),
        IPPROTO_TCP => Some("IPPROTO_TCP"),
        IPPROTO_IPV6 => Some("IPPROTO_IPV6"),
        IPPROTO_UDPLITE => Some("IPPROTO_UDPLITE"),
        _ => None,
    }
}
