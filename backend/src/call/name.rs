//! Names of hosts, services and protocols.

use std::sync::Arc;

use dns_lookup::{AddrInfo, AddrInfoHints};
use shared::address::{Family, Kind};
use shared::call::{
    Getaddrinfo, Getnameinfo, Getprotobyname, Getserv, IfIndextoname, IfNametoindex, ServiceKey,
    Wait,
};
use shared::errno::{Errno, Failure};
use shared::reply::{
    HostName, Interface, Interfaces, NameInfo, Protocol, Resolution, Resolved, Service,
};

use super::Context;
use super::connect::internet;
use crate::errno;
use crate::patience::{Interrupt, Patience};
use crate::policy::{Target, Use};
use crate::resolve::family_number;
use crate::sys;

pub(super) async fn getaddrinfo(
    context: &Context,
    call: &Getaddrinfo,
    interrupt: &Interrupt,
) -> Result<Resolved, Failure> {
    let hints = AddrInfoHints {
        flags: call.flags,
        address: family_number(call.family),
        socktype: match call.kind {
            None => 0,
            Some(Kind::Stream) => libc::SOCK_STREAM,
            Some(Kind::Datagram) => libc::SOCK_DGRAM,
        },
        protocol: call.proto,
    };
    let patience = Patience::new(Wait::Forever, interrupt);
    let (host, service) = (call.host.as_deref(), call.service.as_deref());
    let found = context
        .host
        .resolver
        .getaddrinfo(&context.asker(), host, service, hints, &patience)
        .await?;
    let entries = match found.name {
        Some(name) => keep_allowed(context, &name, found.entries)?,
        None => found.entries,
    };
    Ok(Resolved { entries: entries.into_iter().filter_map(resolution).collect() })
}

/// Leaves out the addresses that the policy does not let programs learn from a name.
fn keep_allowed(
    context: &Context,
    name: &str,
    entries: Vec<AddrInfo>,
) -> Result<Vec<AddrInfo>, Failure> {
    let names = [Arc::from(name)];
    let mut refusal = None;
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries {
        match context.judge.check(Use::Resolve, Target::Ip(entry.sockaddr, &names)) {
            Ok(_) => kept.push(entry),
            Err(failure) => refusal = Some(failure),
        }
    }
    if kept.is_empty() {
        return Err(refusal.unwrap_or_else(|| Errno::EAI_NODATA.into()));
    }
    if context.host.policy.is_by_name() {
        context.learned.learn(name, kept.iter().map(|entry| entry.sockaddr.ip()));
    }
    Ok(kept)
}

pub(super) async fn getnameinfo(
    context: &Context,
    call: &Getnameinfo,
    interrupt: &Interrupt,
) -> Result<NameInfo, Failure> {
    let patience = Patience::new(Wait::Forever, interrupt);
    let (address, _) = internet(context, Use::Resolve, &call.address, &patience).await?;
    let (host, service) =
        context.host.resolver.getnameinfo(&context.budget, address, call.flags, &patience).await?;
    Ok(NameInfo { host, service })
}

/// On an isolated loopback the host is that loopback, and its name leads there.
pub(super) fn gethostname(context: &Context) -> Result<HostName, Failure> {
    if context.loopback.is_some() {
        return Ok(HostName { name: "localhost".to_owned() });
    }
    let name = sys::host_name().map_err(|error| errno::of(&error))?;
    Ok(HostName { name })
}

pub(super) async fn getserv(
    context: &Context,
    call: Getserv,
    interrupt: &Interrupt,
) -> Result<Service, Failure> {
    let Getserv { key, protocol } = call;
    let lookup = move || match key {
        ServiceKey::Name(name) => sys::service_by_name(&name, protocol.as_deref()),
        ServiceKey::Port(port) => sys::service_by_port(port, protocol.as_deref()),
    };
    let patience = Patience::new(Wait::Forever, interrupt);
    let found = context.host.resolver.run(&context.budget, &patience, lookup).await?;
    let (name, port) = found.ok_or(Errno::ENOENT)?;
    Ok(Service { name, port })
}

pub(super) async fn getprotobyname(
    context: &Context,
    call: Getprotobyname,
    interrupt: &Interrupt,
) -> Result<Protocol, Failure> {
    let patience = Patience::new(Wait::Forever, interrupt);
    let lookup = move || sys::protocol_by_name(&call.name);
    let number = context
        .host
        .resolver
        .run(&context.budget, &patience, lookup)
        .await?
        .ok_or(Errno::ENOENT)?;
    Ok(Protocol { number })
}

pub(super) fn if_nameindex() -> Result<Interfaces, Failure> {
    let entries = sys::interface::all().map_err(|error| errno::of(&error))?;
    Ok(Interfaces { entries })
}

pub(super) fn if_nametoindex(call: &IfNametoindex) -> Result<Interface, Failure> {
    Ok(sys::interface::by_name(&call.name).map_err(|error| errno::of(&error))?)
}

pub(super) fn if_indextoname(call: &IfIndextoname) -> Result<Interface, Failure> {
    Ok(sys::interface::by_index(call.index).map_err(|error| errno::of(&error))?)
}

/// Returns an entry in the wire's words, or nothing for a kind that programs do not have
/// (`SOCK_RAW`).
fn resolution(entry: AddrInfo) -> Option<Resolution> {
    let family = match entry.address {
        libc::AF_INET => Family::Inet,
        libc::AF_INET6 => Family::Inet6,
        _ => return None,
    };
    let kind = match entry.socktype {
        libc::SOCK_STREAM => Kind::Stream,
        libc::SOCK_DGRAM => Kind::Datagram,
        _ => return None,
    };
    Some(Resolution {
        family,
        kind,
        proto: entry.protocol,
        canonical_name: entry.canonname.unwrap_or_default(),
        address: entry.sockaddr.into(),
    })
}
