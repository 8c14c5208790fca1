//! Who may open a session: our own page, and programs that are no browsers.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};

/// Checks `Host` and `Origin`.
///
/// `Host` keeps out pages whose name was made to point here (DNS rebinding): an address cannot
/// be rebound, and of names only `localhost` and the operator's are ours. `Origin` keeps out
/// other sites' pages; browsers always send it with a WebSocket, and other programs need not.
#[derive(Debug)]
pub(super) struct Gate {
    listening: IpAddr,
    /// Pages come over TLS only.
    secure: bool,
    /// In lower case, without ports.
    names: Vec<String>,
}

impl Gate {
    pub(super) fn new(listening: IpAddr, names: Vec<String>, secure: bool) -> Self {
        let names = names.into_iter().map(|name| name.to_ascii_lowercase()).collect();
        Self { listening, secure, names }
    }

    /// Returns the host that the request is for, if it is ours.
    pub(super) fn host<'a>(&self, headers: &'a HeaderMap) -> Result<&'a str, String> {
        let host = one(headers, &HOST)?.ok_or("a request needs a Host header")?;
        if !self.is_ours(host_name(host)) {
            return Err(format!(
                "{host:?} is not a name of this backend; --allowed-hosts can make it one"
            ));
        }
        Ok(host)
    }

    /// Allows the request or says why not.
    pub(super) fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let host = self.host(headers)?;
        let Some(origin) = one(headers, &ORIGIN)? else { return Ok(()) };
        // Where TLS is spoken before the backend, its pages are https and it cannot know.
        let plain = if self.secure { None } else { origin.strip_prefix("http://") };
        let authority = plain.or_else(|| origin.strip_prefix("https://"));
        match authority {
            Some(authority) if authority.eq_ignore_ascii_case(host) => Ok(()),
            Some(_) | None => Err(format!("pages of {origin:?} may not open sessions here")),
        }
    }

    fn is_ours(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        if name == "localhost" || self.names.contains(&name) {
            return true;
        }
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        match bare.unwrap_or(&name).parse::<IpAddr>() {
            // Listening everywhere, any address of the machine leads here.
            Ok(ip) => ip.is_loopback() || ip == self.listening || self.listening.is_unspecified(),
            Err(_) => false,
        }
    }
}

/// Returns the one value of a header, or nothing where it is absent.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, String> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(value), None) => Ok(Some(value)),
        (Err(_), _) | (Ok(_), Some(_)) => Err(format!("a request has one plain {name} header")),
    }
}

/// Returns a host without its port.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, origin: Option<&str>, allowed: bool) {
        let gate = Gate::new("192.0.2.7".parse().unwrap(), vec!["Play.example".into()], false);
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(gate.check(&headers).is_ok(), allowed, "{host} {origin:?}");
    }

    #[test]
    fn our_own_names_are_allowed() {
        for host in [
            "localhost:8000",
            "LOCALHOST",
            "127.0.0.1:8000",
            "127.9.9.9",
            "[::1]:8000",
            "192.0.2.7:1",
            "play.example",
        ] {
            check(host, None, true);
            check(host, Some(&format!("http://{host}")), true);
            check(host, Some(&format!("https://{host}")), true);
        }
    }

    #[test]
    fn other_names_are_refused() {
        for host in ["evil.example:8000", "localhost.evil.example", "192.0.2.8", "[::2]:1", ""] {
            check(host, None, false);
        }
    }

    #[test]
    fn other_origins_are_refused() {
        for origin in
            ["http://evil.example", "http://localhost:8001", "http://localhost", "null", "file://"]
        {
            check("localhost:8000", Some(origin), false);
        }
    }

    #[test]
    fn pages_that_came_in_plain_are_not_ours_where_tls_is_spoken() {
        let gate = Gate::new("127.0.0.1".parse().unwrap(), Vec::new(), true);
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "localhost:8443".parse().unwrap());
        for (origin, allowed) in
            [("https://localhost:8443", true), ("http://localhost:8443", false)]
        {
            headers.insert(ORIGIN, origin.parse().unwrap());
            assert_eq!(gate.check(&headers).is_ok(), allowed, "{origin}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let gate = Gate::new("127.0.0.1".parse().unwrap(), Vec::new(), false);
        let mut headers = HeaderMap::new();
        headers.append(HOST, "localhost".parse().unwrap());
        headers.append(HOST, "evil.example".parse().unwrap());
        assert!(gate.check(&headers).is_err());
    }
}
