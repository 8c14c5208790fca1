//! Streams: which send's bytes a receive took, by their offsets.

use std::collections::VecDeque;
use std::ops::Range;

use crate::session::recording::{CallNumber, Recorded};

use super::Flow;
use super::arrow::{ArrowId, Tip, What};
use super::end::{EndId, Far};
use shared::errno::Errno;

/// What a socket sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Sends whose bytes were not all taken, by offset.
    chunks: VecDeque<Chunk>,
    /// Where the next send begins, if sends come one after the other.
    next: u64,
    /// Who said that nothing more comes.
    pub(super) fin: Option<Tip>,
    fin_arrow: Option<ArrowId>,
}

#[derive(Debug)]
struct Chunk {
    call: CallNumber,
    range: Range<u64>,
    /// The host has said how many bytes it took; until then the end is open.
    finished: bool,
    taken: u64,
    /// The arrow to the bare line, for as long as bytes are left.
    waiting: Option<ArrowId>,
}

/// What a socket received.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// Receives whose send is not known yet.
    unmatched: VecDeque<(CallNumber, Range<u64>)>,
    /// The receive that met the end of the stream.
    eof: Option<CallNumber>,
}

impl Outgoing {
    pub(super) fn untaken(&self) -> u64 {
        let left =
            |chunk: &Chunk| (chunk.range.end - chunk.range.start).saturating_sub(chunk.taken);
        self.chunks.iter().map(left).sum()
    }
}

impl Flow {
    pub(super) fn stream_begins(&mut self, id: EndId, call: CallNumber) {
        let out = &mut self.ends[id].out;
        let range = out.next..out.next;
        out.chunks.push_back(Chunk { call, range, finished: false, taken: 0, waiting: None });
    }

    pub(super) fn stream_sent(
        &mut self,
        id: EndId,
        call: CallNumber,
        offset: Option<u64>,
        len: u32,
    ) {
        let Some(offset) = offset else { return self.sending_failed(id, call) };
        let end = &mut self.ends[id];
        end.moved.push(call);
        let range = offset..offset + u64::from(len);
        end.out.next = end.out.next.max(range.end);
        if let Some(chunk) = end.out.chunks.iter_mut().find(|chunk| chunk.call == call) {
            chunk.range = range.clone();
            chunk.finished = true;
        }
        end.out.chunks.make_contiguous().sort_by_key(|chunk| (!chunk.finished, chunk.range.start));
        match end.far {
            Far::End(far) => {
                self.join(id, far);
                self.show_waiting(id, far);
            }
            Far::Host(host) => {
                let what = What::Bytes { start: range.start, end: range.end };
                if !range.is_empty() {
                    self.draw(Tip::Start(call), Tip::Host(host), what);
                }
                self.ends[id].out.chunks.retain(|chunk| chunk.call != call);
            }
            Far::Unknown => {}
        }
    }

    /// A send took nothing.
    pub(super) fn sending_failed(&mut self, id: EndId, call: CallNumber) {
        self.ends[id].out.chunks.retain(|chunk| chunk.call != call);
        self.recall(id, call);
    }

    pub(super) fn stream_received(
        &mut self,
        call: &Recorded,
        id: EndId,
        len: u32,
        offset: Option<u64>,
    ) {
        let number = call.started.number;
        let end = &mut self.ends[id];
        if len == 0 {
            if end.into.eof.is_none() && asked(call) {
                end.into.eof = Some(number);
                self.end_of_stream(id, number);
            }
            return;
        }
        end.moved.push(number);
        let Some(offset) = offset else { return };
        let range = offset..offset + u64::from(len);
        match end.far {
            Far::Host(host) => {
                let what = What::Bytes { start: range.start, end: range.end };
                self.draw(Tip::Host(host), Tip::End(number), what);
            }
            Far::End(far) => {
                end.into.unmatched.push_back((number, range));
                self.join(far, id);
            }
            Far::Unknown => end.into.unmatched.push_back((number, range)),
        }
    }

    /// Joins what one end sent with what the other received, as far as both are known.
    pub(super) fn join(&mut self, from: EndId, to: EndId) {
        let mut waiting = std::mem::take(&mut self.ends[to].into.unmatched);
        let mut left = VecDeque::new();
        while let Some((call, range)) = waiting.pop_front() {
            if let Some(rest) = self.take(from, call, range) {
                left.push_back((call, rest));
            }
        }
        self.ends[to].into.unmatched = left;
        if let (Some(fin), Some(eof)) = (self.ends[from].out.fin.clone(), self.ends[to].into.eof) {
            self.fin_taken(from, fin, eof);
        }
    }

    /// Draws the arrows to one receive; returns what of its range nobody sent yet.
    fn take(&mut self, from: EndId, call: CallNumber, mut range: Range<u64>) -> Option<Range<u64>> {
        let next = self.ends[from].out.next;
        let chunks = &mut self.ends[from].out.chunks;
        let unfinished = chunks.iter().filter(|chunk| !chunk.finished).count();
        let mut found = Vec::new();
        for chunk in chunks.iter_mut() {
            // The one send that goes on may have sent anything from its beginning on; of
            // several nobody knows which went first.
            let open = !chunk.finished;
            if open && unfinished > 1 {
                break;
            }
            let start = if open { next } else { chunk.range.start };
            let end = if open { u64::MAX } else { chunk.range.end };
            let both = range.start.max(start)..range.end.min(end);
            if both.is_empty() {
                continue;
            }
            chunk.taken += both.end - both.start;
            found.push((chunk.call, both.clone()));
            range.start = both.end;
            if range.is_empty() {
                break;
            }
        }
        let mut done = Vec::new();
        chunks.retain(|chunk| {
            let all = chunk.finished && chunk.taken >= chunk.range.end - chunk.range.start;
            if all {
                done.extend(chunk.waiting);
            }
            !all
        });
        for id in done {
            self.erase(Some(id));
        }
        for (send, both) in found {
            let what = What::Bytes { start: both.start, end: both.end };
            self.draw(Tip::Start(send), Tip::End(call), what);
        }
        (!range.is_empty()).then_some(range)
    }

    /// Shows which of the sent bytes lie in the kernel.
    fn show_waiting(&mut self, from: EndId, far: EndId) {
        let Some(chunk) = self.ends[from].out.chunks.back() else { return };
        let (start, end) = (chunk.range.start + chunk.taken, chunk.range.end);
        if chunk.finished && chunk.waiting.is_none() && start < end {
            let call = chunk.call;
            let line = self.bare_line(far);
            let arrow = self.draw(Tip::Start(call), line, What::Bytes { start, end });
            if let Some(chunk) = self.ends[from].out.chunks.back_mut() {
                chunk.waiting = Some(arrow);
            }
        }
    }

    /// The other end turned out to be outside: what was received came from there.
    pub(super) fn flush_outside(&mut self, id: EndId, host: usize) {
        for (call, range) in std::mem::take(&mut self.ends[id].into.unmatched) {
            let what = What::Bytes { start: range.start, end: range.end };
            self.draw(Tip::Host(host), Tip::End(call), what);
        }
        for chunk in std::mem::take(&mut self.ends[id].out.chunks) {
            let what = What::Bytes { start: chunk.range.start, end: chunk.range.end };
            if chunk.finished {
                self.draw(Tip::Start(chunk.call), Tip::Host(host), what);
            } else {
                self.ends[id].out.chunks.push_back(chunk);
            }
        }
    }

    /// A socket says that it sends no more.
    pub(super) fn finish(&mut self, id: EndId, by: Tip) {
        if self.ends[id].out.fin.is_some() {
            return;
        }
        self.ends[id].out.fin = Some(by.clone());
        match self.ends[id].far {
            Far::End(far) => {
                // Nobody reads what a program says to itself when it ends.
                let itself = matches!(by, Tip::Ending(_))
                    && self.ends[far].key.program == self.ends[id].key.program;
                let reader_gone = !self.ends[far].open || itself;
                if let Some(eof) = self.ends[far].into.eof {
                    self.fin_taken(id, by, eof);
                } else if !reader_gone {
                    let line = self.bare_line(far);
                    let arrow = self.draw(by, line, What::Fin);
                    self.ends[id].out.fin_arrow = Some(arrow);
                }
            }
            Far::Host(host) => {
                self.draw(by, Tip::Host(host), What::Fin);
            }
            Far::Unknown => {}
        }
    }

    fn fin_taken(&mut self, from: EndId, fin: Tip, eof: CallNumber) {
        let arrow = self.ends[from].out.fin_arrow.take();
        self.erase(arrow);
        // Taken once: a second receive at the end of the stream draws nothing.
        if self.ends[from].out.fin != Some(Tip::Nowhere) {
            self.ends[from].out.fin = Some(Tip::Nowhere);
            self.draw(fin, Tip::End(eof), What::Fin);
        }
    }

    fn end_of_stream(&mut self, id: EndId, number: CallNumber) {
        match self.ends[id].far {
            Far::End(far) => {
                if let Some(fin) = self.ends[far].out.fin.clone() {
                    self.fin_taken(far, fin, number);
                }
            }
            Far::Host(host) => {
                self.draw(Tip::Host(host), Tip::End(number), What::Fin);
            }
            Far::Unknown => {}
        }
    }

    pub(super) fn refused(&mut self, id: EndId, number: CallNumber, errno: Errno) {
        let remote = self.ends[id].remote.clone();
        let local = remote.as_ref().is_none_or(|remote| !super::addresses::is_outside(remote));
        let from = match remote {
            Some(remote) if !local => match self.host_far(&remote) {
                Far::Host(host) => Tip::Host(host),
                Far::Unknown | Far::End(_) => Tip::Nowhere,
            },
            _ => Tip::Nowhere,
        };
        self.draw(from, Tip::End(number), What::Reset(errno));
    }

    /// The other end answered with a reset.
    pub(super) fn reset(&mut self, id: EndId, number: CallNumber, errno: Errno) {
        let from = match self.ends[id].far {
            Far::End(far) => {
                let arrow = self.ends[far].out.fin_arrow.take();
                self.erase(arrow);
                match self.ends[far].out.fin.clone() {
                    Some(Tip::Nowhere) | None => Tip::Line(self.ends[far].key.program.clone()),
                    Some(fin) => fin,
                }
            }
            Far::Host(host) => Tip::Host(host),
            Far::Unknown => Tip::Nowhere,
        };
        self.draw(from, Tip::End(number), What::Reset(errno));
    }
}

/// Tells whether a receive asked for any bytes at all.
fn asked(call: &Recorded) -> bool {
    match &call.started.call {
        shared::call::Call::Recv(recv) => recv.len > 0,
        shared::call::Call::Recvfrom(recv) => recv.len > 0,
        shared::call::Call::Recvmsg(recv) => recv.len > 0,
        _ => true,
    }
}
