//! Datagrams: which receive took which, by address, order and content.

use shared::address::Address;

use crate::session::recording::{CallNumber, Recorded};

use super::Flow;
use super::addresses::meets;
use super::arrow::{ArrowId, Tip, What};
use super::end::{EndId, Far};

/// Datagrams that may wait for one socket; a kernel's own buffer holds far fewer.
const INBOX_MAX: usize = 10_000;
/// Bytes of a datagram that are compared; two that begin alike are told apart by order.
const HEAD_BYTES: usize = 64;

/// A datagram that was sent and not taken yet.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) call: CallNumber,
    from: EndId,
    len: u64,
    head: Vec<u8>,
    arrow: ArrowId,
}

impl Flow {
    /// Returns the socket of this session that gets what is sent to an address.
    pub(super) fn datagram_at(&self, address: &Address) -> Option<EndId> {
        let ends = self.datagram_ports.get(&address.port()?)?;
        ends.iter().rev().copied().find(|id| {
            let end = &self.ends[*id];
            end.open && end.local.as_ref().is_some_and(|local| meets(local, address))
        })
    }

    pub(super) fn datagram_begins(&mut self, call: &Recorded, id: EndId, to: Option<&Address>) {
        let to = to.or(self.ends[id].remote.as_ref()).cloned();
        let known = match self.ends[id].far {
            Far::End(far) if self.ends[far].open => Some(far),
            _ => to.as_ref().and_then(|to| self.datagram_at(to)),
        };
        let len = call.sent.total();
        let number = call.started.number;
        let what = What::Datagram { len, taken: len };
        let Some(far) = known else {
            if let Some(to) = to
                && let Far::Host(host) = self.host_far(&to)
            {
                self.draw(Tip::Start(number), Tip::Host(host), what);
            }
            return;
        };
        let line = self.bare_line(far);
        let arrow = self.draw(Tip::Start(number), line, what);
        let head = call.sent.kept.iter().copied().take(HEAD_BYTES).collect();
        self.ends[far].inbox.push_back(Datagram { call: number, from: id, len, head, arrow });
        if self.ends[far].inbox.len() > INBOX_MAX
            && let Some(oldest) = self.ends[far].inbox.pop_front()
        {
            self.lose(far, &oldest);
        }
    }

    pub(super) fn datagram_sent(&mut self, id: EndId, number: CallNumber) {
        self.ends[id].moved.push(number);
    }

    /// A send failed: nothing of it is on its way.
    pub(super) fn recall(&mut self, id: EndId, number: CallNumber) {
        let mut gone = Vec::new();
        for (arrow, drawn) in self.arrows.iter().enumerate().rev().take(RECALL_LOOK_BACK) {
            if drawn.as_ref().is_some_and(|drawn| drawn.from == Tip::Start(number)) {
                gone.push(arrow);
            }
        }
        for arrow in gone {
            self.erase(Some(arrow));
            for end in self.ends.iter_mut().filter(|end| !end.inbox.is_empty()) {
                end.inbox.retain(|gram| gram.from != id || gram.call != number);
            }
        }
    }

    pub(super) fn datagram_received(
        &mut self,
        call: &Recorded,
        id: EndId,
        len: u32,
        peer: Option<&Address>,
    ) {
        let number = call.started.number;
        self.ends[id].moved.push(number);
        let len = u64::from(len);
        let head = &call.received.kept[..call.received.kept.len().min(HEAD_BYTES)];
        let fits = |gram: &Datagram| {
            let sender = self.ends[gram.from].local.as_ref();
            let from = match (sender, peer) {
                (Some(local), Some(peer)) => meets(local, peer),
                _ => true,
            };
            from && gram.len >= len && gram.head.starts_with(head)
        };
        match self.ends[id].inbox.iter().position(fits) {
            Some(index) => self.datagram_taken(id, index, number, len, peer),
            None => {
                let known = peer.is_some_and(|peer| self.datagram_at(peer).is_some());
                let from = peer.cloned().or_else(|| self.ends[id].remote.clone());
                if let (false, Some(from)) = (known, from)
                    && let Far::Host(host) = self.host_far(&from)
                {
                    let what = What::Datagram { len, taken: len };
                    self.draw(Tip::Host(host), Tip::End(number), what);
                }
            }
        }
    }

    fn datagram_taken(
        &mut self,
        id: EndId,
        index: usize,
        number: CallNumber,
        taken: u64,
        peer: Option<&Address>,
    ) {
        let Some(gram) = self.ends[id].inbox.remove(index) else { return };
        self.redraw(gram.arrow, Tip::End(number), What::Datagram { len: gram.len, taken });
        if self.ends[gram.from].local.is_none()
            && let Some(peer) = peer
        {
            // That is the address the kernel gave the sender, which nobody had told yet.
            self.locate(gram.from, peer);
        }
        // One sender's datagrams do not overtake one another: earlier ones are gone.
        let mut lost = Vec::new();
        let mut at = 0;
        while at < index.min(self.ends[id].inbox.len()) {
            if self.ends[id].inbox[at].from == gram.from {
                lost.extend(self.ends[id].inbox.remove(at));
            } else {
                at += 1;
            }
        }
        for gram in lost {
            self.lose(id, &gram);
        }
    }

    /// The receiver is gone, and with it what it had not taken.
    pub(super) fn close_inbox(&mut self, id: EndId) {
        for gram in std::mem::take(&mut self.ends[id].inbox) {
            self.lose(id, &gram);
        }
    }

    fn lose(&mut self, to: EndId, gram: &Datagram) {
        let line = self.bare_line(to);
        self.redraw(gram.arrow, line, What::Lost { len: gram.len });
    }
}

/// Arrows among which that of a failed send is searched; it was drawn when the send began.
const RECALL_LOOK_BACK: usize = 64;
