//! Finds in a WebAssembly module how large a memory it imports.

/// The limits of an imported memory, in pages of 64 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimits {
    pub initial: u32,
    pub maximum: u32,
}

/// What the beginning of a module says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Limits(MemoryLimits),
    /// More of the module is needed.
    Incomplete,
    /// The module is not one that the kernel worker can run, and why.
    Unusable(&'static str),
}

const SECTION_TYPE: u8 = 1;
const SECTION_IMPORT: u8 = 2;
const IMPORT_FUNCTION: u8 = 0;
const IMPORT_TABLE: u8 = 1;
const IMPORT_MEMORY: u8 = 2;
const IMPORT_GLOBAL: u8 = 3;
/// The flags of a memory's limits: it has a maximum, and it is shared.
const SHARED_WITH_MAXIMUM: u8 = 3;

/// Reads the beginning of a module.
pub fn memory_limits(module: &[u8]) -> Found {
    let mut reader = Reader { rest: module };
    match find(&mut reader) {
        Ok(limits) => Found::Limits(limits),
        Err(Stop::End) => Found::Incomplete,
        Err(Stop::Because(reason)) => Found::Unusable(reason),
    }
}

enum Stop {
    End,
    Because(&'static str),
}

fn find(reader: &mut Reader<'_>) -> Result<MemoryLimits, Stop> {
    if reader.take(8)? != b"\0asm\x01\0\0\0" {
        return Err(Stop::Because("it is not a WebAssembly module"));
    }
    loop {
        let section = reader.byte()?;
        let len = reader.number()?;
        match section {
            SECTION_IMPORT => return find_import(reader),
            // Sections for tools and the types come before the imports.
            0 | SECTION_TYPE => reader.take(len as usize)?,
            _ => return Err(Stop::Because("it imports nothing")),
        };
    }
}

fn find_import(reader: &mut Reader<'_>) -> Result<MemoryLimits, Stop> {
    for _ in 0..reader.number()? {
        for _name in ["module", "field"] {
            let len = reader.number()?;
            reader.take(len as usize)?;
        }
        match reader.byte()? {
            IMPORT_FUNCTION => {
                reader.number()?;
            }
            IMPORT_TABLE => {
                reader.byte()?;
                let flags = reader.byte()?;
                reader.number()?;
                if flags & 1 != 0 {
                    reader.number()?;
                }
            }
            IMPORT_MEMORY => {
                if reader.byte()? != SHARED_WITH_MAXIMUM {
                    return Err(Stop::Because("its memory is not shared between threads"));
                }
                return Ok(MemoryLimits { initial: reader.number()?, maximum: reader.number()? });
            }
            IMPORT_GLOBAL => {
                reader.take(2)?;
            }
            _ => return Err(Stop::Because("it imports something unknown")),
        }
    }
    Err(Stop::Because("it imports no memory"))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Stop> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Stop::End)?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        Ok(self.take(1)?[0])
    }

    /// Reads an unsigned LEB128 number of 32 bits.
    fn number(&mut self) -> Result<u32, Stop> {
        let mut number = 0u32;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f).unbounded_shl(shift);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Stop::Because("it is damaged"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one type, one imported function, and an imported shared memory of
    /// 300 to 65,536 pages.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x04\x01\x60\0\0\
        \x02\x19\x02\x01a\x01b\0\0\x03env\x06memory\x02\x03\xac\x02\x80\x80\x04";

    #[test]
    fn the_limits_are_found() {
        let limits = MemoryLimits { initial: 300, maximum: 65536 };
        assert_eq!(memory_limits(MODULE), Found::Limits(limits));
    }

    #[test]
    fn a_part_of_a_module_asks_for_more() {
        for len in 0..MODULE.len() {
            assert_eq!(memory_limits(&MODULE[..len]), Found::Incomplete, "{len}");
        }
    }

    #[test]
    fn what_cannot_run_is_said() {
        assert!(matches!(memory_limits(b"<!doctype html>"), Found::Unusable(_)));
        let unshared: Vec<u8> = [&MODULE[..MODULE.len() - 6], b"\x01\xac\x02\x80\x80\x04"].concat();
        assert_eq!(
            memory_limits(&unshared),
            Found::Unusable("its memory is not shared between threads")
        );
        assert!(matches!(memory_limits(b"\0asm\x01\0\0\0\x03\0"), Found::Unusable(_)));
    }
}
