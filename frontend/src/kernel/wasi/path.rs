//! The calls that work on a path (`path_*`).

use super::super::errno::Errno;
use super::super::files::{Kind, Place};
use super::super::limits::PATH_BYTES_MAX;
use super::super::outside::GuestMemory;
use super::descriptor::{Descriptor, OpenFile};
use super::layout;
use super::{FileCall, Step};
use shared::address::unix_text as name_text;

impl<M: GuestMemory> FileCall<'_, M> {
    pub(super) fn path_open(&mut self) -> Result<Step, Errno> {
        let place = self.place(0, 2)?;
        let (oflags, rights) = (self.args.word(4), self.args.long(5));
        let (readable, writable) =
            (rights & layout::RIGHT_FD_READ != 0, rights & layout::RIGHT_FD_WRITE != 0);
        if place.node.is_some() && oflags & layout::OFLAGS_EXCL != 0 {
            return Err(Errno::Exist);
        }
        let inode = match place.node {
            Some(inode) => inode,
            None if oflags & layout::OFLAGS_CREAT == 0 => return Err(Errno::Noent),
            None if oflags & layout::OFLAGS_DIRECTORY != 0 => return Err(Errno::Inval),
            None => self.table.files.create_file(&place, self.now_ns)?,
        };
        let kind = self.table.files.stat(inode)?.kind;
        if kind == Kind::Directory {
            // Rights to write in a directory are asked for by whoever only wants to read it.
            if oflags & (layout::OFLAGS_TRUNC | layout::OFLAGS_CREAT) != 0 {
                return Err(Errno::Isdir);
            }
            return self.open(Descriptor::Directory(inode));
        }
        if oflags & layout::OFLAGS_DIRECTORY != 0 {
            return Err(Errno::Notdir);
        }
        if writable && self.table.files.is_read_only(inode) {
            return Err(Errno::Rofs);
        }
        if oflags & layout::OFLAGS_TRUNC != 0 {
            self.table.files.truncate(inode, 0, self.now_ns)?;
        }
        let library = match self.library_bytes(kind) {
            Ok(bytes) => bytes,
            Err(fetch) => return Ok(fetch),
        };
        let flags = (self.args.word(9) & layout::FDFLAGS_ALL) as u16;
        self.open(Descriptor::File(OpenFile {
            inode,
            position: 0,
            flags,
            readable,
            writable,
            library,
        }))
    }

    pub(super) fn path_create_directory(&mut self) -> Result<(), Errno> {
        let place = self.place(0, 1)?;
        self.table.files.create_directory(&place, self.now_ns).map(|_| ())
    }

    pub(super) fn path_filestat_get(&mut self) -> Result<(), Errno> {
        let inode = self.place(0, 2)?.node.ok_or(Errno::Noent)?;
        let stat = self.table.files.stat(inode)?;
        Ok(self.memory.write(self.args.word(4), &layout::filestat(inode, stat))?)
    }

    pub(super) fn path_filestat_set_times(&mut self) -> Result<(), Errno> {
        let inode = self.place(0, 2)?.node.ok_or(Errno::Noent)?;
        self.set_times(inode, 6, self.args.word(8))
    }

    pub(super) fn path_readlink(&mut self) -> Result<(), Errno> {
        self.place(0, 1)?.node.ok_or(Errno::Noent)?;
        // It is there, and it is not a link.
        Err(Errno::Inval)
    }

    pub(super) fn path_remove_directory(&mut self) -> Result<(), Errno> {
        let place = self.place(0, 1)?;
        self.table.files.remove_directory(&place)
    }

    pub(super) fn path_rename(&mut self) -> Result<(), Errno> {
        let from = self.place(0, 1)?;
        let to = self.place(3, 4)?;
        self.table.files.rename(&from, &to)
    }

    pub(super) fn path_unlink_file(&mut self) -> Result<(), Errno> {
        let place = self.place(0, 1)?;
        self.table.files.unlink(&place)
    }

    /// Finds where a path leads, given the arguments of its directory's fd and its address.
    fn place(&self, fd: usize, address: usize) -> Result<Place, Errno> {
        let directory = self.table.get_directory(self.args.word(fd))?;
        let len = self.args.word(address + 1);
        if len as usize > PATH_BYTES_MAX {
            return Err(Errno::Nametoolong);
        }
        let bytes = self.memory.copy_of(self.args.word(address), len)?;
        self.table.files.resolve(directory, &name_text(&bytes))
    }
}
