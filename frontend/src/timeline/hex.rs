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

/// A dump as three texts that stand side by side, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dump {
    pub offsets: String,
    pub hex: String,
    pub text: String,
}

/// Returns the dump of some bytes, `columns` of them in a line.
pub fn dump(bytes: &[u8], columns: usize) -> Dump {
    let mut dump = Dump::default();
    for row in rows(bytes, columns) {
        dump.offsets.push_str(&format!("{:04x}\n", row.offset));
        let (left, right) = row.hex.split_at(row.hex.len().min(columns.max(1) / 2));
        dump.hex.push_str(&left.join(" "));
        if !right.is_empty() {
            dump.hex.push_str("  ");
            dump.hex.push_str(&right.join(" "));
        }
        dump.hex.push('\n');
        dump.text.push_str(&row.text);
        dump.text.push('\n');
    }
    dump
}

/// Returns the place of a byte's first digit in [`Dump::hex`], in characters.
pub fn hex_place(byte: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let (row, column) = (byte / columns, byte % columns);
    // Two digits and a space each; a second space in the middle, and the newline for the last.
    row * (columns * 3 + 1) + column * 3 + usize::from(column >= columns / 2)
}

/// Returns the byte whose digits are at, or next after, a place in [`Dump::hex`].
pub fn hex_byte(place: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    let row = place / (columns * 3 + 1);
    let mut column = 0;
    // A place behind a byte's digits belongs to the next one.
    while column < columns && hex_place(row * columns + column, columns) + 2 <= place {
        column += 1;
    }
    row * columns + column
}

/// Returns the place of a byte's character in [`Dump::text`], in characters.
pub fn text_place(byte: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    byte / columns * (columns + 1) + byte % columns
}

/// Returns the byte whose character is at a place in [`Dump::text`].
pub fn text_byte(place: usize, columns: usize) -> usize {
    let columns = columns.max(1);
    place / (columns + 1) * columns + (place % (columns + 1)).min(columns)
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
    fn places_and_bytes_lead_to_one_another() {
        let bytes: Vec<u8> = (0..45).collect();
        for columns in [2, 8, 16] {
            let dump = dump(&bytes, columns);
            let text: Vec<char> = dump.text.chars().collect();
            for (index, byte) in bytes.iter().enumerate() {
                let place = hex_place(index, columns);
                assert_eq!(&dump.hex[place..place + 2], format!("{byte:02x}"), "{columns}");
                assert_eq!(hex_byte(place, columns), index);
                assert_eq!(hex_byte(place + 2, columns), index + 1, "behind its digits");
                assert_eq!(text[text_place(index, columns)], printable(*byte));
                assert_eq!(text_byte(text_place(index, columns), columns), index);
            }
        }
    }

    #[test]
    fn no_bytes_are_no_rows() {
        assert!(rows(b"", 16).is_empty());
        assert_eq!(rows(b"ab", 0).len(), 2);
    }
}
