//! A program's table of open files, and the calls that work on an open file (`fd_*`).

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::super::errno::Errno;
use super::super::files::{Files, Inode, Kind};
use super::super::limits::{FILE_TRANSFER_BYTES_MAX, FILES_ON_THE_WAY_MAX, OPEN_FILES_MAX};
use super::super::outside::GuestMemory;
use super::layout;
use super::{FileCall, Step};
use crate::messages::Stream;
use shared::address::unix_bytes;

/// The first fd of a file that a program opens: those below are for its sockets.
const FILE_FD_FIRST: u32 = 1024;

/// The directory that a program finds open: the root.
const PREOPENED: u32 = 3;
const PREOPENED_NAME: &[u8] = b"/";

/// The files of a program, and those that it has open.
#[derive(Debug)]
pub struct FileTable {
    pub files: Files,
    open: BTreeMap<u32, Descriptor>,
    /// Files handed over and not received yet, oldest first, by a number of their own.
    on_the_way: VecDeque<(u32, Descriptor)>,
    next_on_the_way: u32,
}

/// What an fd leads to.
#[derive(Debug, Clone)]
pub(super) enum Descriptor {
    Stdin,
    Output(Stream),
    Directory(Inode),
    File(OpenFile),
}

/// An open file.
#[derive(Debug, Clone)]
pub(super) struct OpenFile {
    pub(super) inode: Inode,
    pub(super) position: u64,
    pub(super) flags: u16,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// The bytes of a file of the library.
    pub(super) library: Option<Rc<[u8]>>,
}

impl FileTable {
    /// Returns a table with the standard streams and the root directory.
    pub fn new(mut files: Files) -> FileTable {
        files.opened(Inode::ROOT);
        let open = BTreeMap::from([
            (0, Descriptor::Stdin),
            (1, Descriptor::Output(Stream::Stdout)),
            (2, Descriptor::Output(Stream::Stderr)),
            (PREOPENED, Descriptor::Directory(Inode::ROOT)),
        ]);
        FileTable { files, open, on_the_way: VecDeque::new(), next_on_the_way: 0 }
    }

    pub(super) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.open.get(&fd).ok_or(Errno::Badf)
    }

    pub(super) fn get_file(&mut self, fd: u32) -> Result<&mut OpenFile, Errno> {
        match self.open.get_mut(&fd).ok_or(Errno::Badf)? {
            Descriptor::File(file) => Ok(file),
            Descriptor::Directory(_) => Err(Errno::Isdir),
            Descriptor::Stdin | Descriptor::Output(_) => Err(Errno::Spipe),
        }
    }

    pub(super) fn get_directory(&self, fd: u32) -> Result<Inode, Errno> {
        match self.get(fd)? {
            Descriptor::Directory(inode) => Ok(*inode),
            _ => Err(Errno::Notdir),
        }
    }

    /// Gives an open file or directory the lowest free fd behind those of sockets, so that no
    /// number means both.
    pub(super) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        if self.open.len() >= OPEN_FILES_MAX {
            return Err(Errno::Mfile);
        }
        let fd = (FILE_FD_FIRST..).find(|fd| !self.open.contains_key(fd)).ok_or(Errno::Mfile)?;
        if let Some(inode) = descriptor.inode() {
            self.files.opened(inode);
        }
        self.open.insert(fd, descriptor);
        Ok(fd)
    }

    pub(super) fn close(&mut self, fd: u32) -> Result<(), Errno> {
        let descriptor = self.open.remove(&fd).ok_or(Errno::Badf)?;
        if let Some(inode) = descriptor.inode() {
            self.files.closed(inode);
        }
        Ok(())
    }

    /// Keeps an open file for who receives it, and returns its number until then.
    pub fn give(&mut self, fd: u32) -> Result<u32, Errno> {
        let descriptor = self.get(fd)?.clone();
        if let Some(inode) = descriptor.inode() {
            self.files.opened(inode);
        }
        if self.on_the_way.len() >= FILES_ON_THE_WAY_MAX
            && let Some((_, oldest)) = self.on_the_way.pop_front()
        {
            self.let_go(&oldest);
        }
        let number = self.next_on_the_way;
        self.next_on_the_way = number.wrapping_add(1);
        self.on_the_way.push_back((number, descriptor));
        Ok(number)
    }

    /// Opens a file that was handed over, and returns its fd. One that was only looked at is
    /// still on its way.
    pub fn take(&mut self, number: u32, peeked: bool) -> Option<u32> {
        let at = self.on_the_way.iter().position(|(other, _)| *other == number)?;
        let (_, descriptor) = self.on_the_way.get(at)?.clone();
        let fd = self.insert(descriptor.clone()).ok()?;
        if !peeked {
            self.on_the_way.remove(at);
            self.let_go(&descriptor);
        }
        Some(fd)
    }

    fn let_go(&mut self, descriptor: &Descriptor) {
        if let Some(inode) = descriptor.inode() {
            self.files.closed(inode);
        }
    }

    pub(super) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        if from == to {
            return self.get(from).map(|_| ());
        }
        let moved = self.get(from)?.clone();
        self.close(to)?;
        self.open.remove(&from);
        self.open.insert(to, moved);
        Ok(())
    }
}

impl Descriptor {
    fn inode(&self) -> Option<Inode> {
        match self {
            Descriptor::Directory(inode) => Some(*inode),
            Descriptor::File(file) => Some(file.inode),
            Descriptor::Stdin | Descriptor::Output(_) => None,
        }
    }
}

impl<M: GuestMemory> FileCall<'_, M> {
    pub(super) fn fd_read(&mut self, offset: Option<u64>) -> Result<Step, Errno> {
        let moved_at = self.args.word(if offset.is_some() { 5 } else { 3 });
        let fd = self.args.word(0);
        let transfer = self.transfer(moved_at)?;
        if let Descriptor::Stdin = self.table.get(fd)? {
            return if offset.is_some() { Err(Errno::Spipe) } else { Ok(Step::Input(transfer)) };
        }
        if let Descriptor::Output(_) = self.table.get(fd)? {
            return Err(Errno::Badf);
        }
        let file = self.table.get_file(fd)?;
        if !file.readable {
            return Err(Errno::Badf);
        }
        let position = offset.unwrap_or(file.position);
        let (inode, library) = (file.inode, file.library.clone());
        let bytes = match &library {
            Some(bytes) => {
                &bytes[usize::try_from(position).unwrap_or(bytes.len()).min(bytes.len())..]
            }
            None => self.table.files.read_at(inode, position)?,
        };
        let moved =
            transfer.scatter(self.memory, &bytes[..bytes.len().min(FILE_TRANSFER_BYTES_MAX)])?;
        if offset.is_none() {
            self.table.get_file(fd)?.position = position + moved as u64;
        }
        Ok(Step::Done(0))
    }

    pub(super) fn fd_write(&mut self, offset: Option<u64>) -> Result<Step, Errno> {
        let moved_at = self.args.word(if offset.is_some() { 5 } else { 3 });
        let fd = self.args.word(0);
        let transfer = self.transfer(moved_at)?;
        match self.table.get(fd)? {
            Descriptor::Output(_) if offset.is_some() => return Err(Errno::Spipe),
            Descriptor::Output(stream) => return Ok(Step::Output(*stream, transfer)),
            Descriptor::Stdin => return Err(Errno::Badf),
            Descriptor::Directory(_) => return Err(Errno::Isdir),
            Descriptor::File(_) => {}
        }
        let file = self.table.get_file(fd)?.clone();
        if !file.writable {
            return Err(Errno::Badf);
        }
        let bytes = transfer.gather(self.memory, FILE_TRANSFER_BYTES_MAX)?;
        let append = file.flags & layout::FDFLAGS_APPEND != 0;
        let position = match offset {
            Some(offset) => offset,
            None if append => self.table.files.stat(file.inode)?.len,
            None => file.position,
        };
        self.table.files.write_at(file.inode, position, &bytes, self.now_ns)?;
        if offset.is_none() {
            self.table.get_file(fd)?.position = position + bytes.len() as u64;
        }
        transfer.taken(self.memory, bytes.len())?;
        Ok(Step::Done(0))
    }

    pub(super) fn fd_allocate(&mut self) -> Result<(), Errno> {
        let end = self.args.long(1).checked_add(self.args.long(3)).ok_or(Errno::Fbig)?;
        let file = self.writable_file()?;
        if self.table.files.stat(file)?.len < end {
            self.table.files.truncate(file, end, self.now_ns)?;
        }
        Ok(())
    }

    pub(super) fn fd_filestat_set_size(&mut self) -> Result<(), Errno> {
        let file = self.writable_file()?;
        self.table.files.truncate(file, self.args.long(1), self.now_ns)
    }

    fn writable_file(&mut self) -> Result<Inode, Errno> {
        let file = self.table.get_file(self.args.word(0))?;
        if file.writable { Ok(file.inode) } else { Err(Errno::Badf) }
    }

    pub(super) fn fd_fdstat_get(&mut self) -> Result<(), Errno> {
        let (filetype, flags, rights) = match self.table.get(self.args.word(0))? {
            // What can neither seek nor tell is a terminal to the C library.
            Descriptor::Stdin => (layout::FILETYPE_CHARACTER_DEVICE, 0, layout::RIGHT_FD_READ),
            Descriptor::Output(_) => (layout::FILETYPE_CHARACTER_DEVICE, 0, layout::RIGHT_FD_WRITE),
            Descriptor::Directory(_) => (layout::FILETYPE_DIRECTORY, 0, layout::RIGHTS_ALL),
            Descriptor::File(file) => {
                let mut rights = layout::RIGHTS_ALL;
                if !file.readable {
                    rights &= !layout::RIGHT_FD_READ;
                }
                if !file.writable {
                    rights &= !layout::RIGHT_FD_WRITE;
                }
                (layout::FILETYPE_REGULAR_FILE, file.flags, rights)
            }
        };
        Ok(self.memory.write(self.args.word(1), &layout::fdstat(filetype, flags, rights))?)
    }

    pub(super) fn fd_fdstat_set_flags(&mut self) -> Result<(), Errno> {
        let flags = (self.args.word(1) & layout::FDFLAGS_ALL) as u16;
        match self.table.get_file(self.args.word(0)) {
            Ok(file) => {
                file.flags = flags;
                Ok(())
            }
            // A standard stream waits whatever the flags say.
            Err(Errno::Spipe) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    pub(super) fn fd_filestat_get(&mut self) -> Result<(), Errno> {
        let descriptor = self.table.get(self.args.word(0))?;
        let stat = match descriptor.inode() {
            Some(inode) => layout::filestat(inode, self.table.files.stat(inode)?),
            None => layout::stream_filestat(),
        };
        Ok(self.memory.write(self.args.word(1), &stat)?)
    }

    pub(super) fn fd_filestat_set_times(&mut self) -> Result<(), Errno> {
        let inode = self.table.get(self.args.word(0))?.inode().ok_or(Errno::Inval)?;
        self.set_times(inode, 3, self.args.word(5))
    }

    /// Sets the time of the last change from the argument at `time` and the flags.
    pub(super) fn set_times(&mut self, inode: Inode, time: usize, flags: u32) -> Result<(), Errno> {
        if flags & layout::FSTFLAGS_MTIM_NOW != 0 {
            return self.table.files.set_modified(inode, self.now_ns);
        }
        if flags & layout::FSTFLAGS_MTIM != 0 {
            return self.table.files.set_modified(inode, self.args.long(time));
        }
        Ok(())
    }

    pub(super) fn fd_prestat_get(&mut self) -> Result<(), Errno> {
        if self.args.word(0) != PREOPENED || self.table.get_directory(PREOPENED).is_err() {
            return Err(Errno::Badf);
        }
        let mut prestat = [0; 8];
        prestat[4..].copy_from_slice(&(PREOPENED_NAME.len() as u32).to_le_bytes());
        Ok(self.memory.write(self.args.word(1), &prestat)?)
    }

    pub(super) fn fd_prestat_dir_name(&mut self) -> Result<(), Errno> {
        if self.args.word(0) != PREOPENED {
            return Err(Errno::Badf);
        }
        if (self.args.word(2) as usize) < PREOPENED_NAME.len() {
            return Err(Errno::Nametoolong);
        }
        Ok(self.memory.write(self.args.word(1), PREOPENED_NAME)?)
    }

    pub(super) fn fd_readdir(&mut self) -> Result<(), Errno> {
        let directory = self.table.get_directory(self.args.word(0))?;
        let (at, cookie) = (self.args.word(1), self.args.long(3));
        let room = (self.args.word(2) as usize).min(FILE_TRANSFER_BYTES_MAX);
        let mut bytes = Vec::new();
        let entries = self.table.files.list(directory)?;
        let from = usize::try_from(cookie).unwrap_or(usize::MAX);
        for (index, (name, inode)) in entries.into_iter().enumerate().skip(from) {
            let kind = self.table.files.stat(inode)?.kind;
            // Linux's names are bytes; here they are text to the letter, as those of sockets are.
            let name = unix_bytes(name);
            let head = layout::dirent(index as u64 + 1, inode, name.len(), kind);
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(&name);
            if bytes.len() >= room {
                // A full buffer says that there is more; its last entry may be cut.
                bytes.truncate(room);
                break;
            }
        }
        self.memory.write(at, &bytes)?;
        Ok(self.memory.write_u32(self.args.word(5), bytes.len() as u32)?)
    }

    pub(super) fn fd_seek(&mut self) -> Result<(), Errno> {
        let offset = self.args.long(1) as i64;
        let fd = self.args.word(0);
        let inode = self.table.get_file(fd)?.inode;
        let len = self.table.files.stat(inode)?.len;
        let file = self.table.get_file(fd)?;
        let base = match self.args.word(3) {
            layout::WHENCE_SET => 0,
            layout::WHENCE_CUR => file.position,
            layout::WHENCE_END => len,
            _ => return Err(Errno::Inval),
        };
        let position = base.checked_add_signed(offset).ok_or(Errno::Inval)?;
        file.position = position;
        Ok(self.memory.write_u64(self.args.word(4), position)?)
    }

    pub(super) fn fd_tell(&mut self) -> Result<(), Errno> {
        let position = self.table.get_file(self.args.word(0))?.position;
        Ok(self.memory.write_u64(self.args.word(1), position)?)
    }

    /// Opens a node and tells the program its fd.
    pub(super) fn open(&mut self, descriptor: Descriptor) -> Result<Step, Errno> {
        let fd_at = self.args.word(10);
        if !self.memory.contains(fd_at, 4) {
            return Err(Errno::Fault);
        }
        let fd = self.table.insert(descriptor)?;
        self.memory.write_u32(fd_at, fd)?;
        Ok(Step::Done(0))
    }

    /// Returns the bytes of a library file, or the step that fetches them.
    pub(super) fn library_bytes(&self, kind: Kind) -> Result<Option<Rc<[u8]>>, Step> {
        match kind {
            Kind::Library(index) => self.library.get(index).map(Some).ok_or(Step::Fetch(index)),
            Kind::File | Kind::Directory => Ok(None),
        }
    }
}
