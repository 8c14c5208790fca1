//! The way to a backend, where a load balancer stands before several of them.
//!
//! The page opens its WebSocket at `/ws?way=KEY`, with the same key whenever it comes back. A
//! balancer that chooses the backend by the key leads a broken connection back to its session,
//! and all visitors of a room to one backend. A backend by itself does not look at the key.

/// Returns the key of a room. It is the same for all its visitors, and too short to give the
/// name away to whoever reads the balancer's log.
pub fn of_room(name: &str) -> String {
    /// FNV-1a, whose numbers are these in every implementation.
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = name.bytes().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    of_number(hash)
}

/// Returns the key of a visitor by themselves, from a number that others do not have.
pub fn of_number(number: u64) -> String {
    format!("{number:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_the_same_key_for_everybody() {
        // From the authors' own test vectors.
        assert_eq!(of_room(""), "cbf29ce484222325");
        assert_eq!(of_room("foobar"), "85944171f73967e8");
        assert_ne!(of_room("a"), of_room("b"));
        assert_eq!(of_number(7), "0000000000000007");
    }
}
