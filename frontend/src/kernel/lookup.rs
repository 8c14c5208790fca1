//! Names that a call reaches for: looked up before the call is made, so that the visitor's word
//! is about the address that is then used, and no second lookup can lead elsewhere.

use shared::address::Address;
use shared::call::{Call, Getaddrinfo};
use shared::errno::{Errno, Failure};
use shared::frame::{CallId, ClientMessage, Outcome};
use shared::guest::GuestCall;
use shared::reply::Resolved;

use super::Kernel;
use super::calls::Pending;
use super::gate::consent::address_of;
use super::gate::public::is_public;
use super::gate::{Caller, Stage};
use super::link::journal::Entry;
use super::outside::Outside;
use super::process::{AnswerPlace, WaitingOn};

/// A call whose destination's name is being looked up.
#[derive(Debug)]
pub struct Lookup {
    pub caller: Caller,
    pub place: AnswerPlace,
    pub call: GuestCall,
    pub payload: Vec<u8>,
    pub stage: Stage,
}

impl<O: Outside> Kernel<O> {
    /// Looks up where a call's name leads.
    pub(super) fn look_up(&mut self, lookup: Lookup) {
        let (host, family) = match address_of(&lookup.call.call) {
            Some(address) => (host_of(address).map(str::to_owned), Some(address.family())),
            None => (None, None),
        };
        let id = CallId(self.next_call);
        self.next_call += 1;
        let call: Call =
            Getaddrinfo { host, service: None, family, kind: None, proto: 0, flags: 0 }.into();
        let (process, thread) = (lookup.caller.process, lookup.caller.thread);
        let (method, site) = (lookup.call.method.clone(), lookup.call.site.clone());
        let answer = lookup.place;
        self.wait(
            process,
            thread,
            WaitingOn::Call { id, method, site, answer, reads_input: false },
        );
        self.pending.insert(id, Pending::Lookup(Box::new(lookup)));
        let header = ClientMessage::Call { id, call }.encode();
        self.send(Entry { id: Some(id), header, payload: Vec::new() });
    }

    /// A name was looked up: goes on with the call, to the address.
    pub(super) fn looked_up(&mut self, lookup: Lookup, outcome: Outcome) {
        let Lookup { caller, place, call, payload, stage } = lookup;
        let (process, thread) = (caller.process, caller.thread);
        let found: Result<Address, Failure> = match outcome {
            Outcome::Ok(reply) => shared::json::read::<Resolved>(reply.get())
                .ok()
                .and_then(|resolved| Some(resolved.entries.into_iter().next()?.address))
                .ok_or(Errno::EAI_NONAME.into()),
            Outcome::Error(failure) => Err(failure),
        };
        if self.take_interrupt(process, thread) {
            return self.refuse_call(process, thread, place, call, Errno::EINTR.into());
        }
        match found {
            Ok(found) => {
                if let Some(name) = address_of(&call.call).and_then(host_of) {
                    let addresses = [found.clone()];
                    self.gate.grants.learn(process, name, &addresses);
                }
                let once = stage == Stage::Allowed && is_public_address(&found);
                let stage = if once { Stage::Allowed } else { Stage::Consent };
                self.try_call(caller, place, call, &payload, stage, Some(found));
            }
            Err(failure) => self.refuse_call(process, thread, place, call, failure),
        }
    }
}

/// Tells whether a yes to a name is one to this address.
fn is_public_address(address: &Address) -> bool {
    address.to_socket_addr().is_some_and(|address| is_public(address.ip().to_canonical()))
}

fn host_of(address: &Address) -> Option<&str> {
    match address {
        Address::Inet(host, _) | Address::Inet6(host, ..) => Some(host),
        Address::Unix(_) => None,
    }
}
