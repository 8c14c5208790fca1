//! Names to addresses and back: the host's own resolver, off the runtime and bounded.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use dns_lookup::{AddrInfo, AddrInfoHints, LookupError};
use shared::address::{Address, Family};
use shared::errno::{Errno, Failure};
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::errno;
use crate::judge::Judge;
use crate::patience::Patience;
use crate::policy::{Target, Use, canonical_name};

/// Addresses that stand for what a program gave.
#[derive(Debug)]
pub(crate) enum Located {
    /// The program gave the address itself.
    Given(SocketAddr),
    /// It gave this name, canonical here, and these are the addresses, the best first.
    Named(String, Vec<SocketAddr>),
}

/// The session for which a name is looked up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) judge: &'a Judge,
    pub(crate) budget: &'a Budget,
}

/// What a `getaddrinfo(3)` found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entries: Vec<AddrInfo>,
    /// The canonical name that was looked up, if one was.
    pub(crate) name: Option<String>,
}

impl Located {
    fn map(self, change: impl Fn(SocketAddr) -> SocketAddr) -> Self {
        match self {
            Located::Given(address) => Located::Given(change(address)),
            Located::Named(name, addresses) => {
                Located::Named(name, addresses.into_iter().map(change).collect())
            }
        }
    }
}

/// The host's resolver.
#[derive(Debug)]
pub(crate) struct Resolver {
    /// A lookup occupies a thread until the name server answers, and cannot be ended.
    lookups: Arc<Semaphore>,
}

impl Resolver {
    pub(crate) fn new(lookups_max: u32) -> Self {
        Self { lookups: Arc::new(Semaphore::new(lookups_max as usize)) }
    }

    /// Runs a lookup on a thread of its own.
    ///
    /// # Cancel safety
    /// Cancel safe: a lookup that began ends by itself, and nobody hears of it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        budget: &Budget,
        patience: &Patience,
        lookup: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Errno> {
        let work = async {
            let turn = budget.lookup_turn().await;
            let permit = Arc::clone(&self.lookups).acquire_owned().await.ok()?;
            let lookup = move || {
                let value = lookup();
                // Only now: a lookup that nobody waits for any more occupies its thread still.
                drop((permit, turn));
                value
            };
            tokio::task::spawn_blocking(lookup).await.ok()
        };
        // On the heap, so that a call which looks nothing up is no larger for it.
        patience.wait(Box::pin(work)).await?.ok_or(Errno::EAI_FAIL)
    }

    /// Turns an address as a program gave it into numeric ones, by CPython's rules: an empty
    /// host is any address and `<broadcast>` is 255.255.255.255.
    pub(crate) async fn locate(
        &self,
        asker: &Asker<'_>,
        address: &Address,
        patience: &Patience,
    ) -> Result<Located, Failure> {
        if let Some(numeric) = address.to_socket_addr() {
            return Ok(Located::Given(numeric));
        }
        match address {
            Address::Inet(host, port) => {
                let given = |ip: Ipv4Addr| Ok(Located::Given(SocketAddr::new(ip.into(), *port)));
                match host.as_str() {
                    "" => given(Ipv4Addr::UNSPECIFIED),
                    "<broadcast>" => given(Ipv4Addr::BROADCAST),
                    host => {
                        let found = self.addresses(asker, host, Family::Inet, patience).await?;
                        Ok(found.map(|address| SocketAddr::new(address.ip(), *port)))
                    }
                }
            }
            Address::Inet6(host, port, flowinfo, scope_id) => {
                if host.is_empty() {
                    let any = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, *port, *flowinfo, *scope_id);
                    return Ok(Located::Given(any.into()));
                }
                let found = self.addresses(asker, host, Family::Inet6, patience).await?;
                Ok(found.map(|mut address| {
                    address.set_port(*port);
                    if let SocketAddr::V6(v6) = &mut address {
                        v6.set_flowinfo(*flowinfo);
                        // A zone in the name (`fe80::1%eth0`) counts where the program gave no
                        // scope.
                        if *scope_id != 0 {
                            v6.set_scope_id(*scope_id);
                        }
                    }
                    address
                }))
            }
            Address::Unix(_) => Err(Errno::EAFNOSUPPORT.into()),
        }
    }

    async fn addresses(
        &self,
        asker: &Asker<'_>,
        host: &str,
        family: Family,
        patience: &Patience,
    ) -> Result<Located, Failure> {
        // CPython asks for datagrams to get each address once.
        let hints = AddrInfoHints {
            address: family_number(Some(family)),
            socktype: libc::SOCK_DGRAM,
            ..AddrInfoHints::default()
        };
        let found = self.getaddrinfo(asker, Some(host), None, hints, patience).await?;
        let mut addresses = found.entries.iter().map(|entry| entry.sockaddr);
        match found.name {
            Some(name) => Ok(Located::Named(name, addresses.collect())),
            None => addresses.next().map(Located::Given).ok_or_else(|| Errno::EAI_NONAME.into()),
        }
    }

    /// Makes a `getaddrinfo(3)`. Where nothing needs looking up it is made right here.
    pub(crate) async fn getaddrinfo(
        &self,
        asker: &Asker<'_>,
        host: Option<&str>,
        service: Option<&str>,
        hints: AddrInfoHints,
        patience: &Patience,
    ) -> Result<Found, Failure> {
        let service_is_number =
            service.is_none_or(|service| service.bytes().all(|byte| byte.is_ascii_digit()));
        if service_is_number {
            let numeric = AddrInfoHints { flags: hints.flags | libc::AI_NUMERICHOST, ..hints };
            match lookup(host, service, numeric) {
                Err(Errno::EAI_NONAME) if host.is_some() => {}
                settled => return Ok(Found { entries: settled?, name: None }),
            }
        }
        let name = host.map(|host| canonical_name(host).ok_or(Errno::EAI_NONAME)).transpose()?;
        if let Some(name) = &name {
            asker.judge.check(Use::Resolve, Target::Name(name))?;
            asker.budget.lookup(name)?;
        }
        let host = match (host, &name) {
            // International letters are for the name servers only in their encoding.
            (Some(host), Some(name)) if !host.is_ascii() => Some(name.clone()),
            (host, _) => host.map(str::to_owned),
        };
        let service = service.map(str::to_owned);
        // A non-blocking socket's `connect("name")` looks the name up all the same, as
        // CPython's does, so the lookup waits whatever the call's patience is.
        let work = move || lookup(host.as_deref(), service.as_deref(), hints);
        let entries = self.run(asker.budget, &patience.for_our_sake(), work).await??;
        Ok(Found { entries, name })
    }

    /// Makes a `getnameinfo(3)`.
    pub(crate) async fn getnameinfo(
        &self,
        budget: &Budget,
        address: SocketAddr,
        flags: i32,
        patience: &Patience,
    ) -> Result<(String, String), Failure> {
        if flags & libc::NI_NUMERICHOST == 0 && !address.ip().to_canonical().is_loopback() {
            budget.lookup("")?;
        }
        let work = move || dns_lookup::getnameinfo(&address, flags).map_err(|error| name(&error));
        Ok(self.run(budget, patience, work).await??)
    }
}

/// Returns Linux's number of a family, or 0 for any.
pub(crate) fn family_number(family: Option<Family>) -> i32 {
    match family {
        None => libc::AF_UNSPEC,
        Some(Family::Inet) => libc::AF_INET,
        Some(Family::Inet6) => libc::AF_INET6,
        Some(Family::Unix) => libc::AF_UNIX,
    }
}

fn lookup(
    host: Option<&str>,
    service: Option<&str>,
    hints: AddrInfoHints,
) -> Result<Vec<AddrInfo>, Errno> {
    let has_nul = |text: Option<&str>| text.is_some_and(|text| text.contains('\0'));
    if (host.is_none() && service.is_none()) || has_nul(host) || has_nul(service) {
        return Err(Errno::EAI_NONAME);
    }
    let found =
        dns_lookup::getaddrinfo(host, service, Some(hints)).map_err(|error| name(&error))?;
    // An entry that is no internet address is not for programs.
    Ok(found.filter_map(Result::ok).collect())
}

fn name(error: &LookupError) -> Errno {
    errno::of_lookup(error.error_num())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::mpsc;

    use shared::call::Wait;
    use tokio::time::Instant;

    use super::*;
    use crate::budget::{Descriptors, Visitors};
    use crate::limits::{Audience, Limits, Terms};
    use crate::patience::Interrupt;

    #[tokio::test]
    async fn one_address_does_not_occupy_all_threads_not_even_by_giving_up() {
        let limits = Limits { lookups_max: 4, ..Limits::default() };
        let terms = Arc::new(Terms::new(&limits, Audience::Everybody));
        let visitors = Visitors::new(terms.of_visitor());
        let budget = |last: u8| {
            let who = visitors.who(IpAddr::from([192, 0, 2, last]), Instant::now());
            Budget::new(&terms, &Descriptors::new(1), Some(who))
        };
        let resolver = Resolver::new(limits.lookups_max);
        let interrupt = Interrupt::default();
        let impatient = Patience::new(Wait::Millis(1), &interrupt);
        let (end, ended) = mpsc::channel::<()>();
        let ended = Arc::new(std::sync::Mutex::new(ended));
        for _ in 0..8 {
            let ended = Arc::clone(&ended);
            let stuck = move || ended.lock().unwrap().recv().is_ok();
            let outcome = resolver.run(&budget(1), &impatient, stuck).await;
            assert_eq!(outcome, Err(Errno::ETIMEDOUT));
        }
        let patient = Patience::new(Wait::Forever, &interrupt);
        assert_eq!(resolver.run(&budget(2), &patient, || 7).await, Ok(7));
        drop(end);
        assert_eq!(resolver.run(&budget(1), &patient, || 7).await, Ok(7));
    }
}
