//! Unicode's names of characters, as `patches/unicode_names` reads them.

/// Names that only differ in the code point at their end are one range.
const NUMBERED: &str = "CJK UNIFIED IDEOGRAPH-";

/// Returns lines of a code point or a range of them, and the name.
pub(crate) fn all() -> String {
    let mut text = String::new();
    let mut range: Option<(u32, u32)> = None;
    for (code, name) in (0..=u32::from(char::MAX)).filter_map(named) {
        if name.starts_with(NUMBERED) {
            range = match range {
                Some((first, last)) if last + 1 == code => Some((first, code)),
                other => {
                    end(&mut text, other);
                    Some((code, code))
                }
            };
            continue;
        }
        end(&mut text, range.take());
        line(&mut text, format_args!("{code:X} {name}"));
    }
    end(&mut text, range);
    text
}

fn named(code: u32) -> Option<(u32, String)> {
    Some((code, unicode_names2::name(char::from_u32(code)?)?.to_string()))
}

fn end(text: &mut String, range: Option<(u32, u32)>) {
    if let Some((first, last)) = range {
        line(text, format_args!("{first:X}-{last:X} {NUMBERED}"));
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.push_str(&format!("{line}\n"));
}
