//! The limits that programs and visitors can run into, by name, so that the page can show which
//! one it was.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! limits {
    ($($variant:ident = $name:literal, $title:literal;)*) => {
        /// A limit. Its name has its unit and is that of the flag that sets it, where one does.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum LimitName {
            $(#[doc = $title] #[serde(rename = $name)] $variant,)*
        }

        impl LimitName {
            /// Every limit there is a name for.
            pub const ALL: &'static [LimitName] = &[$(LimitName::$variant,)*];

            /// Returns the name, such as `"sockets_max"`.
            pub fn name(self) -> &'static str {
                match self { $(LimitName::$variant => $name,)* }
            }

            /// Says what is counted, for people to read.
            pub fn title(self) -> &'static str {
                match self { $(LimitName::$variant => $title,)* }
            }
        }
    };
}

limits! {
    Sessions = "sessions_max", "sessions of the backend";
    SessionsPerAddress = "sessions_per_address_max", "sessions of one network address";
    SessionMinutes = "session_minutes_max", "minutes of a session";
    IdleMinutes = "idle_minutes_max", "minutes of a session without a call";
    RoomMembers = "room_members_max", "visitors in a room";
    Sockets = "sockets_max", "sockets of a session";
    SocketsPerAddress = "sockets_per_address_max", "sockets of one network address";
    Descriptors = "descriptors_max", "descriptors of the backend";
    Listeners = "listeners_max", "listening sockets of a session";
    CallsInFlight = "calls_in_flight_max", "calls of a session that wait at once";
    WaitingBytes = "waiting_bytes_max", "bytes that waiting calls of a session have to send";
    SendBytesPerSecond = "send_bytes_per_second_max", "bytes a second that a session sends";
    ReceiveBytesPerSecond =
        "receive_bytes_per_second_max", "bytes a second that a session receives";
    ConnectsPerMinute = "connects_per_minute_max", "connections a minute";
    ConnectsPerDestination =
        "connects_per_destination_per_minute_max", "connections a minute to one destination";
    DestinationsPerMinute = "destinations_per_minute_max", "new destinations a minute";
    LookupsPerMinute = "lookups_per_minute_max", "names looked up a minute";
    FrameBytes = "frame_bytes_max", "bytes of a message";
    TransferBytes = "transfer_bytes_max", "bytes of one call";
    OptionBytes = "option_bytes_max", "bytes of an option's value";
    PollEntries = "poll_entries_max", "sockets of one poll";
    UnixNames = "unix_names_max", "names of Unix sockets";
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a limit goes for a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    pub limit: LimitName,
    pub max: u64,
}

/// A limit slows a session down, or is about to end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitNotice {
    pub limit: LimitName,
    /// What that means, for people to read.
    pub message: String,
    /// In how many milliseconds the session ends, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_in_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_its_name_on_the_wire() {
        for &limit in LimitName::ALL {
            let json = format!("\"{limit}\"");
            assert_eq!(serde_json::to_string(&limit).unwrap(), json);
            assert_eq!(serde_json::from_str::<LimitName>(&json).unwrap(), limit);
        }
    }
}
