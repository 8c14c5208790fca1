//! Bytes as offset, hex and text.

/// A row of a hex dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HexRow {
    /// Of its first byte.
    pub offset: usize,
    /// Two digits for each byte.
    pub hex: Vec<String>,
    /// One character for each byte; `·` for what is not printable ASCII.
    pub text: String,
}

/// Returns the rows of a dump, `columns` bytes in each.
pub fn rows(bytes: &[u8], columns: usize) -> Vec<HexRow> {
    let columns = columns.max(1);
    bytes
        .chunks(columns)
        .enumerate()
        .map(|(index, chunk)| HexRow {
            offset: index * columns,
            hex: chunk.iter().map(|byte| format!("{byte:02x}")).collect(),
            text: chunk.iter().map(|byte| printable(*byte)).collect(),
        })
        .collect()
}

fn printable(byte: u8) -> char {
    if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '·' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_has_offsets_hex_and_text() {
        let rows = rows(b"{\"user\": 1}\n\xff\0", 8);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].hex.join(" "), "7b 22 75 73 65 72 22 3a");
        assert_eq!(rows[0].text, "{\"user\":");
        assert_eq!((rows[1].offset, rows[1].text.as_str()), (8, " 1}···"));
    }

    #[test]
    fn no_bytes_are_no_rows() {
        assert!(rows(b"", 16).is_empty());
        assert_eq!(rows(b"ab", 0).len(), 2);
    }
}
