use std::cell::RefCell;

use super::super::files::{Files, Inode};
use super::super::library::{Library, Listing};
use super::super::outside::{Fault, GuestMemory};
use super::*;

/// A memory of one page.
struct Memory(RefCell<Vec<u8>>);

impl GuestMemory for Memory {
    fn contains(&self, at: u32, len: u32) -> bool {
        u64::from(at) + u64::from(len) <= self.0.borrow().len() as u64
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        let memory = self.0.borrow();
        let part = memory.get(at as usize..at as usize + into.len()).ok_or(Fault)?;
        into.copy_from_slice(part);
        Ok(())
    }

    fn write(&self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        let mut memory = self.0.borrow_mut();
        let part = memory.get_mut(at as usize..at as usize + bytes.len()).ok_or(Fault)?;
        part.copy_from_slice(bytes);
        Ok(())
    }
}

const PAGE: u32 = 65536;
/// Where the tests keep paths, buffers and results.
const PATH: u32 = 1000;
const BUFFERS: u32 = 2000;
const DATA: u32 = 3000;
const RESULT: u32 = 100;

const READ: u64 = layout::RIGHT_FD_READ;
const WRITE: u64 = layout::RIGHT_FD_WRITE;

struct Machine {
    table: FileTable,
    library: Library,
    memory: Memory,
}

impl Machine {
    fn new() -> Machine {
        let files = vec![("os.py".to_owned(), 9)];
        Machine {
            table: FileTable::new(Files::new(&files)),
            library: Library::new("/library/0/index.json", Listing { files, ..Listing::default() }),
            memory: Memory(RefCell::new(vec![0; PAGE as usize])),
        }
    }

    fn call(&mut self, syscall: Syscall, words: &[u32]) -> Step {
        let mut args = Arguments([0; ARGUMENTS_MAX as usize]);
        for (arg, word) in args.0.iter_mut().zip(words) {
            *arg = *word as i32;
        }
        call(&mut self.table, &self.library, &self.memory, 7, syscall, args)
    }

    fn open(&mut self, path: &str, oflags: u32, rights: u64) -> Result<u32, Step> {
        self.memory.write(PATH, path.as_bytes()).unwrap();
        let len = path.len() as u32;
        let words = [3, 0, PATH, len, oflags, rights as u32, 0, 0, 0, 0, RESULT];
        match self.call(Syscall::PathOpen, &words) {
            Step::Done(0) => Ok(self.word(RESULT)),
            step => Err(step),
        }
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> Step {
        self.memory.write(DATA, bytes).unwrap();
        self.buffers(&[(DATA, bytes.len() as u32)]);
        self.call(Syscall::FdWrite, &[fd, BUFFERS, 1, RESULT])
    }

    fn read(&mut self, fd: u32, len: u32) -> Vec<u8> {
        self.buffers(&[(DATA, len / 2), (DATA + len / 2, len - len / 2)]);
        assert_eq!(self.call(Syscall::FdRead, &[fd, BUFFERS, 2, RESULT]), Step::Done(0));
        self.memory.copy_of(DATA, self.word(RESULT)).unwrap()
    }

    fn buffers(&mut self, buffers: &[(u32, u32)]) {
        for (index, (at, len)) in buffers.iter().enumerate() {
            self.memory.write_u32(BUFFERS + index as u32 * 8, *at).unwrap();
            self.memory.write_u32(BUFFERS + index as u32 * 8 + 4, *len).unwrap();
        }
    }

    fn word(&self, at: u32) -> u32 {
        layout::u32_at(&self.memory.copy_of(at, 4).unwrap(), 0)
    }
}

fn fails(errno: Errno) -> Step {
    Step::Done(errno as i32)
}

#[test]
fn what_is_written_is_read_back() {
    let mut machine = Machine::new();
    let file = machine.open("home/user/a.txt", layout::OFLAGS_CREAT, READ | WRITE).unwrap();
    assert_eq!(file, 1024);
    assert_eq!(machine.write(file, b"hello world"), Step::Done(0));
    assert_eq!(machine.word(RESULT), 11);
    assert_eq!(machine.call(Syscall::FdSeek, &[file, -5i32 as u32, !0, 2, RESULT]), Step::Done(0));
    assert_eq!(machine.read(file, 100), b"world");
    assert_eq!(machine.read(file, 100), b"");
    assert_eq!(machine.call(Syscall::FdSeek, &[file, !0, !0, 0, RESULT]), fails(Errno::Inval));
    assert_eq!(machine.call(Syscall::FdClose, &[file]), Step::Done(0));
    assert_eq!(machine.call(Syscall::FdClose, &[file]), fails(Errno::Badf));
}

#[test]
fn rights_are_kept() {
    let mut machine = Machine::new();
    let written = machine.open("tmp/a", layout::OFLAGS_CREAT, WRITE).unwrap();
    let read = machine.open("tmp/a", 0, READ).unwrap();
    assert_eq!(machine.write(read, b"x"), fails(Errno::Badf));
    machine.buffers(&[(DATA, 1)]);
    let step = machine.call(Syscall::FdRead, &[written, BUFFERS, 1, RESULT]);
    assert_eq!(step, fails(Errno::Badf));
    let exclusive = layout::OFLAGS_CREAT | layout::OFLAGS_EXCL;
    assert_eq!(machine.open("tmp/a", exclusive, WRITE), Err(fails(Errno::Exist)));
    assert_eq!(machine.open("tmp/b", 0, READ), Err(fails(Errno::Noent)));
    assert_eq!(machine.open("tmp/a", layout::OFLAGS_DIRECTORY, READ), Err(fails(Errno::Notdir)));
}

#[test]
fn a_library_file_is_fetched_when_it_is_opened() {
    let mut machine = Machine::new();
    let path = "lib/python3.14/os.py";
    assert_eq!(machine.open(path, 0, READ), Err(Step::Fetch(0)));
    machine.library.arrived(0, Some(b"import re".to_vec()));
    let file = machine.open(path, 0, READ).unwrap();
    assert_eq!(machine.read(file, 6), b"import");
    assert_eq!(machine.read(file, 60), b" re");
    assert_eq!(machine.open(path, 0, READ | WRITE), Err(fails(Errno::Rofs)));
}

#[test]
fn a_stat_has_the_layout_of_the_c_library() {
    let mut machine = Machine::new();
    let file = machine.open("tmp/a", layout::OFLAGS_CREAT, WRITE).unwrap();
    machine.write(file, b"12345");
    assert_eq!(machine.call(Syscall::FdFilestatGet, &[file, DATA]), Step::Done(0));
    let stat = machine.memory.copy_of(DATA, 64).unwrap();
    assert_eq!((stat[16], stat[24], stat[32], stat[48]), (4, 1, 5, 7));
    assert_eq!(machine.call(Syscall::FdFdstatGet, &[1, DATA]), Step::Done(0));
    assert_eq!(machine.memory.copy_of(DATA, 1).unwrap(), [2]);
    assert_eq!(machine.call(Syscall::FdPrestatGet, &[3, DATA]), Step::Done(0));
    assert_eq!(machine.memory.copy_of(DATA, 8).unwrap(), [0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(machine.call(Syscall::FdPrestatGet, &[4, DATA]), fails(Errno::Badf));
}

#[test]
fn a_directory_is_listed_in_pieces() {
    let mut machine = Machine::new();
    let directory = machine.open("lib/python3.14", layout::OFLAGS_DIRECTORY, READ).unwrap();
    let mut names = Vec::new();
    let mut cookie = 0;
    loop {
        let step = machine.call(Syscall::FdReaddir, &[directory, DATA, 30, cookie, 0, RESULT]);
        assert_eq!(step, Step::Done(0));
        let bytes = machine.memory.copy_of(DATA, machine.word(RESULT)).unwrap();
        if bytes.len() < layout::DIRENT_BYTES {
            break;
        }
        let len = layout::u32_at(&bytes, 16) as usize;
        names.push(String::from_utf8(bytes[layout::DIRENT_BYTES..][..len].to_vec()).unwrap());
        cookie = layout::u32_at(&bytes, 0);
    }
    assert_eq!(names, [".", "..", "os.py"]);
}

#[test]
fn the_standard_streams_are_somebody_elses() {
    let mut machine = Machine::new();
    let transfer = Transfer { buffers: vec![(DATA, 2)], moved_at: RESULT };
    assert_eq!(machine.write(1, b"hi"), Step::Output(Stream::Stdout, transfer.clone()));
    assert_eq!(transfer.gather(&machine.memory, 1).unwrap(), b"h");
    let step = machine.call(Syscall::FdRead, &[0, BUFFERS, 1, RESULT]);
    assert_eq!(step, Step::Input(transfer.clone()));
    assert_eq!(transfer.scatter(&machine.memory, b"abc"), Ok(2));
    assert_eq!(machine.word(RESULT), 2);
}

#[test]
fn no_address_or_number_that_a_program_passes_can_do_harm() {
    let odd = [0, 1, 3, 4, 0x7fff_ffff, 0x8000_0000, u32::MAX - 3, u32::MAX, PAGE - 1, 999];
    let mut machine = Machine::new();
    machine.open("tmp/a", layout::OFLAGS_CREAT, READ | WRITE).unwrap();
    for &syscall in Syscall::ALL {
        for seed in 0..2000u32 {
            let words: Vec<u32> = (0..ARGUMENTS_MAX)
                .map(|at| odd[(seed.wrapping_mul(2_654_435_761).rotate_left(at * 5) % 10) as usize])
                .collect();
            machine.call(syscall, &words);
        }
    }
    assert!(machine.table.files.stat(Inode::ROOT).is_ok());
}
