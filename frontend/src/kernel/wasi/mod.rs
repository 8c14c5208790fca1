//! The file calls of `wasi_snapshot_preview1`: decoded, done, and their results written into
//! the program's memory. Pure, so that it runs on the host.
//!
//! References: the documents of `wasi_snapshot_preview1`; the layouts are in [`layout`].

mod descriptor;
mod layout;
mod path;

use shared::mailbox::{ARGUMENTS_MAX, Syscall};

pub use descriptor::FileTable;

use super::errno::{Errno, number};
use super::library::Library;
use super::limits::{BUFFERS_MAX, FILE_TRANSFER_BYTES_MAX};
use super::outside::GuestMemory;
use crate::messages::Stream;

/// What comes of a file call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is done, with this result.
    Done(i32),
    /// It reads the standard input.
    Input(Transfer),
    /// It writes to the standard output or error.
    Output(Stream, Transfer),
    /// It needs a file of the library that is not here yet; to be done again when it is.
    Fetch(u32),
}

/// The program's buffers of a vectored read or write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Addresses and lengths.
    buffers: Vec<(u32, u32)>,
    /// Where the number of bytes moved goes.
    moved_at: u32,
}

/// A call's arguments, as words.
#[derive(Debug, Clone, Copy)]
pub struct Arguments(pub [i32; ARGUMENTS_MAX as usize]);

impl Arguments {
    pub fn word(&self, index: usize) -> u32 {
        self.0[index] as u32
    }

    /// Returns the 64-bit argument that begins at a word.
    pub fn long(&self, index: usize) -> u64 {
        u64::from(self.word(index)) | u64::from(self.word(index + 1)) << 32
    }
}

/// Does a file call.
pub fn call<M: GuestMemory>(
    table: &mut FileTable,
    library: &Library,
    memory: &M,
    now_ns: u64,
    syscall: Syscall,
    args: Arguments,
) -> Step {
    let mut call = FileCall { table, library, memory, now_ns, args };
    call.dispatch(syscall).unwrap_or_else(|errno| Step::Done(errno as i32))
}

/// A file call and all it works on.
struct FileCall<'a, M> {
    table: &'a mut FileTable,
    library: &'a Library,
    memory: &'a M,
    now_ns: u64,
    args: Arguments,
}

impl<M: GuestMemory> FileCall<'_, M> {
    fn dispatch(&mut self, syscall: Syscall) -> Result<Step, Errno> {
        let result = match syscall {
            Syscall::FdRead => return self.fd_read(None),
            Syscall::FdPread => return self.fd_read(Some(self.args.long(3))),
            Syscall::FdWrite => return self.fd_write(None),
            Syscall::FdPwrite => return self.fd_write(Some(self.args.long(3))),
            Syscall::PathOpen => return self.path_open(),
            // Advice and durability mean nothing to files in memory.
            Syscall::FdAdvise | Syscall::FdDatasync | Syscall::FdSync => {
                self.table.get(self.args.word(0)).map(|_| ())
            }
            Syscall::FdAllocate => self.fd_allocate(),
            Syscall::FdClose => self.table.close(self.args.word(0)),
            Syscall::FdFdstatGet => self.fd_fdstat_get(),
            Syscall::FdFdstatSetFlags => self.fd_fdstat_set_flags(),
            Syscall::FdFilestatGet => self.fd_filestat_get(),
            Syscall::FdFilestatSetSize => self.fd_filestat_set_size(),
            Syscall::FdFilestatSetTimes => self.fd_filestat_set_times(),
            Syscall::FdPrestatGet => self.fd_prestat_get(),
            Syscall::FdPrestatDirName => self.fd_prestat_dir_name(),
            Syscall::FdReaddir => self.fd_readdir(),
            Syscall::FdRenumber => self.table.renumber(self.args.word(0), self.args.word(1)),
            Syscall::FdSeek => self.fd_seek(),
            Syscall::FdTell => self.fd_tell(),
            Syscall::PathCreateDirectory => self.path_create_directory(),
            Syscall::PathFilestatGet => self.path_filestat_get(),
            Syscall::PathFilestatSetTimes => self.path_filestat_set_times(),
            Syscall::PathReadlink => self.path_readlink(),
            Syscall::PathRemoveDirectory => self.path_remove_directory(),
            Syscall::PathRename => self.path_rename(),
            Syscall::PathUnlinkFile => self.path_unlink_file(),
            // There are no links in these trees.
            Syscall::PathLink | Syscall::PathSymlink => Err(Errno::Notsup),
            Syscall::Call
            | Syscall::Fetch
            | Syscall::ThreadSpawn
            | Syscall::ThreadExit
            | Syscall::ProcExit
            | Syscall::Sleep
            | Syscall::KeepThread
            | Syscall::Interrupted
            | Syscall::Wait
            | Syscall::Awake
            | Syscall::Signal => Err(Errno::Nosys),
        };
        Ok(Step::Done(number(result)))
    }

    /// Reads the buffers of a vectored read or write, and where the result goes.
    fn transfer(&self, moved_at: u32) -> Result<Transfer, Errno> {
        let (at, count) = (self.args.word(1), self.args.word(2));
        if count > BUFFERS_MAX {
            return Err(Errno::Inval);
        }
        let words = self.memory.copy_of(at, count * 8)?;
        let mut left = FILE_TRANSFER_BYTES_MAX as u32;
        let mut buffers = Vec::with_capacity(count as usize);
        for pair in words.chunks_exact(8) {
            let (address, len) = (layout::u32_at(pair, 0), layout::u32_at(pair, 4).min(left));
            if !self.memory.contains(address, len) {
                return Err(Errno::Fault);
            }
            left -= len;
            buffers.push((address, len));
        }
        Ok(Transfer { buffers, moved_at })
    }
}

impl Transfer {
    /// Returns how many bytes the buffers hold.
    pub fn len(&self) -> usize {
        self.buffers.iter().map(|(_, len)| *len as usize).sum()
    }

    /// Returns whether the buffers hold nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Copies bytes into the buffers of a read, as far as they go, and says how many.
    pub fn scatter<M: GuestMemory>(&self, memory: &M, bytes: &[u8]) -> Result<usize, Errno> {
        let mut rest = bytes;
        for &(at, len) in &self.buffers {
            let (part, after) = rest.split_at(rest.len().min(len as usize));
            memory.write(at, part)?;
            rest = after;
        }
        let moved = bytes.len() - rest.len();
        memory.write_u32(self.moved_at, moved as u32)?;
        Ok(moved)
    }

    /// Copies at most `max` bytes out of the buffers of a write.
    pub fn gather<M: GuestMemory>(&self, memory: &M, max: usize) -> Result<Vec<u8>, Errno> {
        let mut bytes = Vec::with_capacity(self.len().min(max));
        for &(at, len) in &self.buffers {
            let part = (len as usize).min(max - bytes.len());
            bytes.extend_from_slice(&memory.copy_of(at, part as u32)?);
        }
        Ok(bytes)
    }

    /// Tells the program how many bytes of a write were taken.
    pub fn taken<M: GuestMemory>(&self, memory: &M, bytes: usize) -> Result<(), Errno> {
        Ok(memory.write_u32(self.moved_at, bytes as u32)?)
    }
}

#[cfg(test)]
mod tests;
