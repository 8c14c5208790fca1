//! The link as a QR code, for a lecture hall's wall.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// The largest size that phones still read from a projector: 117 by 117 modules.
const VERSION_MAX: u8 = 25;
/// Modules that stay white around a code.
pub const QUIET_MODULES: i32 = 3;

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Modules from edge to edge, the white margin included.
    pub size: i32,
    /// The dark modules, as an SVG path.
    pub path: String,
}

/// Makes the code of a link, if it is short enough for one that can be read.
pub fn code(link: &str) -> Option<Code> {
    let segments = [QrSegment::make_bytes(link.as_bytes())];
    let (low, most) = (Version::new(1), Version::new(VERSION_MAX));
    let ecc = QrCodeEcc::Low;
    let code = QrCode::encode_segments_advanced(&segments, ecc, low, most, None, true).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count() as i32;
            if run > 0 {
                let (left, top) = (x + QUIET_MODULES, y + QUIET_MODULES);
                path.push_str(&format!("M{left} {top}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    Some(Code { size: code.size() + 2 * QUIET_MODULES, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_link_has_a_code_and_a_long_one_has_none() {
        let found = code("http://127.0.0.1:8000/#example=tcp-echo").unwrap();
        // The corner's pattern: seven dark modules in its first row.
        assert!(found.path.starts_with("M3 3h7v1h-7z"), "{}", &found.path[..40]);
        assert_eq!((found.size - 2 * QUIET_MODULES - 17) % 4, 0);
        assert_eq!(code(&"x".repeat(1_300)), None);
        assert!(code(&"x".repeat(1_200)).is_some());
    }
}
