//! The many ways to write one address, brought back to what the network makes of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The most addresses that one address stands for.
const FORMS_MAX: usize = 4;

/// The addresses that one address stands for. Using it is using each of them, so a policy
/// allows it if it allows all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forms {
    addresses: [IpAddr; FORMS_MAX],
    len: usize,
}

impl Forms {
    /// Takes an address apart.
    ///
    /// Where an IPv6 address only wraps an IPv4 address, the inner one alone counts: mapped
    /// (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), translated (`::ffff:0:a.b.c.d`, RFC 2765)
    /// and NAT64 (`64:ff9b::a.b.c.d`, RFC 6052). Where packets are carried to an IPv4 address
    /// on the way, both count: 6to4 (RFC 3056), Teredo (RFC 4380: its server and its client),
    /// ISATAP (RFC 5214) and the NAT64 of a local network (RFC 8215).
    pub(crate) fn of(ip: IpAddr) -> Self {
        let v6 = match ip {
            IpAddr::V4(_) => return Self::one(ip),
            IpAddr::V6(v6) => v6,
        };
        let [a, b, c, d, e, f, high, low] = v6.segments();
        match [a, b, c, d, e, f] {
            [0, 0, 0, 0, 0, 0xffff] | [0, 0, 0, 0, 0xffff, 0] | [0x64, 0xff9b, 0, 0, 0, 0] => {
                return Self::one(inner(high, low));
            }
            // `::` and `::1` are addresses of their own.
            [0, 0, 0, 0, 0, 0] if high != 0 || low > 1 => return Self::one(inner(high, low)),
            _ => {}
        }
        let mut forms = Self::one(ip);
        match [a, b, c] {
            [0x2002, b, c] => forms.add(inner(b, c)),
            // The client's address is there with every bit turned over.
            [0x2001, 0, c] => {
                forms.add(inner(c, d));
                forms.add(inner(!high, !low));
            }
            // Which of RFC 6052's layouts a network chose is its own affair.
            [0x64, 0xff9b, 1] => {
                forms.add(inner(high, low));
                forms.add(inner(d, (e << 8) | (f >> 8)));
            }
            _ => {}
        }
        if e & 0xfdff == 0 && f == 0x5efe {
            forms.add(inner(high, low));
        }
        forms
    }

    /// Takes the address of a peer apart. To connect to `0.0.0.0` or `::` is to connect to the
    /// host itself (`ip(7)`).
    pub(crate) fn of_peer(ip: IpAddr) -> Self {
        let mut forms = Self::of(ip);
        for address in &mut forms.addresses[..forms.len] {
            if address.is_unspecified() {
                *address = match address {
                    IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                    IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
                };
            }
        }
        forms
    }

    pub(crate) fn as_slice(&self) -> &[IpAddr] {
        &self.addresses[..self.len]
    }

    fn one(ip: IpAddr) -> Self {
        Self { addresses: [ip; FORMS_MAX], len: 1 }
    }

    fn add(&mut self, ip: IpAddr) {
        if let Some(slot) = self.addresses.get_mut(self.len) {
            *slot = ip;
            self.len += 1;
        }
    }
}

/// What is not the public internet: IANA's registries of special-purpose addresses, with
/// multicast and, for IPv6, the tunnels to IPv4.
pub(crate) const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
];

/// Tells whether an address belongs to the public internet and to nothing else.
pub(crate) fn is_public(ip: IpAddr, special: &[IpNet]) -> bool {
    !Forms::of(ip).as_slice().iter().any(|ip| special.iter().any(|network| network.contains(ip)))
}

/// A host as rules and people write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Ip(IpAddr),
    /// In lower case, as the name servers know it, without a dot at its end.
    Name(String),
}

impl Host {
    /// Reads an address in any of its spellings, or a name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let (address, _zone) = bare.split_once('%').unwrap_or((bare, ""));
        if let Ok(v6) = address.parse::<Ipv6Addr>() {
            return Ok(Host::Ip(v6.into()));
        }
        let name = canonical_name(text).ok_or_else(|| format!("{text:?} is no host"))?;
        Ok(inet_aton(&name).map_or(Host::Name(name), |v4| Host::Ip(v4.into())))
    }
}

/// Returns a name as the name servers know it: lower case, international letters encoded
/// (IDNA, UTS 46), without a dot at its end. Nothing for what is no name.
pub(crate) fn canonical_name(name: &str) -> Option<String> {
    let name = idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::EMPTY).ok()?;
    let name = name.strip_suffix('.').unwrap_or(&name);
    let is_name = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '\0');
    is_name.then(|| name.to_owned())
}

/// Reads an IPv4 address as `inet_aton(3)` does: one to four numbers, decimal, octal (`0177`)
/// or hexadecimal (`0x7f`), the last of which fills the bytes that are left.
pub(crate) fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 {
        return None;
    }
    let mut address: u32 = 0;
    for part in leading {
        address = (address << 8) | u32::from(u8::try_from(number(part)?).ok()?);
    }
    let bits_left = 32 - 8 * leading.len() as u32;
    let last = number(last)?;
    if u64::from(last) >= 1_u64 << bits_left {
        return None;
    }
    // Four bytes before the last part are impossible, so the shift is below 32 bits only
    // when there is something to shift.
    let leading = if leading.is_empty() { 0 } else { address << bits_left };
    Some(Ipv4Addr::from(leading | last))
}

/// Reads a number as `strtoul(3)` with base 0 does.
fn number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None if lower.len() > 1 && lower.starts_with('0') => (&lower[1..], 8),
        None => (lower.as_str(), 10),
    };
    let all_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    // More digits than 64 bits have are a number too large.
    all_digits.then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

fn inner(high: u16, low: u16) -> IpAddr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)).into()
}
