//! The prompt of a program: what was said, what is being typed, what was typed before.

use super::console::{Console, Ink};

/// Lines of history kept.
pub const HISTORY_MAX: usize = 200;

/// A prompt.
#[derive(Debug, Default)]
pub struct Prompt {
    pub transcript: Console,
    /// Lines of a statement that is not complete yet.
    pub begun: Vec<String>,
    /// What stands in the field.
    pub draft: String,
    /// A line is being run.
    pub busy: bool,
    /// What could stand at the end of the draft.
    pub candidates: Vec<String>,
    history: Vec<String>,
    /// Where in the history the visitor is; its length is the draft.
    at: usize,
    /// What was typed before going into the history.
    put_aside: String,
}

impl Prompt {
    /// Returns the sign before the field.
    pub fn sign(&self) -> &'static str {
        if self.begun.is_empty() { ">>>" } else { "..." }
    }

    /// Takes the draft as typed. Returns the source to run: every line of the statement so far.
    pub fn submit(&mut self) -> String {
        let line = std::mem::take(&mut self.draft);
        self.enter(&line)
    }

    /// Takes a text as if it were typed. Returns the source to run.
    pub fn enter(&mut self, text: &str) -> String {
        // The next line is indented for the visitor; Enter on nothing but that ends the statement.
        let text = if self.begun.is_empty() || !text.trim().is_empty() { text } else { "" };
        let sign = self.sign();
        for (index, line) in text.split('\n').enumerate() {
            let sign = if index == 0 { sign } else { "..." };
            self.transcript.write(Ink::Note, &format!("{sign} "));
            self.transcript.write(Ink::Typed, &format!("{line}\n"));
        }
        let goes_on = !self.begun.is_empty();
        self.begun.push(text.to_owned());
        let source = self.begun.join("\n");
        self.remember(source.trim_end(), goes_on);
        self.candidates.clear();
        self.busy = true;
        source
    }

    /// Keeps a statement as one entry, however many lines it has grown to.
    fn remember(&mut self, statement: &str, goes_on: bool) {
        if goes_on {
            self.history.pop();
        }
        if !statement.trim().is_empty() && self.history.last().is_none_or(|last| last != statement)
        {
            self.history.push(statement.to_owned());
            if self.history.len() > HISTORY_MAX {
                self.history.remove(0);
            }
        }
        self.at = self.history.len();
    }

    /// The statement was run, or failed.
    pub fn done(&mut self) {
        self.begun.clear();
        self.busy = false;
    }

    /// The statement goes on.
    pub fn incomplete(&mut self) {
        self.busy = false;
        // Indents the next line as the last one, and one step more after a colon.
        let last = self.begun.last().map_or("", String::as_str);
        let last = last.rsplit('\n').next().unwrap_or_default();
        let indent = last.len() - last.trim_start().len();
        let step = if last.trim_end().ends_with(':') { 4 } else { 0 };
        self.draft = " ".repeat(indent + step);
    }

    /// The interpreter is gone.
    pub fn reset(&mut self) {
        self.begun.clear();
        self.busy = false;
        self.candidates.clear();
    }

    /// Shows the line before in the history.
    pub fn older(&mut self) {
        if self.at == 0 {
            return;
        }
        if self.at == self.history.len() {
            self.put_aside = self.draft.clone();
        }
        self.at -= 1;
        self.draft = self.history[self.at].clone();
    }

    /// Shows the line after in the history.
    pub fn newer(&mut self) {
        if self.at >= self.history.len() {
            return;
        }
        self.at += 1;
        self.draft = match self.history.get(self.at) {
            Some(line) => line.clone(),
            None => std::mem::take(&mut self.put_aside),
        };
    }

    /// Completes the draft: with the only candidate, or with what all of them begin with.
    pub fn complete(&mut self, replaces: u32, candidates: Vec<String>) {
        let Some(common) = common_beginning(&candidates) else {
            self.candidates.clear();
            return;
        };
        let kept = self.draft.chars().count().saturating_sub(replaces as usize);
        let kept: String = self.draft.chars().take(kept).collect();
        self.draft = format!("{kept}{common}");
        self.candidates = if candidates.len() > 1 { candidates } else { Vec::new() };
    }
}

fn common_beginning(candidates: &[String]) -> Option<String> {
    let (first, rest) = candidates.split_first()?;
    let mut common = first.as_str();
    for candidate in rest {
        let shared = common
            .char_indices()
            .zip(candidate.chars())
            .find(|((_, a), b)| a != b)
            .map_or(common.len().min(candidate.len()), |((at, _), _)| at);
        common = &common[..shared];
    }
    Some(common.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_goes_back_and_forth() {
        let mut prompt = Prompt::default();
        for line in ["import socket", "dir(socket)"] {
            prompt.enter(line);
            prompt.done();
        }
        prompt.draft = "s.".into();
        prompt.older();
        assert_eq!(prompt.draft, "dir(socket)");
        prompt.older();
        prompt.older();
        assert_eq!(prompt.draft, "import socket");
        prompt.newer();
        prompt.newer();
        prompt.newer();
        assert_eq!(prompt.draft, "s.");
    }

    #[test]
    fn a_statement_of_several_lines_is_sent_whole() {
        let mut prompt = Prompt::default();
        assert_eq!(prompt.enter("for i in range(2):"), "for i in range(2):");
        prompt.incomplete();
        assert_eq!((prompt.sign(), prompt.draft.as_str()), ("...", "    "));
        assert_eq!(prompt.enter("    print(i)"), "for i in range(2):\n    print(i)");
        prompt.incomplete();
        prompt.draft.clear();
        assert_eq!(prompt.submit(), "for i in range(2):\n    print(i)\n");
        prompt.done();
        assert_eq!(prompt.sign(), ">>>");
    }

    #[test]
    fn completion_goes_as_far_as_it_is_sure() {
        let mut prompt = Prompt { draft: "x = socket.re".into(), ..Prompt::default() };
        prompt.complete(9, vec!["socket.recv".into(), "socket.recvfrom".into()]);
        assert_eq!(prompt.draft, "x = socket.recv");
        assert_eq!(prompt.candidates.len(), 2);
        prompt.complete(0, Vec::new());
        assert!(prompt.candidates.is_empty());
    }
}
