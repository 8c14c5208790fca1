//! Names to addresses and back: the host's own resolver, off the runtime and bounded.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use dns_lookup::{AddrInfo, AddrInfoHints, LookupError};
use shared::address::{Address, Family};
use shared::errno::{Errno, Failure};
use tokio::sync::Semaphore;

use crate::errno;
use crate::patience::Patience;
use crate::policy::{Policy, Target, Use};

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
        patience: &Patience,
        lookup: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Errno> {
        let work = async {
            let permit = Arc::clone(&self.lookups).acquire_owned().await.ok()?;
            let lookup = move || {
                let value = lookup();
                drop(permit);
                value
            };
            tokio::task::spawn_blocking(lookup).await.ok()
        };
        patience.wait(work).await?.ok_or(Errno::EAI_FAIL)
    }

    /// Turns an address as a program gave it into a numeric one, by CPython's rules: an empty
    /// host is any address, `<broadcast>` is 255.255.255.255, and of a name's addresses the
    /// first is taken.
    pub(crate) async fn numeric(
        &self,
        policy: &Policy,
        address: &Address,
        patience: &Patience,
    ) -> Result<SocketAddr, Failure> {
        if let Some(numeric) = address.to_socket_addr() {
            return Ok(numeric);
        }
        match address {
            Address::Inet(host, port) => {
                let ip = match host.as_str() {
                    "" => Ipv4Addr::UNSPECIFIED.into(),
                    "<broadcast>" => Ipv4Addr::BROADCAST.into(),
                    host => self.first(policy, host, Family::Inet, patience).await?.ip(),
                };
                Ok(SocketAddr::new(ip, *port))
            }
            Address::Inet6(host, port, flowinfo, scope_id) => {
                let found = match host.as_str() {
                    "" => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
                    host => self.first(policy, host, Family::Inet6, patience).await?,
                };
                let (IpAddr::V6(ip), SocketAddr::V6(found)) = (found.ip(), found) else {
                    return Err(Errno::EAI_ADDRFAMILY.into());
                };
                // A zone in the name (`fe80::1%eth0`) counts where the program gave no scope.
                let scope_id = if *scope_id == 0 { found.scope_id() } else { *scope_id };
                Ok(SocketAddrV6::new(ip, *port, *flowinfo, scope_id).into())
            }
            Address::Unix(_) => Err(Errno::EAFNOSUPPORT.into()),
        }
    }

    async fn first(
        &self,
        policy: &Policy,
        host: &str,
        family: Family,
        patience: &Patience,
    ) -> Result<SocketAddr, Failure> {
        // CPython asks for datagrams to get each address once.
        let hints = AddrInfoHints {
            address: family_number(Some(family)),
            socktype: libc::SOCK_DGRAM,
            ..AddrInfoHints::default()
        };
        let found = self.getaddrinfo(policy, Some(host), None, hints, patience).await?;
        found.first().map(|entry| entry.sockaddr).ok_or_else(|| Errno::EAI_NONAME.into())
    }

    /// Makes a `getaddrinfo(3)`. Where nothing needs looking up it is made right here.
    pub(crate) async fn getaddrinfo(
        &self,
        policy: &Policy,
        host: Option<&str>,
        service: Option<&str>,
        hints: AddrInfoHints,
        patience: &Patience,
    ) -> Result<Vec<AddrInfo>, Failure> {
        let service_is_number =
            service.is_none_or(|service| service.bytes().all(|byte| byte.is_ascii_digit()));
        if service_is_number {
            let numeric = AddrInfoHints { flags: hints.flags | libc::AI_NUMERICHOST, ..hints };
            match lookup(host, service, numeric) {
                Err(Errno::EAI_NONAME) if host.is_some() => {}
                settled => return settled.map_err(Failure::from),
            }
        }
        policy.check(Use::Resolve, Target::Name(host.unwrap_or_default()))?;
        let host = host.map(str::to_owned);
        let service = service.map(str::to_owned);
        // A non-blocking socket's `connect("name")` looks the name up all the same, as
        // CPython's does, so the lookup waits whatever the call's patience is.
        let work = move || lookup(host.as_deref(), service.as_deref(), hints);
        Ok(self.run(&patience.for_lookup(), work).await??)
    }

    /// Makes a `getnameinfo(3)`.
    pub(crate) async fn getnameinfo(
        &self,
        policy: &Policy,
        address: SocketAddr,
        flags: i32,
        patience: &Patience,
    ) -> Result<(String, String), Failure> {
        policy.check(Use::Resolve, Target::Name(&address.ip().to_string()))?;
        let work = move || dns_lookup::getnameinfo(&address, flags).map_err(|error| name(&error));
        Ok(self.run(patience, work).await??)
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
