//! What a program wrote, bounded.

use std::collections::VecDeque;
use std::rc::Rc;

/// Characters a console shows at most. Older lines go first, and the console says so.
pub const CHARS_MAX: usize = 512 << 10;
/// Lines a console shows at most; a browser lays out this many without a pause.
pub const LINES_MAX: usize = 5_000;
/// Characters of one line at most; a longer one is broken.
pub const LINE_CHARS_MAX: usize = 8 << 10;
/// Lines that are laid out as one piece: a full piece never changes again.
pub const BLOCK_LINES: usize = 64;
/// Characters of the plain text kept for [`Tail`].
pub const TAIL_CHARS_MAX: usize = 1 << 20;

/// Where a piece of text came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Stdout,
    Stderr,
    /// Typed by the visitor.
    Typed,
    /// Said by Sockpit.
    Note,
}

/// A piece of a line, of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub ink: Ink,
    pub text: String,
}

/// A line, in pieces.
pub type TextLine = Vec<Piece>;

/// Some lines that are shown together.
#[derive(Debug, Clone)]
pub struct Block {
    /// Names the block for as long as the console lives.
    pub id: u64,
    /// Grows with every change.
    pub revision: u64,
    /// Its last line goes on.
    pub open: bool,
    pub lines: Rc<Vec<TextLine>>,
}

/// A console's text.
#[derive(Debug, Default)]
pub struct Console {
    blocks: VecDeque<Block>,
    next_id: u64,
    chars: usize,
    lines: usize,
    /// The last line has not ended.
    open: bool,
    cut: bool,
}

impl Console {
    /// Adds text, which may hold any number of lines or a part of one.
    pub fn write(&mut self, ink: Ink, text: &str) {
        for part in text.split_inclusive('\n') {
            let (line, ends) = match part.strip_suffix('\n') {
                Some(line) => (line.strip_suffix('\r').unwrap_or(line), true),
                None => (part, false),
            };
            self.write_part(ink, line);
            if ends {
                self.end_line();
            }
        }
        self.keep_bounds();
    }

    /// Adds a line of Sockpit's own, on a line of its own.
    pub fn note(&mut self, text: &str) {
        if self.open {
            self.end_line();
        }
        self.write(Ink::Note, &format!("{text}\n"));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Console { next_id: self.next_id + 1, ..Console::default() };
    }

    /// Returns what there is, oldest first.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// Tells whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Tells whether older lines are gone.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    fn write_part(&mut self, ink: Ink, text: &str) {
        let mut rest = text;
        loop {
            let room = LINE_CHARS_MAX.saturating_sub(self.open_line_len());
            let cut = rest.char_indices().nth(room).map(|(at, _)| at);
            let (now, later) = rest.split_at(cut.unwrap_or(rest.len()));
            self.append(ink, now);
            if later.is_empty() {
                return;
            }
            self.end_line();
            rest = later;
        }
    }

    fn open_line_len(&self) -> usize {
        let last = self.blocks.back().filter(|_| self.open).and_then(|block| block.lines.last());
        last.map_or(0, |line| line.iter().map(|piece| piece.text.len()).sum())
    }

    fn append(&mut self, ink: Ink, text: &str) {
        self.chars += text.len();
        if !self.open {
            self.begin_line();
        }
        let Some(block) = self.blocks.back_mut() else { return };
        block.revision += 1;
        let Some(line) = Rc::make_mut(&mut block.lines).last_mut() else { return };
        match line.last_mut() {
            Some(piece) if piece.ink == ink => piece.text.push_str(text),
            _ => line.push(Piece { ink, text: text.to_owned() }),
        }
    }

    fn begin_line(&mut self) {
        let full = self.blocks.back().is_none_or(|block| block.lines.len() >= BLOCK_LINES);
        if full {
            self.blocks.push_back(Block {
                id: self.next_id,
                revision: 0,
                open: true,
                lines: Rc::new(Vec::with_capacity(BLOCK_LINES)),
            });
            self.next_id += 1;
        }
        if let Some(block) = self.blocks.back_mut() {
            Rc::make_mut(&mut block.lines).push(TextLine::new());
            block.open = true;
            block.revision += 1;
            self.lines += 1;
        }
        self.open = true;
    }

    fn end_line(&mut self) {
        if !self.open {
            self.begin_line();
        }
        self.open = false;
        if let Some(block) = self.blocks.back_mut() {
            block.open = false;
            block.revision += 1;
        }
    }

    fn keep_bounds(&mut self) {
        while (self.chars > CHARS_MAX || self.lines > LINES_MAX) && self.blocks.len() > 1 {
            let Some(block) = self.blocks.pop_front() else { return };
            self.lines -= block.lines.len();
            let chars: usize = block.lines.iter().flatten().map(|piece| piece.text.len()).sum();
            self.chars -= chars;
            self.cut = true;
        }
    }
}

/// The end of a program's output as plain text, for `window.sockpit.state()`.
#[derive(Debug, Default)]
pub struct Tail(String);

impl Tail {
    /// Adds text; over the bound the beginning goes.
    pub fn push(&mut self, text: &str) {
        self.0.push_str(text);
        if self.0.len() > TAIL_CHARS_MAX {
            // Halved, so that a flood does not move the text for every line.
            let mut from = self.0.len() - TAIL_CHARS_MAX / 2;
            while !self.0.is_char_boundary(from) {
                from += 1;
            }
            self.0.drain(..from);
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Forgets it.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// A place that a line of a traceback names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: u32,
    /// Where the place is written within the line.
    pub at: std::ops::Range<usize>,
}

/// Finds `File "client.py", line 17` in a line of a traceback, if that is one of the programs.
pub fn place(text: &str) -> Option<Place> {
    let file_at = text.find("File \"")?;
    let name_at = file_at + 6;
    let name_end = name_at + text[name_at..].find('"')?;
    let after = text[name_end..].strip_prefix("\", line ")?;
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let line = after[..digits].parse().ok()?;
    let end = name_end + "\", line ".len() + digits;
    let path = &text[name_at..name_end];
    let file = path.strip_prefix("/home/user/").unwrap_or(path);
    // The standard library is not among the programs, and `<stdin>` is no file.
    let is_program = !file.contains(['/', '<']);
    is_program.then(|| Place { file: file.to_owned(), line, at: file_at..end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(console: &Console) -> Vec<String> {
        let line = |line: &TextLine| line.iter().map(|piece| piece.text.as_str()).collect();
        console
            .blocks()
            .flat_map(|block| block.lines.iter().map(line).collect::<Vec<String>>())
            .collect()
    }

    #[test]
    fn parts_of_lines_join() {
        let mut console = Console::default();
        console.write(Ink::Stdout, "Name: ");
        console.write(Ink::Typed, "Ada\n");
        console.write(Ink::Stdout, "a\nb\n\nc");
        assert_eq!(lines(&console), ["Name: Ada", "a", "b", "", "c"]);
        let first = &console.blocks().next().unwrap().lines[0];
        assert_eq!(
            first.iter().map(|piece| piece.ink).collect::<Vec<_>>(),
            [Ink::Stdout, Ink::Typed]
        );
    }

    #[test]
    fn a_note_has_a_line_of_its_own() {
        let mut console = Console::default();
        console.write(Ink::Stdout, "half");
        console.note("stopped");
        assert_eq!(lines(&console), ["half", "stopped"]);
    }

    #[test]
    fn a_flood_is_bounded_and_says_so() {
        let mut console = Console::default();
        for n in 0..2 * LINES_MAX {
            console.write(Ink::Stdout, &format!("{n}\n"));
        }
        let lines = lines(&console);
        assert!(lines.len() <= LINES_MAX && lines.len() > LINES_MAX - 2 * BLOCK_LINES);
        assert_eq!(lines.last().unwrap(), &(2 * LINES_MAX - 1).to_string());
        assert!(console.is_cut());

        console.clear();
        console.write(Ink::Stdout, &"é".repeat(CHARS_MAX * 2));
        assert!(console.chars <= CHARS_MAX + BLOCK_LINES * LINE_CHARS_MAX * 2);
    }

    #[test]
    fn a_full_block_never_changes_again() {
        let mut console = Console::default();
        console.write(Ink::Stdout, &"x\n".repeat(BLOCK_LINES));
        let before = console.blocks().next().unwrap().revision;
        console.write(Ink::Stdout, "y\n");
        assert_eq!(console.blocks().next().unwrap().revision, before);
        assert_eq!(console.blocks().count(), 2);
    }

    #[test]
    fn the_tail_keeps_the_end() {
        let mut tail = Tail::default();
        tail.push(&"é".repeat(TAIL_CHARS_MAX));
        tail.push("end");
        assert!(tail.as_str().ends_with("éend"));
        assert!(tail.as_str().len() <= TAIL_CHARS_MAX);
    }

    #[test]
    fn tracebacks_name_places() {
        let text = "  File \"/home/user/client.py\", line 17, in <module>";
        let found = place(text).unwrap();
        assert_eq!((found.file.as_str(), found.line), ("client.py", 17));
        assert_eq!(&text[found.at], "File \"/home/user/client.py\", line 17");
        assert_eq!(place("File \"a.py\", line x"), None);
        assert_eq!(place("File \"a.py"), None);
        assert_eq!(place("File \"/lib/python3.14/socket.py\", line 8"), None);
        assert_eq!(place("File \"<stdin>\", line 1"), None);
    }
}
