//! A crowd of visitors: they arrive, open sockets, do all sorts of things at once, and go.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use shared::address::{Address, Family, Kind};
use shared::call::{
    Accept, Bind, Close, Connect, Flag, Getsockname, Listen, Poll, PollEntry, Readiness, Recv,
    Sendall, Socket, SocketId, Socketpair, Wait,
};
use shared::errno::Errno;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::visitor::Visitor;

/// Visitors that arrive at the same time.
const ARRIVING_MAX: usize = 128;

/// Sockets of every visitor.
pub(crate) const SOCKETS_EACH: usize = 5;

/// Bytes of one message between two programs.
const MESSAGE_BYTES_MAX: u64 = 20_000;

/// What a crowd did.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Deeds {
    pub(crate) steps: u64,
    /// Connections that were cut and whose session came back.
    pub(crate) cuts: u64,
    /// Sessions that were left without a word.
    pub(crate) vanished: u64,
}

#[derive(Debug)]
pub(crate) struct Crowd {
    members: Vec<Member>,
    pub(crate) deeds: Deeds,
}

#[derive(Debug)]
struct Member {
    address: SocketAddr,
    visitor: Visitor,
    dice: Dice,
    sockets: Option<Sockets>,
    deeds: Deeds,
}

/// The sockets of one visitor; the pairs are connected with each other.
#[derive(Debug, Clone, Copy)]
struct Sockets {
    listener: SocketId,
    tcp: (SocketId, SocketId),
    unix: (SocketId, SocketId),
}

/// Numbers that are the same in every run with the same seed (xorshift64).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

impl Crowd {
    /// Opens a session for each visitor.
    pub(crate) async fn arrive(address: SocketAddr, count: usize, seed: u64) -> Result<Self> {
        let door = Arc::new(Semaphore::new(ARRIVING_MAX));
        let mut arriving = JoinSet::new();
        for number in 0..count {
            let door = Arc::clone(&door);
            arriving.spawn(async move {
                let _permit = door.acquire().await?;
                let visitor = Visitor::arrive(address).await?;
                // Nearby seeds would begin alike.
                let dice =
                    Dice((seed << 32 | number as u64 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let deeds = Deeds::default();
                Ok::<_, anyhow::Error>(Member { address, visitor, dice, sockets: None, deeds })
            });
        }
        let members = all(arriving).await?;
        Ok(Self { members, deeds: Deeds::default() })
    }

    /// Every visitor opens its sockets.
    pub(crate) async fn open_sockets(&mut self) -> Result<()> {
        self.each(async |member: &mut Member| {
            member.sockets = Some(open(&mut member.visitor).await?);
            Ok(())
        })
        .await
    }

    /// Every visitor does so many things, all visitors at once.
    pub(crate) async fn play(&mut self, steps: usize) -> Result<()> {
        let mut playing = JoinSet::new();
        for mut member in self.members.drain(..) {
            playing.spawn(async move {
                for _ in 0..steps {
                    member.step().await?;
                }
                Ok(member)
            });
        }
        self.members = all(playing).await?;
        for member in &mut self.members {
            let deeds = std::mem::take(&mut member.deeds);
            self.deeds.steps += deeds.steps;
            self.deeds.cuts += deeds.cuts;
            self.deeds.vanished += deeds.vanished;
        }
        Ok(())
    }

    /// Every other visitor takes leave, the others vanish.
    pub(crate) async fn go(self) -> Result<()> {
        let mut going = JoinSet::new();
        for (number, member) in self.members.into_iter().enumerate() {
            going.spawn(async move {
                if number % 2 == 0 {
                    return member.visitor.leave().await;
                }
                member.visitor.vanish();
                Ok(())
            });
        }
        all(going).await.map(drop)
    }

    async fn each(&mut self, act: impl AsyncFn(&mut Member) -> Result<()>) -> Result<()> {
        for member in &mut self.members {
            act(member).await?;
        }
        Ok(())
    }
}

impl Member {
    async fn step(&mut self) -> Result<()> {
        self.deeds.steps += 1;
        let Sockets { tcp: (left, right), unix: (near, far), .. } =
            self.sockets.context("the sockets are open")?;
        // So many chances of 256 each. Who vanishes leaves its sockets open for a while: with
        // many more of those, the host would run out of descriptors.
        match self.dice.below(256) {
            0..=79 => self.talk(left, right, None).await,
            80..=127 => self.talk(far, near, None).await,
            128..=159 => {
                self.deeds.cuts += 1;
                let within_a_message = self.dice.below(2) == 0;
                self.talk(right, left, Some(within_a_message)).await
            }
            160..=175 => self.change_ones_mind(near).await,
            176..=191 => self.open_anew().await,
            192..=207 => self.look(left).await,
            208..=239 => self.err().await,
            240..=247 => {
                self.visitor.babble().await;
                Ok(())
            }
            248..=253 => {
                self.deeds.cuts += 1;
                self.visitor.cut(false).await;
                Ok(())
            }
            _ => {
                self.deeds.vanished += 1;
                let visitor = Visitor::arrive(self.address).await?;
                std::mem::replace(&mut self.visitor, visitor).vanish();
                self.sockets = Some(open(&mut self.visitor).await?);
                Ok(())
            }
        }
    }

    /// One program waits for what another sends; the connection may be cut meanwhile.
    async fn talk(&mut self, from: SocketId, to: SocketId, cut: Option<bool>) -> Result<()> {
        let len = self.dice.below(MESSAGE_BYTES_MAX) + 1;
        let bytes = vec![self.dice.below(256) as u8; usize::try_from(len)?];
        let flags = vec![Flag::Waitall];
        let receive = Recv { socket: to, len: u32::try_from(len)?, flags, wait: Wait::Forever };
        let receiving = self.visitor.begin(receive, &[]).await;
        let send = Sendall { socket: from, flags: vec![], wait: Wait::Forever };
        let sending = self.visitor.begin(send, &bytes).await;
        if let Some(within_a_message) = cut {
            self.visitor.cut(within_a_message).await;
        }
        let (sent, _) = self.visitor.finish::<Sendall>(sending).await??;
        ensure!(u64::from(sent.len) == len, "sent {} of {len} bytes", sent.len);
        let (_, received) = self.visitor.finish::<Recv>(receiving).await??;
        ensure!(received == bytes, "{} bytes arrived for {len}", received.len());
        Ok(())
    }

    /// A call waits, and is cancelled.
    async fn change_ones_mind(&mut self, socket: SocketId) -> Result<()> {
        let receive = Recv { socket, len: 1, flags: vec![], wait: Wait::Forever };
        let waiting = self.visitor.begin(receive, &[]).await;
        self.visitor.cancel(waiting).await;
        if self.dice.below(4) == 0 {
            self.deeds.cuts += 1;
            self.visitor.cut(false).await;
        }
        match self.visitor.finish::<Recv>(waiting).await? {
            Err(failure) => ensure!(failure.errno == Errno::EINTR, "{failure}"),
            Ok(_) => anyhow::bail!("received what nobody sent"),
        }
        Ok(())
    }

    async fn open_anew(&mut self) -> Result<()> {
        let Sockets { listener, tcp, unix } = self.sockets.context("the sockets are open")?;
        for socket in [listener, tcp.0, tcp.1, unix.0, unix.1] {
            self.visitor.call(Close { socket }, &[]).await?;
        }
        self.sockets = Some(open(&mut self.visitor).await?);
        Ok(())
    }

    async fn look(&mut self, socket: SocketId) -> Result<()> {
        self.visitor.call(Getsockname { socket }, &[]).await?;
        let entries = vec![PollEntry { socket, events: vec![Readiness::In] }];
        let (polled, _) = self.visitor.call(Poll { entries, wait: Wait::Millis(2) }, &[]).await?;
        ensure!(polled.ready.iter().all(|entry| entry.events.is_empty()), "{polled:?}");
        Ok(())
    }

    /// What must fail does.
    async fn err(&mut self) -> Result<()> {
        let unknown = SocketId(u32::MAX);
        ensure!(self.visitor.fail(Close { socket: unknown }).await? == Errno::EBADF);
        let socket = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
        let (made, _) = self.visitor.call(socket, &[]).await?;
        let socket = made.socket;
        // The policy lets nobody out.
        let address = Address::Inet("192.0.2.1".into(), 80);
        let connect = Connect { socket, address, wait: Wait::Forever };
        ensure!(self.visitor.fail(connect).await? == Errno::EACCES);
        self.visitor.call(Close { socket }, &[]).await?;
        Ok(())
    }
}

/// Opens a listener, a connection to it, and a pair.
async fn open(visitor: &mut Visitor) -> Result<Sockets> {
    let tcp = Socket { family: Family::Inet, kind: Kind::Stream, proto: 0 };
    let listener = visitor.call(tcp.clone(), &[]).await?.0.socket;
    let address = Address::Inet("127.0.0.1".into(), 0);
    visitor.call(Bind { socket: listener, address }, &[]).await?;
    let (bound, _) = visitor.call(Listen { socket: listener, backlog: 8 }, &[]).await?;
    let left = visitor.call(tcp, &[]).await?.0.socket;
    let connect = Connect { socket: left, address: bound.local, wait: Wait::Forever };
    visitor.call(connect, &[]).await?;
    let accept = Accept { socket: listener, wait: Wait::Forever };
    let right = visitor.call(accept, &[]).await?.0.socket;
    let pair = Socketpair { family: Family::Unix, kind: Kind::Stream, proto: 0 };
    let (pair, _) = visitor.call(pair, &[]).await?;
    Ok(Sockets { listener, tcp: (left, right), unix: (pair.first, pair.second) })
}

/// Waits for all tasks; the first that fails ends the others.
async fn all<T: 'static>(mut tasks: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(ended) = tasks.join_next().await {
        done.push(ended??);
    }
    Ok(done)
}
