//! The backend's clock, by which visitors of a room put in order what their programs did.

use std::sync::LazyLock;
use std::time::Instant;

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Returns microseconds since the backend was first asked; it only goes forward.
pub(crate) fn now_us() -> u64 {
    u64::try_from(BEGUN.elapsed().as_micros()).unwrap_or(u64::MAX)
}
