use super::*;

fn files() -> Files {
    Files::new(&[("os.py".into(), 10), ("json/__init__.py".into(), 20)])
}

fn at(files: &Files, path: &str) -> Place {
    files.resolve(Inode::ROOT, path).unwrap()
}

fn write(files: &mut Files, path: &str, bytes: &[u8]) -> Result<Inode, Errno> {
    let place = files.resolve(Inode::ROOT, path)?;
    let inode = files.create_file(&place, 1)?;
    files.write_at(inode, 0, bytes, 1)?;
    Ok(inode)
}

#[test]
fn a_file_is_found_by_every_way_to_it() {
    let mut files = files();
    let inode = write(&mut files, "home/user/a.txt", b"hello").unwrap();
    let home = at(&files, HOME).node.unwrap();
    for path in ["/home/user/a.txt", "a.txt", "./a.txt", "../user//a.txt", "/../home/user/a.txt"] {
        assert_eq!(files.resolve(home, path).unwrap().node, Some(inode), "{path}");
    }
    assert_eq!(files.resolve(home, "a.txt/b"), Err(Errno::Notdir));
    assert_eq!(files.resolve(home, "a.txt/"), Err(Errno::Notdir));
    assert_eq!(files.resolve(home, "none/b"), Err(Errno::Noent));
    assert_eq!(files.resolve(home, ""), Err(Errno::Noent));
    assert_eq!(files.read_at(inode, 1).unwrap(), b"ello");
    assert_eq!(files.read_at(inode, u64::MAX).unwrap(), b"");
}

#[test]
fn the_library_is_listed_and_read_only() {
    let mut files = files();
    let json = at(&files, "/lib/python3.14/json/__init__.py").node.unwrap();
    assert_eq!(files.stat(json).unwrap().kind, Kind::Library(1));
    assert_eq!(files.stat(json).unwrap().len, 20);
    assert_eq!(write(&mut files, "/lib/python3.14/new.py", b""), Err(Errno::Rofs));
    assert_eq!(files.truncate(json, 0, 0), Err(Errno::Rofs));
    let place = at(&files, "/lib/python3.14/os.py");
    assert_eq!(files.unlink(&place), Err(Errno::Rofs));
    let names: Vec<&str> = files
        .list(at(&files, LIBRARY).node.unwrap())
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, [".", "..", "json", "os.py"]);
}

#[test]
fn an_open_file_outlives_its_name() {
    let mut files = files();
    let inode = write(&mut files, "/tmp/a", b"hello").unwrap();
    files.opened(inode);
    let place = at(&files, "/tmp/a");
    files.unlink(&place).unwrap();
    assert_eq!(at(&files, "/tmp/a").node, None);
    assert_eq!(files.read_at(inode, 0).unwrap(), b"hello");
    files.closed(inode);
    assert_eq!(files.stat(inode), Err(Errno::Noent));
    assert_eq!(files.bytes, 0);
}

#[test]
fn renaming_replaces_and_does_not_tie_knots() {
    let mut files = files();
    let inode = write(&mut files, "/tmp/a", b"new").unwrap();
    write(&mut files, "/tmp/b", b"old").unwrap();
    files.rename(&at(&files, "/tmp/a"), &at(&files, "/tmp/b")).unwrap();
    assert_eq!(at(&files, "/tmp/b").node, Some(inode));
    files.create_directory(&at(&files, "/tmp/d"), 1).unwrap();
    assert_eq!(files.rename(&at(&files, "/tmp/d"), &at(&files, "/tmp/d/e")), Err(Errno::Inval));
    assert_eq!(files.rename(&at(&files, "/tmp/b"), &at(&files, "/tmp/d")), Err(Errno::Isdir));
    files.rename(&at(&files, "/tmp/b"), &at(&files, "/tmp/d/b")).unwrap();
    assert_eq!(files.remove_directory(&at(&files, "/tmp/d")), Err(Errno::Notempty));
}

#[test]
fn there_is_an_end_to_the_room() {
    let mut files = files();
    let inode = write(&mut files, "/tmp/a", b"").unwrap();
    assert_eq!(files.write_at(inode, FILES_BYTES_MAX as u64, b"x", 1), Err(Errno::Nospc));
    assert_eq!(files.write_at(inode, u64::MAX, b"x", 1), Err(Errno::Fbig));
    files.truncate(inode, FILES_BYTES_MAX as u64, 1).unwrap();
    assert_eq!(write(&mut files, "/tmp/b", b"x"), Err(Errno::Nospc));
    files.truncate(inode, 0, 1).unwrap();
    for n in 0..FILES_MAX {
        if write(&mut files, &format!("/tmp/n{n}"), b"").is_err() {
            return;
        }
    }
    panic!("there was no end to it");
}

#[test]
fn sources_replace_those_of_the_last_run() {
    let mut files = files();
    let source = |text: &str| [SourceFile { name: "a.py".into(), text: text.into() }];
    files.put_sources(&source("print(1234)"), 1).unwrap();
    files.put_sources(&source("pass"), 2).unwrap();
    let inode = at(&files, "/home/user/a.py").node.unwrap();
    assert_eq!(files.read_at(inode, 0).unwrap(), b"pass");
}

#[test]
fn nothing_stays_in_the_null_device_and_it_stays() {
    let mut files = files();
    let null = at(&files, "/dev/null");
    let inode = null.node.unwrap();
    files.write_at(inode, 5, b"gone", 1).unwrap();
    files.truncate(inode, 0, 1).unwrap();
    assert_eq!(files.read_at(inode, 0).unwrap(), b"");
    assert_eq!(files.unlink(&null), Err(Errno::Acces));
}
