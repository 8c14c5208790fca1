//! Bytes to calls.

use bytes::Bytes;
use shared::address::{Address, Family, Kind};
use shared::call::{
    Accept, Bind, Call, Close, Connect, Control, Dup, EpollChange, EpollCreate, EpollCtl,
    EpollWait, Flag, Getaddrinfo, Gethostname, Getpeername, Getsockname, Getsockopt, Half,
    IfNameindex, IfNametoindex, Listen, OptionValue, Poll, PollEntry, Readiness, Recv, Recvfrom,
    Recvmsg, Right, Send, Sendall, Sendmsg, Sendto, Setsockopt, Shutdown, Socket, SocketId,
    Socketpair, Unlink, Wait,
};
use shared::options;

use super::{FIRST_ID, SOCKETS_MAX};

/// What happens next.
#[derive(Debug)]
pub(super) enum Step {
    Call(Call, Bytes),
    /// The wait of a call ends.
    Cancel(usize),
    /// Time passes.
    Look,
}

/// Chooses by bytes, for as long as there are some.
#[derive(Debug)]
pub(super) struct Dice<'a>(std::slice::Iter<'a, u8>);

const FLAGS: [Flag; 9] = [
    Flag::Oob,
    Flag::Peek,
    Flag::Dontroute,
    Flag::Trunc,
    Flag::Dontwait,
    Flag::Eor,
    Flag::Waitall,
    Flag::More,
    Flag::Errqueue,
];

const EVENTS: [Readiness; 4] = [Readiness::In, Readiness::Pri, Readiness::Out, Readiness::Rdhup];

/// Few ports, so that programs meet.
const PORTS: [u16; 4] = [0, 29_001, 29_002, 29_003];

/// Nothing here leaves the machine: the policy is that of the isolated preset.
const HOSTS: [&str; 8] =
    ["127.0.0.1", "127.0.0.1", "", "0.0.0.0", "127.0.0.2", "10.0.0.1", "127.9.9.9", "<broadcast>"];

const HOSTS6: [&str; 6] = ["::1", "::", "::ffff:127.0.0.1", "", "fe80::1", "2001:db8::1"];

const NAMES: [&str; 6] = ["/tmp/a", "b", "\0c", "", "/tmp/a/../a", "\0"];

impl<'a> Dice<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.iter())
    }

    /// Returns the next step, or nothing when the bytes are over.
    pub(super) fn step(&mut self) -> Option<Step> {
        let which = *self.0.next()?;
        let call: Call = match which % 40 {
            0 | 1 => Socket { family: self.family(), kind: self.kind(), proto: 0 }.into(),
            2 => Socket { family: self.family(), kind: self.kind(), proto: self.proto() }.into(),
            3 => {
                let family = self.pick(&[Family::Unix, Family::Unix, Family::Unix, Family::Inet]);
                Socketpair { family, kind: self.kind(), proto: 0 }.into()
            }
            4 => Dup { socket: self.socket() }.into(),
            5 | 6 => Bind { socket: self.socket(), address: self.address() }.into(),
            7 | 8 => Listen { socket: self.socket(), backlog: self.pick(&[0, 1, 128, -1]) }.into(),
            9 | 10 => Accept { socket: self.socket(), wait: self.wait() }.into(),
            11 | 12 => {
                let (socket, address) = (self.socket(), self.address());
                Connect { socket, address, wait: self.wait() }.into()
            }
            20 => Shutdown {
                socket: self.socket(),
                how: self.pick(&[Half::Read, Half::Write, Half::Both]),
            }
            .into(),
            21..=24 => Close { socket: self.socket() }.into(),
            25 => Getsockname { socket: self.socket() }.into(),
            26 => Getpeername { socket: self.socket() }.into(),
            31 => EpollCreate {}.into(),
            34 => Unlink { path: self.name().to_owned() }.into(),
            35 => self.host(),
            36 | 37 => return Some(Step::Look),
            38 => return Some(Step::Cancel(self.byte().into())),
            27..=30 | 32 | 33 | 39 => return Some(self.options_and_readiness(which)),
            _ => return Some(self.transfer(which)),
        };
        Some(Step::Call(call, Bytes::new()))
    }

    fn transfer(&mut self, which: u8) -> Step {
        let (socket, flags, wait) = (self.socket(), self.flags(), self.wait());
        let call: Call = match which % 40 {
            13 => Send { socket, flags, wait }.into(),
            14 => Sendall { socket, flags, wait }.into(),
            15 => Sendto { socket, flags, address: self.address(), wait }.into(),
            16 => {
                let address = if self.flip() { Some(self.address()) } else { None };
                let control = match self.byte() % 4 {
                    0 | 1 => Vec::new(),
                    2 => vec![self.rights()],
                    _ => vec![self.control()],
                };
                Sendmsg { socket, flags, wait, control, address }.into()
            }
            17 => return just(Recv { socket, len: self.len(), flags, wait }),
            18 => return just(Recvfrom { socket, len: self.len(), flags, wait }),
            _ => {
                let control_len = self.pick(&[0, 64, u32::MAX]);
                return just(Recvmsg { socket, len: self.len(), control_len, flags, wait });
            }
        };
        let len = self.pick(&[0, 1, 5, 300, 70_000]);
        Step::Call(call, Bytes::from(vec![self.byte(); len]))
    }

    fn options_and_readiness(&mut self, which: u8) -> Step {
        let socket = self.socket();
        let option = self.pick(options::ALL);
        let (level, number) = (option.level, option.number);
        let call: Call = match which % 40 {
            27 => {
                let len = self.pick(&[0, 1, 4, 16, 255, 1024, u32::MAX]);
                Getsockopt { socket, level, option: number, len }.into()
            }
            28 => {
                let value = OptionValue::Int(self.pick(&[0, 1, -1, 64, i32::MAX, i32::MIN]));
                Setsockopt { socket, level, option: number, value }.into()
            }
            29 => {
                let value = OptionValue::Payload;
                let call = Setsockopt { socket, level, option: number, value };
                let len = self.byte() % 40;
                let payload: Vec<u8> = (0..len).map(|_| self.byte()).collect();
                return Step::Call(call.into(), payload.into());
            }
            30 | 39 => {
                let count = self.byte() % 4;
                let entries = (0..count).map(|_| self.entry()).collect();
                Poll { entries, wait: self.wait() }.into()
            }
            32 => {
                let changes = [EpollChange::Add, EpollChange::Modify, EpollChange::Delete];
                let (epoll, change) = (self.socket(), self.pick(&changes));
                let events = u32::from_le_bytes([self.byte(), self.byte(), 0, self.byte()]);
                EpollCtl { epoll, socket, change, events, data: self.byte().into() }.into()
            }
            _ => {
                let max = self.pick(&[0, 1, 8, u32::MAX]);
                EpollWait { epoll: socket, max, wait: self.wait() }.into()
            }
        };
        Step::Call(call, Bytes::new())
    }

    fn host(&mut self) -> Call {
        match self.byte() % 4 {
            0 => Gethostname {}.into(),
            1 => IfNameindex {}.into(),
            2 => IfNametoindex { name: self.pick(&["lo", "", "a\0b"]).to_owned() }.into(),
            // Numbers only: names would be asked of the host's name servers.
            _ => Getaddrinfo {
                host: Some(self.pick(&["127.1", "::1", "10.0.0.1", "0x7f000001"]).to_owned()),
                service: self.pick(&[None, Some("80"), Some("99999")]).map(str::to_owned),
                family: self.pick(&[None, Some(Family::Inet), Some(Family::Inet6)]),
                kind: self.pick(&[None, Some(Kind::Stream)]),
                proto: self.pick(&[0, 6, 999]),
                flags: libc::AI_NUMERICHOST | self.pick(&[0, libc::AI_PASSIVE, libc::AI_CANONNAME]),
            }
            .into(),
        }
    }

    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn flip(&mut self) -> bool {
        self.byte() & 1 != 0
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::from(self.byte()) % list.len()].clone()
    }

    /// Mostly an id that may be open, now and then one that never is.
    fn socket(&mut self) -> SocketId {
        match self.byte() {
            255 => SocketId(u32::MAX),
            254 => SocketId(0),
            byte => SocketId(FIRST_ID + u32::from(byte) % (SOCKETS_MAX + 1)),
        }
    }

    fn family(&mut self) -> Family {
        self.pick(&[Family::Inet, Family::Inet, Family::Inet6, Family::Unix])
    }

    fn kind(&mut self) -> Kind {
        self.pick(&[Kind::Stream, Kind::Datagram])
    }

    fn proto(&mut self) -> i32 {
        self.pick(&[0, libc::IPPROTO_TCP, libc::IPPROTO_UDP, libc::IPPROTO_ICMP, 255, -1])
    }

    fn name(&mut self) -> &'static str {
        self.pick(&NAMES)
    }

    fn address(&mut self) -> Address {
        match self.byte() % 8 {
            0 => Address::Unix(self.name().to_owned()),
            1 | 2 => Address::Inet6(self.pick(&HOSTS6).to_owned(), self.pick(&PORTS), 0, 0),
            _ => Address::Inet(self.pick(&HOSTS).to_owned(), self.pick(&PORTS)),
        }
    }

    fn wait(&mut self) -> Wait {
        self.pick(&[Wait::Never, Wait::Millis(0), Wait::Millis(1), Wait::Forever])
    }

    fn flags(&mut self) -> Vec<Flag> {
        let count = self.byte() % 8;
        // Most calls have none.
        (0..count.saturating_sub(5)).map(|_| self.pick(&FLAGS)).collect()
    }

    fn len(&mut self) -> u32 {
        self.pick(&[0, 1, 7, 4096, 300_000, u32::MAX])
    }

    fn control(&mut self) -> Control {
        let (level, kind) = self.pick(&[
            (libc::IPPROTO_IP, libc::IP_TTL),
            (libc::IPPROTO_IP, libc::IP_PKTINFO),
            (libc::SOL_SOCKET, libc::SCM_CREDENTIALS),
            (libc::SOL_SOCKET, libc::SCM_RIGHTS),
            (libc::SOL_UDP, libc::UDP_SEGMENT),
        ]);
        Control { level, kind, len: self.pick(&[0, 1, 2, 4, 12, u32::MAX]), rights: Vec::new() }
    }

    /// Hands descriptors over, some of which may not be there.
    fn rights(&mut self) -> Control {
        let count = self.byte() % 4;
        let rights = (0..count).map(|_| {
            if self.byte().is_multiple_of(4) {
                Right::File(self.byte().into())
            } else {
                Right::Socket(self.socket())
            }
        });
        let rights = rights.collect();
        Control { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, len: 0, rights }
    }

    fn entry(&mut self) -> PollEntry {
        PollEntry { socket: self.socket(), events: vec![self.pick(&EVENTS), self.pick(&EVENTS)] }
    }
}

fn just(call: impl Into<Call>) -> Step {
    Step::Call(call.into(), Bytes::new())
}
