//! How `wasi_snapshot_preview1` lays its structures out in memory, and its flags.

use super::super::files::{Inode, Kind, Stat};

pub(super) const FILETYPE_CHARACTER_DEVICE: u8 = 2;
pub(super) const FILETYPE_DIRECTORY: u8 = 3;
pub(super) const FILETYPE_REGULAR_FILE: u8 = 4;

pub(super) const OFLAGS_CREAT: u32 = 1;
pub(super) const OFLAGS_DIRECTORY: u32 = 2;
pub(super) const OFLAGS_EXCL: u32 = 4;
pub(super) const OFLAGS_TRUNC: u32 = 8;

pub(super) const FDFLAGS_APPEND: u16 = 1;
/// Every flag there is; the others mean nothing to files in memory.
pub(super) const FDFLAGS_ALL: u32 = 31;

pub(super) const RIGHT_FD_READ: u64 = 1 << 1;
pub(super) const RIGHT_FD_WRITE: u64 = 1 << 6;
/// Every right there is.
pub(super) const RIGHTS_ALL: u64 = (1 << 30) - 1;

pub(super) const FSTFLAGS_MTIM: u32 = 4;
pub(super) const FSTFLAGS_MTIM_NOW: u32 = 8;

pub(super) const WHENCE_SET: u32 = 0;
pub(super) const WHENCE_CUR: u32 = 1;
pub(super) const WHENCE_END: u32 = 2;

/// Bytes of a `dirent` before its name.
pub(super) const DIRENT_BYTES: usize = 24;

/// Reads a number out of copied bytes that are known to hold it.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk::<4>().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn filetype(kind: Kind) -> u8 {
    match kind {
        Kind::Directory => FILETYPE_DIRECTORY,
        Kind::File | Kind::Library(_) => FILETYPE_REGULAR_FILE,
    }
}

/// Lays out a `filestat` of a file or directory.
pub(super) fn filestat(inode: Inode, stat: Stat) -> [u8; 64] {
    raw_filestat(inode.number(), filetype(stat.kind), stat.len, stat.modified_ns)
}

/// Lays out a `filestat` of a standard stream.
pub(super) fn stream_filestat() -> [u8; 64] {
    raw_filestat(0, FILETYPE_CHARACTER_DEVICE, 0, 0)
}

fn raw_filestat(inode: u64, filetype: u8, len: u64, modified_ns: u64) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[0..8].copy_from_slice(&1u64.to_le_bytes());
    bytes[8..16].copy_from_slice(&inode.to_le_bytes());
    bytes[16] = filetype;
    bytes[24..32].copy_from_slice(&1u64.to_le_bytes());
    bytes[32..40].copy_from_slice(&len.to_le_bytes());
    for at in [40, 48, 56] {
        bytes[at..at + 8].copy_from_slice(&modified_ns.to_le_bytes());
    }
    bytes
}

/// Lays out an `fdstat`.
pub(super) fn fdstat(filetype: u8, flags: u16, rights: u64) -> [u8; 24] {
    let mut bytes = [0; 24];
    bytes[0] = filetype;
    bytes[2..4].copy_from_slice(&flags.to_le_bytes());
    bytes[8..16].copy_from_slice(&rights.to_le_bytes());
    bytes[16..24].copy_from_slice(&RIGHTS_ALL.to_le_bytes());
    bytes
}

/// Lays out a `dirent` without its name.
pub(super) fn dirent(next: u64, inode: Inode, name_len: usize, kind: Kind) -> [u8; DIRENT_BYTES] {
    let mut bytes = [0; DIRENT_BYTES];
    bytes[0..8].copy_from_slice(&next.to_le_bytes());
    bytes[8..16].copy_from_slice(&inode.number().to_le_bytes());
    bytes[16..20].copy_from_slice(&(name_len as u32).to_le_bytes());
    bytes[20] = filetype(kind);
    bytes
}
