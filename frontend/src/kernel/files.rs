//! The file system of a program: a tree in memory. Below `/lib/python3.14` it is the standard
//! library, read-only, whose files are fetched when they are opened.

use std::collections::BTreeMap;

use super::errno::Errno;
use super::limits::{FILES_BYTES_MAX, FILES_MAX, PATH_BYTES_MAX};
use crate::messages::SourceFile;

/// Where a program's own files are, its current directory.
pub const HOME: &str = "/home/user";
/// Where the standard library is.
pub const LIBRARY: &str = "/lib/python3.14";

/// Bytes of one name in a directory, as Linux has it.
const NAME_BYTES_MAX: usize = 255;

/// Names a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inode(u32);

impl Inode {
    pub const ROOT: Inode = Inode(0);

    /// Returns the number that a program sees; 0 is none.
    pub fn number(self) -> u64 {
        u64::from(self.0) + 1
    }
}

/// The tree.
#[derive(Debug, Clone)]
pub struct Files {
    nodes: Vec<Option<Node>>,
    /// Bytes of all files that are not of the library.
    bytes: usize,
    /// Nodes that are not of the library.
    own_nodes: usize,
}

#[derive(Debug, Clone)]
struct Node {
    content: Content,
    parent: Inode,
    modified_ns: u64,
    /// It is of the standard library and cannot be changed.
    read_only: bool,
    /// A name leads to it.
    linked: bool,
    /// How often it is open; a file without a name goes when this is 0.
    opens: u32,
}

#[derive(Debug, Clone)]
enum Content {
    Directory(BTreeMap<String, Inode>),
    File(Vec<u8>),
    Library {
        index: u32,
        len: u32,
    },
    /// `/dev/null`.
    Null,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Directory,
    File,
    /// A file of the standard library, by its place in the listing.
    Library(u32),
}

/// What is known of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub kind: Kind,
    pub len: u64,
    pub modified_ns: u64,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The directory that holds it.
    pub parent: Inode,
    /// Its name there; empty for a path that ends in `.`, `..` or at the root.
    pub name: String,
    /// The node, if there is one.
    pub node: Option<Inode>,
}

impl Files {
    /// Returns a tree with the directories that every program has, and the standard library.
    pub fn new(library: &[(String, u32)]) -> Files {
        let root = Node::new(Content::Directory(BTreeMap::new()), Inode::ROOT, 0);
        let mut files = Files { nodes: vec![Some(root)], bytes: 0, own_nodes: 0 };
        for path in [HOME, "/tmp", LIBRARY] {
            files.make_directories(path);
        }
        for (index, (path, len)) in library.iter().enumerate() {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let parent = files.make_directories(&format!("{LIBRARY}/{directory}"));
            let content = Content::Library { index: index as u32, len: *len };
            files.add(parent, name, content, 0);
        }
        files.seal("/lib");
        let devices = files.make_directories("/dev");
        files.add(devices, "null", Content::Null, 0);
        files.own_nodes = 0;
        files
    }

    /// Writes source files into the home directory, in place of those of the same name.
    pub fn put_sources(&mut self, sources: &[SourceFile], now_ns: u64) -> Result<(), Errno> {
        let home = self.make_directories(HOME);
        for source in sources {
            let place = self.resolve(home, &source.name)?;
            let node = match place.node {
                Some(node) => node,
                None => self.create_file(&place, now_ns)?,
            };
            self.truncate(node, 0, now_ns)?;
            self.write_at(node, 0, source.text.as_bytes(), now_ns)?;
        }
        Ok(())
    }

    /// Finds where a path leads, from a directory or from the root.
    pub fn resolve(&self, base: Inode, path: &str) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::Noent);
        }
        if path.len() > PATH_BYTES_MAX || path.contains('\0') {
            return Err(if path.contains('\0') { Errno::Inval } else { Errno::Nametoolong });
        }
        let start = if path.starts_with('/') { Inode::ROOT } else { base };
        let mut place =
            Place { parent: self.parent(start), name: String::new(), node: Some(start) };
        for part in path.split('/') {
            if part.is_empty() || part == "." {
                continue;
            }
            let here = place.node.ok_or(Errno::Noent)?;
            let Content::Directory(entries) = &self.node(here)?.content else {
                return Err(Errno::Notdir);
            };
            if part.len() > NAME_BYTES_MAX {
                return Err(Errno::Nametoolong);
            }
            place = if part == ".." {
                let parent = self.parent(here);
                Place { parent: self.parent(parent), name: String::new(), node: Some(parent) }
            } else {
                Place { parent: here, name: part.to_owned(), node: entries.get(part).copied() }
            };
        }
        if path.ends_with('/') && place.node.is_some_and(|node| !self.is_directory(node)) {
            return Err(Errno::Notdir);
        }
        Ok(place)
    }

    /// Returns what is known of a node.
    pub fn stat(&self, node: Inode) -> Result<Stat, Errno> {
        let node = self.node(node)?;
        let (kind, len) = match &node.content {
            Content::Directory(_) => (Kind::Directory, 0),
            Content::File(bytes) => (Kind::File, bytes.len() as u64),
            Content::Null => (Kind::File, 0),
            Content::Library { index, len } => (Kind::Library(*index), u64::from(*len)),
        };
        Ok(Stat { kind, len, modified_ns: node.modified_ns })
    }

    /// Returns a directory's entries, `.` and `..` first.
    pub fn list(&self, directory: Inode) -> Result<Vec<(&str, Inode)>, Errno> {
        let node = self.node(directory)?;
        let Content::Directory(entries) = &node.content else { return Err(Errno::Notdir) };
        let mut list = vec![(".", directory), ("..", node.parent)];
        list.extend(entries.iter().map(|(name, node)| (name.as_str(), *node)));
        Ok(list)
    }

    /// Makes an empty file at a place that has none.
    pub fn create_file(&mut self, place: &Place, now_ns: u64) -> Result<Inode, Errno> {
        self.create(place, Content::File(Vec::new()), now_ns)
    }

    /// Makes a directory at a place that has none.
    pub fn create_directory(&mut self, place: &Place, now_ns: u64) -> Result<Inode, Errno> {
        self.create(place, Content::Directory(BTreeMap::new()), now_ns)
    }

    /// Takes a file's name away; the file goes when it is no longer open.
    pub fn unlink(&mut self, place: &Place) -> Result<(), Errno> {
        let inode = place.node.ok_or(Errno::Noent)?;
        if self.is_directory(inode) {
            return Err(Errno::Isdir);
        }
        self.detach(place)?;
        self.sweep(inode);
        Ok(())
    }

    /// Removes an empty directory.
    pub fn remove_directory(&mut self, place: &Place) -> Result<(), Errno> {
        let inode = place.node.ok_or(Errno::Noent)?;
        let Content::Directory(entries) = &self.node(inode)?.content else {
            return Err(Errno::Notdir);
        };
        if !entries.is_empty() {
            return Err(Errno::Notempty);
        }
        self.detach(place)?;
        self.sweep(inode);
        Ok(())
    }

    /// Gives a node another name, in place of what had it.
    pub fn rename(&mut self, from: &Place, to: &Place) -> Result<(), Errno> {
        let inode = from.node.ok_or(Errno::Noent)?;
        if from.name.is_empty() || to.name.is_empty() {
            return Err(Errno::Busy);
        }
        if self.node(inode)?.read_only || self.node(to.parent)?.read_only {
            return Err(Errno::Rofs);
        }
        if to.node == Some(inode) {
            return Ok(());
        }
        if self.is_directory(inode) && self.is_inside(to.parent, inode) {
            return Err(Errno::Inval);
        }
        match to.node {
            Some(other) if self.is_directory(other) && !self.is_directory(inode) => {
                return Err(Errno::Isdir);
            }
            Some(other) if self.is_directory(other) => self.remove_directory(to)?,
            Some(_) if self.is_directory(inode) => return Err(Errno::Notdir),
            Some(_) => self.unlink(to)?,
            None => {}
        }
        self.detach(from)?;
        self.attach(to.parent, &to.name, inode);
        Ok(())
    }

    /// Returns the bytes of a file from an offset on.
    pub fn read_at(&self, file: Inode, offset: u64) -> Result<&[u8], Errno> {
        match &self.node(file)?.content {
            Content::File(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                Ok(&bytes[start..])
            }
            Content::Null => Ok(&[]),
            Content::Directory(_) => Err(Errno::Isdir),
            // Its bytes are fetched and held by whoever opened it.
            Content::Library { .. } => Err(Errno::Io),
        }
    }

    /// Writes bytes into a file at an offset; a gap before it is filled with zeros.
    pub fn write_at(
        &mut self,
        file: Inode,
        offset: u64,
        bytes: &[u8],
        now_ns: u64,
    ) -> Result<(), Errno> {
        if matches!(self.node(file)?.content, Content::Null) {
            return Ok(());
        }
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::Fbig)?;
        if end > self.len(file)? {
            self.truncate(file, end, now_ns)?;
        }
        let node = self.node_mut(file)?;
        let Content::File(content) = &mut node.content else { return Err(Errno::Inval) };
        let start = offset as usize;
        content[start..start + bytes.len()].copy_from_slice(bytes);
        node.modified_ns = now_ns;
        Ok(())
    }

    /// Gives a file another length.
    pub fn truncate(&mut self, file: Inode, len: u64, now_ns: u64) -> Result<(), Errno> {
        if self.is_read_only(file) {
            return Err(Errno::Rofs);
        }
        if matches!(self.node(file)?.content, Content::Null) {
            return Ok(());
        }
        let old = usize::try_from(self.len(file)?).map_err(|_| Errno::Fbig)?;
        let len = usize::try_from(len).map_err(|_| Errno::Fbig)?;
        if len > FILES_BYTES_MAX || self.bytes - old + len > FILES_BYTES_MAX {
            return Err(Errno::Nospc);
        }
        let node = self.node_mut(file)?;
        let Content::File(content) = &mut node.content else { return Err(Errno::Isdir) };
        content.resize(len, 0);
        node.modified_ns = now_ns;
        self.bytes = self.bytes - old + len;
        Ok(())
    }

    /// Sets the time of the last change.
    pub fn set_modified(&mut self, node: Inode, modified_ns: u64) -> Result<(), Errno> {
        let node = self.node_mut(node)?;
        if node.read_only {
            return Err(Errno::Rofs);
        }
        node.modified_ns = modified_ns;
        Ok(())
    }

    /// Returns whether a node can be written to.
    pub fn is_read_only(&self, node: Inode) -> bool {
        self.node(node).is_ok_and(|node| node.read_only)
    }

    /// Notes that a node was opened.
    pub fn opened(&mut self, node: Inode) {
        if let Ok(node) = self.node_mut(node) {
            node.opens += 1;
        }
    }

    /// Notes that a node was closed.
    pub fn closed(&mut self, inode: Inode) {
        if let Ok(node) = self.node_mut(inode) {
            node.opens = node.opens.saturating_sub(1);
        }
        self.sweep(inode);
    }
}

impl Node {
    fn new(content: Content, parent: Inode, modified_ns: u64) -> Node {
        Node { content, parent, modified_ns, read_only: false, linked: true, opens: 0 }
    }
}

impl Files {
    fn node(&self, inode: Inode) -> Result<&Node, Errno> {
        self.nodes.get(inode.0 as usize).and_then(Option::as_ref).ok_or(Errno::Noent)
    }

    fn node_mut(&mut self, inode: Inode) -> Result<&mut Node, Errno> {
        self.nodes.get_mut(inode.0 as usize).and_then(Option::as_mut).ok_or(Errno::Noent)
    }

    fn parent(&self, inode: Inode) -> Inode {
        self.node(inode).map_or(Inode::ROOT, |node| node.parent)
    }

    fn is_directory(&self, inode: Inode) -> bool {
        self.node(inode).is_ok_and(|node| matches!(node.content, Content::Directory(_)))
    }

    /// Returns whether a directory is, or is somewhere below, another one.
    fn is_inside(&self, mut inode: Inode, ancestor: Inode) -> bool {
        while inode != ancestor {
            if inode == Inode::ROOT {
                return false;
            }
            inode = self.parent(inode);
        }
        true
    }

    fn len(&self, file: Inode) -> Result<u64, Errno> {
        Ok(self.stat(file)?.len)
    }

    fn create(&mut self, place: &Place, content: Content, now_ns: u64) -> Result<Inode, Errno> {
        if place.node.is_some() || place.name.is_empty() {
            return Err(Errno::Exist);
        }
        let parent = self.node(place.parent)?;
        if !parent.linked {
            return Err(Errno::Noent);
        }
        if parent.read_only {
            return Err(Errno::Rofs);
        }
        if self.own_nodes >= FILES_MAX {
            return Err(Errno::Nospc);
        }
        Ok(self.add(place.parent, &place.name, content, now_ns))
    }

    fn add(&mut self, parent: Inode, name: &str, content: Content, now_ns: u64) -> Inode {
        let node = Some(Node::new(content, parent, now_ns));
        self.own_nodes += 1;
        let free = self.nodes.iter().position(Option::is_none);
        let inode = match free {
            Some(free) => {
                self.nodes[free] = node;
                Inode(free as u32)
            }
            None => {
                self.nodes.push(node);
                Inode(self.nodes.len() as u32 - 1)
            }
        };
        self.attach(parent, name, inode);
        inode
    }

    fn attach(&mut self, parent: Inode, name: &str, inode: Inode) {
        if let Ok(Node { content: Content::Directory(entries), .. }) = self.node_mut(parent) {
            entries.insert(name.to_owned(), inode);
        }
        if let Ok(node) = self.node_mut(inode) {
            node.parent = parent;
            node.linked = true;
        }
    }

    fn detach(&mut self, place: &Place) -> Result<(), Errno> {
        let inode = place.node.ok_or(Errno::Noent)?;
        if place.name.is_empty() {
            return Err(Errno::Busy);
        }
        if self.node(inode)?.read_only {
            return Err(Errno::Rofs);
        }
        if matches!(self.node(inode)?.content, Content::Null) {
            return Err(Errno::Acces);
        }
        if let Content::Directory(entries) = &mut self.node_mut(place.parent)?.content {
            entries.remove(&place.name);
        }
        self.node_mut(inode)?.linked = false;
        Ok(())
    }

    /// Forgets a node that neither a name nor an open file leads to.
    fn sweep(&mut self, inode: Inode) {
        let Ok(node) = self.node(inode) else { return };
        if node.linked || node.opens > 0 {
            return;
        }
        if let Content::File(bytes) = &node.content {
            self.bytes -= bytes.len();
        }
        self.nodes[inode.0 as usize] = None;
        // The directories that every program has were not counted.
        self.own_nodes = self.own_nodes.saturating_sub(1);
    }

    /// Makes a directory and those above it, and returns it.
    fn make_directories(&mut self, path: &str) -> Inode {
        let mut here = Inode::ROOT;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let next = match self.node(here).map(|node| &node.content) {
                Ok(Content::Directory(entries)) => entries.get(part).copied(),
                _ => None,
            };
            here = next
                .unwrap_or_else(|| self.add(here, part, Content::Directory(BTreeMap::new()), 0));
        }
        here
    }

    /// Makes everything below a directory read-only.
    fn seal(&mut self, path: &str) {
        let top = self.make_directories(path);
        let below: Vec<usize> = (0..self.nodes.len())
            .filter(|&index| self.is_inside(Inode(index as u32), top))
            .collect();
        for index in below {
            if let Some(node) = &mut self.nodes[index] {
                node.read_only = true;
            }
        }
    }
}

#[cfg(test)]
mod tests;
