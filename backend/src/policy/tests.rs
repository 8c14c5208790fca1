//! Every trick and its answer, and properties that hold for all addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use proptest::prelude::*;
use shared::errno::{Errno, Failure};

use super::canonical::{Forms, Host, canonical_name, inet_aton};
use super::rule::Verdict;
use super::{NameMemory, Policy, Preset, Question, Sources, Target, Use, print};

fn preset(preset: Preset) -> Policy {
    Policy::new(&Sources { preset: Some(preset), ..Sources::default() }).unwrap()
}

fn file(text: &str) -> Result<Policy, String> {
    Policy::new(&Sources { file: Some(("policy.toml", text)), ..Sources::default() })
}

fn flags(allow: &[&str], deny: &[&str], preset: Preset) -> Policy {
    let own = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>();
    let (allow, deny) = (own(allow), own(deny));
    Policy::new(&Sources { preset: Some(preset), allow: &allow, deny: &deny, ..Sources::default() })
        .unwrap()
}

fn allows(policy: &Policy, usage: Use, ip: IpAddr, port: u16, names: &[&str]) -> bool {
    let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
    check(policy, usage, Target::Ip(SocketAddr::new(ip, port), &names)).is_ok()
}

/// What a peer's address stands for, and who may reach it: a letter for each preset that lets
/// programs, out of (l)oopback, (i)solated, i(n)ternet and (o)pen. In the isolating presets,
/// "127.0.0.1" is the session's own.
const TRICKS: &[(&str, &str, &str)] = &[
    ("127.0.0.1", "loopback", "lino"),
    ("127.1", "shorthand", "lino"),
    ("127.0.1", "shorthand", "lino"),
    ("0x7f.1", "hexadecimal", "lino"),
    ("0x7f000001", "hexadecimal, one number", "lino"),
    ("2130706433", "decimal, one number", "lino"),
    ("0177.0.0.1", "octal", "lino"),
    ("017700000001", "octal, one number", "lino"),
    ("0", "zero: the host itself", "lino"),
    ("0.0.0.0", "no address: the host itself", "lino"),
    ("0.1.2.3", "this network", "o"),
    ("::", "no address: the host itself", "lino"),
    ("::1", "loopback", "lino"),
    ("[::1]", "loopback in brackets", "lino"),
    ("::1%lo", "loopback with a zone", "lino"),
    ("0:0:0:0:0:0:0:1", "loopback written out", "lino"),
    ("::ffff:127.0.0.1", "v4-mapped", "lino"),
    ("::ffff:7f00:1", "v4-mapped, in hexadecimal", "lino"),
    ("::ffff:0.0.0.0", "v4-mapped zero", "lino"),
    ("::127.0.0.1", "v4-compatible", "lino"),
    ("::ffff:0:127.0.0.1", "SIIT", "lino"),
    ("64:ff9b::127.0.0.1", "NAT64", "lino"),
    ("１２７.０.０.１", "full-width digits", "lino"),
    ("127。0。0。1", "ideographic full stops", "lino"),
    ("127.0.0.1.", "a dot at the end", "lino"),
    ("2002:7f00:1::", "6to4 of loopback", "o"),
    ("2001:0:7f00:1::", "Teredo, server on loopback", "o"),
    ("2001:0:808:808:0:0:80ff:fffe", "Teredo, client on loopback", "o"),
    ("64:ff9b:1::7f00:1", "local NAT64 of loopback", "o"),
    ("10.0.0.1", "private", "o"),
    ("172.31.255.255", "private", "o"),
    ("192.168.0.1", "private", "o"),
    ("100.64.0.1", "carrier's NAT", "o"),
    ("192.0.0.8", "IETF protocols", "o"),
    ("198.18.0.1", "benchmarks", "o"),
    ("203.0.113.7", "documentation", "o"),
    ("224.0.0.1", "multicast", "o"),
    ("255.255.255.255", "broadcast", "o"),
    ("fd00::1", "unique local", "o"),
    ("fec0::1", "site local", "o"),
    ("ff02::1", "multicast", "o"),
    ("100::1", "discard", "o"),
    ("2001:db8::1", "documentation", "o"),
    ("::ffff:10.0.0.1", "v4-mapped private", "o"),
    ("64:ff9b::10.0.0.1", "NAT64 of private", "o"),
    ("2002:a00:1::", "6to4 of private", "o"),
    ("169.254.169.254", "metadata", ""),
    ("169.254.43518", "metadata, shorthand", ""),
    ("0xa9fea9fe", "metadata, hexadecimal", ""),
    ("2852039166", "metadata, decimal", ""),
    ("0251.0376.0251.0376", "metadata, octal", ""),
    ("::ffff:169.254.169.254", "metadata, v4-mapped", ""),
    ("::169.254.169.254", "metadata, v4-compatible", ""),
    ("64:ff9b::169.254.169.254", "metadata, NAT64", ""),
    ("64:ff9b:1::169.254.169.254", "metadata, local NAT64", ""),
    ("64:ff9b:1:a9fe:a9:fe00::", "metadata, local NAT64 as of RFC 6052", ""),
    ("2002:a9fe:a9fe::1", "metadata, 6to4", ""),
    ("2001:0:a9fe:a9fe::", "metadata, Teredo server", ""),
    ("2001:0:808:808:0:0:5601:5601", "metadata, Teredo client", ""),
    ("2001:4860::5efe:169.254.169.254", "metadata, ISATAP", ""),
    ("fe80::1", "link-local", ""),
    ("fe80::1%eth0", "link-local with a zone", ""),
    ("fd00:ec2::254", "metadata of a cloud over IPv6", ""),
    ("100.100.100.200", "metadata of a cloud", ""),
    ("168.63.129.16", "metadata of a cloud", ""),
    ("93.184.216.34", "public", "no"),
    ("2606:2800:220:1::", "public", "no"),
    ("::ffff:93.184.216.34", "v4-mapped public", "no"),
    ("64:ff9b::93.184.216.34", "NAT64 of public", "no"),
];

fn check(policy: &Policy, usage: Use, target: Target<'_>) -> Result<(), Failure> {
    policy.judge(usage, target).allow(usage, target)
}

#[test]
fn every_trick_has_its_answer() {
    let presets = [
        ('l', preset(Preset::Loopback)),
        ('i', preset(Preset::Isolated)),
        ('n', preset(Preset::Internet)),
        ('o', preset(Preset::Open)),
    ];
    let peers = [Use::TcpConnect, Use::TcpAccept, Use::UdpSend, Use::UdpReceive];
    for (text, meaning, who) in TRICKS {
        let Host::Ip(ip) = Host::parse(text).unwrap() else { panic!("{text} is a name") };
        for (letter, policy) in &presets {
            for usage in peers {
                let allowed = allows(policy, usage, ip, 80, &[]);
                assert_eq!(allowed, who.contains(*letter), "{usage} {text} ({meaning}) {letter}");
            }
        }
    }
}

#[test]
fn security_documents_every_trick() {
    let text = include_str!("../../../SECURITY.md");
    for (trick, meaning, who) in TRICKS {
        let answer = |letter| if who.contains(letter) { "yes" } else { "no" };
        let row = format!(
            "| `{trick}` | {meaning} | {} | {} | {} | {} |",
            answer('l'),
            answer('i'),
            answer('n'),
            answer('o')
        );
        assert!(text.contains(&row), "SECURITY.md lacks the row\n{row}");
    }
}

#[test]
fn this_machine_is_not_the_internet() {
    let own = ["93.184.216.34".parse().unwrap()];
    let sources = Sources { preset: Some(Preset::Internet), own: &own, ..Sources::default() };
    let policy = Policy::new(&sources).unwrap();
    assert!(!allows(&policy, Use::TcpConnect, own[0], 22, &[]));
    assert!(!allows(&policy, Use::UdpSend, "::ffff:93.184.216.34".parse().unwrap(), 22, &[]));
}

#[test]
fn binds_are_for_the_loopback_and_for_no_address() {
    for (which, private) in [
        (Preset::Loopback, false),
        (Preset::Isolated, false),
        (Preset::Internet, false),
        (Preset::Open, true),
    ] {
        let policy = preset(which);
        for usage in [Use::TcpBind, Use::UdpBind] {
            for ip in ["0.0.0.0", "::", "127.0.0.1", "::1"] {
                assert!(allows(&policy, usage, ip.parse().unwrap(), 9000, &[]), "{which:?} {ip}");
            }
            let ip = "192.168.1.2".parse().unwrap();
            assert_eq!(allows(&policy, usage, ip, 9000, &[]), private, "{which:?}");
        }
    }
}

#[test]
fn it_is_known_whether_strangers_may_come() {
    assert!(preset(Preset::Open).admits_strangers());
    assert!(!preset(Preset::Loopback).admits_strangers());
    for rule in ["tcp-accept 10.0.0.0/8", "udp-receive", "* 126.0.0.0/7", "tcp-accept ::/0"] {
        assert!(flags(&[rule], &[], Preset::Loopback).admits_strangers(), "{rule}");
    }
    for rule in ["tcp-accept 127.0.0.0/8", "* ::1", "tcp-connect,tcp-bind,udp-send *"] {
        assert!(!flags(&[rule], &[], Preset::Loopback).admits_strangers(), "{rule}");
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let policy = file(
        r#"
        preset = "isolated"
        [[rule]]
        deny = "tcp-connect"
        address = "10.1.2.3"
        reason = "the printer"
        [[rule]]
        allow = ["tcp-connect", "udp-send"]
        address = ["10.1.0.0/16", "fd00::/8"]
        port = "80,8000-8999"
        "#,
    )
    .unwrap();
    let allowed = |ip: &str, port| allows(&policy, Use::TcpConnect, ip.parse().unwrap(), port, &[]);
    assert!(allowed("10.1.0.1", 80) && allowed("10.1.0.1", 8999) && allowed("fd00::1", 8000));
    assert!(!allowed("10.1.0.1", 81) && !allowed("10.2.0.1", 80) && !allowed("10.1.2.3", 80));
    assert!(!allows(&policy, Use::TcpBind, "10.1.0.1".parse().unwrap(), 80, &[]));
    let target = Target::Ip("10.1.2.3:80".parse().unwrap(), &[]);
    let failure = check(&policy, Use::TcpConnect, target).unwrap_err();
    assert_eq!(failure.errno, Errno::EACCES);
    assert!(failure.message.contains("the printer"), "{failure}");
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    for (text, line, word) in [
        ("preset = \"none\"", "line 1", "none"),
        ("\n\nport = 80", "line 3", "port"),
        ("[[rule]]\nallow = \"*\"\nhots = \"x\"", "line 3", "hots"),
        ("[[rule]]\nallow = \"*\"\n[[rule]]\nallow = \"fly\"", "policy.toml:3", "fly"),
        ("[[rule]]\naddress = \"10.0.0.0/8\"", "policy.toml:1", "allow or deny"),
        ("[[rule]]\nallow = \"*\"\naddress = \"10.0.0.1/8\"", "policy.toml:1", "10.0.0.0/8"),
        ("[[rule]]\nallow = \"*\"\nport = \"9-1\"", "policy.toml:1", "9-1"),
        ("[[rule]]\nallow = \"*\"\nport = 70000", "policy.toml:1", "70000"),
        ("[[rule]]\nallow = \"*\"\nhost = \"a.*.b\"", "policy.toml:1", "a.*.b"),
        ("[[rule]]\nallow = true", "line 2", "string"),
    ] {
        let error = file(text).unwrap_err();
        assert!(error.contains(line) && error.contains(word), "{text:?}: {error}");
    }
}

#[test]
fn flags_are_stronger_than_the_preset_and_refusals_than_permissions() {
    let policy = flags(
        &["tcp-connect 10.0.0.0/8:80", "tcp-connect [fd00::/8]:443", "udp-send 192.168.1.1"],
        &["* 10.6.6.6"],
        Preset::Loopback,
    );
    let allowed = |usage, ip: &str, port| allows(&policy, usage, ip.parse().unwrap(), port, &[]);
    assert!(allowed(Use::TcpConnect, "10.0.0.1", 80));
    assert!(allowed(Use::TcpConnect, "fd00::1", 443) && !allowed(Use::TcpConnect, "fd00::1", 80));
    assert!(allowed(Use::UdpSend, "192.168.1.1", 1) && !allowed(Use::UdpSend, "192.168.1.2", 1));
    assert!(!allowed(Use::TcpConnect, "10.6.6.6", 80));
    let wrong = ["fly *".to_owned()];
    assert!(Policy::new(&Sources { allow: &wrong, ..Sources::default() }).is_err());
}

#[test]
fn a_name_that_is_allowed_allows_public_addresses_and_no_others() {
    let policy = flags(
        &["tcp-connect *.example.org:80", "resolve *.example.org"],
        &["tcp-connect bad.example.org"],
        Preset::Isolated,
    );
    let connect =
        |ip: &str, names: &[&str]| allows(&policy, Use::TcpConnect, ip.parse().unwrap(), 80, names);
    assert!(connect("93.184.216.34", &["www.example.org"]));
    assert!(!connect("93.184.216.34", &[]) && !connect("93.184.216.34", &["example.org"]));
    assert!(!connect("93.184.216.34", &["notexample.org"]));
    assert!(!connect("93.184.216.34", &["www.example.org", "bad.example.org"]));
    // Names that their owner points inside.
    for ip in ["10.0.0.1", "169.254.169.254", "2002:a00:1::", "64:ff9b::10.0.0.1"] {
        assert!(!connect(ip, &["www.example.org"]), "{ip}");
    }
    assert!(check(&policy, Use::Resolve, Target::Name("a.b.example.org")).is_ok());
    assert!(check(&policy, Use::Resolve, Target::Name("example.com")).is_err());
    assert!(check(&policy, Use::Resolve, Target::Name("localhost")).is_ok());
    let inside = file(
        "preset = \"isolated\"\n[[rule]]\nallow = \"*\"\nhost = \"wiki.corp\"\naddress = \"10.0.0.0/8\"",
    )
    .unwrap();
    let wiki = |ip: &str, name| allows(&inside, Use::TcpConnect, ip.parse().unwrap(), 80, &[name]);
    assert!(wiki("10.0.0.1", "wiki.corp") && !wiki("10.0.0.1", "other.corp"));
    assert!(!wiki("192.168.0.1", "wiki.corp"));
}

#[test]
fn who_is_allowed_a_port_of_a_name_may_look_it_up() {
    let policy = flags(
        &["resolve,tcp-connect www.example.org:80"],
        &["* mail.example.org:25", "* 93.184.216.35:25"],
        Preset::Isolated,
    );
    let (www, public) = ("www.example.org", "93.184.216.34".parse().unwrap());
    assert!(check(&policy, Use::Resolve, Target::Name(www)).is_ok());
    assert!(allows(&policy, Use::Resolve, public, 0, &[www]));
    assert!(allows(&policy, Use::TcpConnect, public, 80, &[www]));
    assert!(!allows(&policy, Use::TcpConnect, public, 81, &[www]));
    // An address inside stays out of reach, and out of the answer.
    assert!(!allows(&policy, Use::Resolve, "10.0.0.1".parse().unwrap(), 0, &[www]));
    // A refusal of a name stays one whatever its ports; that of an address is about its ports.
    assert!(check(&policy, Use::Resolve, Target::Name("mail.example.org")).is_err());
    let other = "93.184.216.35".parse().unwrap();
    assert!(allows(&policy, Use::Resolve, other, 0, &[www]));
    assert!(allows(&policy, Use::TcpConnect, other, 80, &[www]));
    assert!(!allows(&policy, Use::TcpConnect, other, 25, &[www]));
}

#[test]
fn names_are_brought_to_one_form() {
    for (text, canonical) in [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("ex\u{ad}ample.org", "example.org"),
        ("ＥＸＡＭＰＬＥ．org", "example.org"),
        ("under_score.example", "under_score.example"),
    ] {
        assert_eq!(canonical_name(text).as_deref(), Some(canonical), "{text}");
    }
    for text in ["", ".", "a b", "a\0b"] {
        assert_eq!(canonical_name(text), None, "{text:?}");
    }
}

#[test]
fn a_session_remembers_which_name_gave_an_address_and_forgets_the_oldest() {
    let memory = NameMemory::default();
    let ip = |n: u32| IpAddr::from(Ipv4Addr::from(n));
    memory.learn("first.example", [ip(0)].into_iter());
    memory.learn("second.example", [ip(0), ip(1)].into_iter());
    assert_eq!(memory.of(ip(0)), [Arc::from("first.example"), Arc::from("second.example")]);
    let many = crate::limits::NAMED_ADDRESSES_MAX as u32;
    memory.learn("many.example", (2..=many).map(ip));
    assert!(memory.of(ip(0)).is_empty());
    assert_eq!(memory.of(ip(1)), [Arc::from("second.example")]);
    for n in 0..100 {
        memory.learn(&format!("{n}.example"), [ip(1)].into_iter());
    }
    assert_eq!(memory.of(ip(1)).len(), crate::limits::NAMES_PER_ADDRESS_MAX);
}

#[test]
fn questions_are_answered_with_the_rule() {
    let policy = flags(&["tcp-connect 10.0.0.0/8:80"], &[], Preset::Isolated);
    let ask = |text: &str| Question::parse(text).unwrap().answer(&policy);
    let (yes, text) = ask("tcp-connect 10.1:80");
    assert!(
        yes && text.contains("allowed by rule 1, allow tcp-connect 10.0.0.0/8:80 [--allow]"),
        "{text}"
    );
    let (yes, text) = ask("tcp-connect [::ffff:169.254.169.254]:80");
    assert!(!yes && text.contains("metadata") && text.contains("preset isolated"), "{text}");
    let (yes, text) = ask("tcp-connect example.org:80");
    assert!(!yes && text.starts_with("resolve example.org: refused by rule"), "{text}");
    assert!(ask("unix").0 && !ask("raw").0 && ask("udp-bind 0.0.0.0:9000").0);
    for wrong in ["fly 10.0.0.1", "tcp-connect", "tcp-connect a b", "tcp-connect 10.0.0.1:x"] {
        assert!(Question::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_rules_that_are_printed_can_be_given_back() {
    let policy =
        flags(&["tcp-connect,udp-send *.example.org:80,443"], &["* [fd00::/8]"], Preset::Internet);
    let text = print(&policy);
    assert!(text.contains("  1  deny * [fd00::/8]    # --deny\n"), "{text}");
    assert!(text.contains("  2  allow tcp-connect,udp-send *.example.org:80,443    # --allow\n"));
    assert!(text.contains("# preset internet"));
    assert!(text.ends_with("deny * *    # what no rule matches\n"));
}

/// An IPv6 address that carries `v4`, in one of the ways there are, and whether the inner one
/// alone counts.
fn carriers(v4: Ipv4Addr) -> Vec<(Ipv6Addr, bool)> {
    let bits = u128::from(u32::from(v4));
    let low = |prefix: u128| (Ipv6Addr::from(prefix | bits), true);
    let mut list = vec![
        low(0xffff << 32),
        low(0xffff << 48),
        low(0x0064_ff9b << 96),
        (Ipv6Addr::from((0x2002 << 112) | (bits << 80)), false),
        (Ipv6Addr::from((0x2001_u128 << 112) | (bits << 64)), false),
        (Ipv6Addr::from((0x2001_u128 << 112) | (!bits & 0xffff_ffff)), false),
        (Ipv6Addr::from((0x0064_ff9b_0001_u128 << 80) | bits), false),
        (Ipv6Addr::from((0x2a00_u128 << 112) | (0x5efe << 32) | bits), false),
    ];
    if bits > 1 {
        list.push(low(0));
    }
    list
}

proptest! {
    #[test]
    fn no_wrapping_hides_an_address(bits: u32, port: u16, which in 0..4_usize) {
        let v4 = Ipv4Addr::from(bits);
        let policy = preset([Preset::Loopback, Preset::Isolated, Preset::Internet, Preset::Open][which]);
        for usage in [Use::TcpConnect, Use::UdpSend, Use::UdpReceive, Use::TcpBind, Use::Resolve] {
            let plain = allows(&policy, usage, v4.into(), port, &[]);
            for (v6, alone) in carriers(v4) {
                let wrapped = allows(&policy, usage, v6.into(), port, &[]);
                prop_assert!(plain || !wrapped, "{usage} {v6} slips past {v4}");
                prop_assert!(!alone || plain == wrapped, "{usage} {v6} is not {v4}");
            }
        }
    }

    #[test]
    fn metadata_is_denied_in_every_wrapping(low: u16, port: u16) {
        let v4 = Ipv4Addr::from(0xa9fe_0000 | u32::from(low));
        for which in [Preset::Loopback, Preset::Isolated, Preset::Internet, Preset::Open] {
            let policy = preset(which);
            for (v6, _) in carriers(v4) {
                prop_assert!(!allows(&policy, Use::TcpConnect, v6.into(), port, &[]), "{v6}");
            }
        }
    }

    #[test]
    fn a_refusal_holds_for_its_whole_network_and_nothing_else(bits: u32, len in 0..=32_u8, other: u32) {
        let network = ipnet::Ipv4Net::new(Ipv4Addr::from(bits), len).unwrap().trunc();
        let policy = flags(&["* *"], &[&format!("* {network}")], Preset::Isolated);
        let inside = Ipv4Addr::from(u32::from(network.network()) | (other & u32::from(network.hostmask())));
        prop_assert!(!allows(&policy, Use::TcpBind, inside.into(), 1, &[]));
        let elsewhere = Ipv4Addr::from(other);
        prop_assert_eq!(allows(&policy, Use::TcpBind, elsewhere.into(), 1, &[]), !network.contains(&elsewhere));
    }

    #[test]
    fn every_address_stands_for_something(bits: u128) {
        let forms = Forms::of(Ipv6Addr::from(bits).into());
        prop_assert!(!forms.as_slice().is_empty());
    }

    #[test]
    fn numbers_are_read_as_the_host_reads_them(text in "(0x[0-9a-fA-F]{0,9}|0[0-9]{0,12}|[0-9]{1,10})(\\.(0x[0-9a-f]{0,3}|0[0-9]{0,3}|[0-9]{1,3})){0,4}") {
        let hints = dns_lookup::AddrInfoHints {
            flags: libc::AI_NUMERICHOST,
            address: libc::AF_INET,
            socktype: libc::SOCK_DGRAM,
            protocol: 0,
        };
        let host = dns_lookup::getaddrinfo(Some(&text), None, Some(hints))
            .ok()
            .and_then(|mut found| found.next())
            .and_then(Result::ok)
            .map(|entry| entry.sockaddr.ip());
        prop_assert_eq!(inet_aton(&text).map(IpAddr::from), host, "{}", text);
    }

    #[test]
    fn reading_rules_and_questions_never_panics(text in ".{0,40}") {
        let _ = Host::parse(&text);
        let _ = Question::parse(&text);
        let rule = [text];
        let _ = Policy::new(&Sources { allow: &rule, ..Sources::default() });
    }
}

#[test]
fn a_judgement_names_its_rule() {
    let policy = preset(Preset::Open);
    let judgement = policy.judge(Use::TcpConnect, Target::Ip("1.1.1.1:1".parse().unwrap(), &[]));
    assert_eq!(judgement.verdict, Verdict::Allow);
    assert_eq!(judgement.rule.map(|(index, _)| index), Some(1));
}

/// Calls that name an address, or have a peer that comes by itself: each has tests that it asks.
const ASKING: &[&str] = &[
    "socket",
    "socketpair",
    "bind",
    "listen",
    "accept",
    "connect",
    "sendto",
    "sendmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "setsockopt",
    "getaddrinfo",
    "getnameinfo",
];

/// Calls that neither name an address nor hear of a peer that was not judged before.
const NOT_ASKING: &[&str] = &[
    "dup",
    "send",
    "sendall",
    "shutdown",
    "close",
    "getsockname",
    "getpeername",
    "getsockopt",
    "poll",
    "epoll_create",
    "epoll_ctl",
    "epoll_wait",
    "unlink",
    "if_nameindex",
    "if_nametoindex",
    "if_indextoname",
    "gethostname",
    "getserv",
    "getprotobyname",
];

#[test]
fn every_call_is_known_to_ask_or_not_to_need_to() {
    let mut known: Vec<_> = ASKING.iter().chain(NOT_ASKING).collect();
    let mut all: Vec<_> = shared::call::Call::OPS.iter().collect();
    known.sort_unstable();
    all.sort_unstable();
    assert_eq!(known, all, "a new call: say here what it asks the policy, and in docs/policy.md");
    let guide = include_str!("../../../docs/policy.md");
    for op in ASKING.iter().filter(|op| **op != "setsockopt") {
        assert!(guide.contains(&format!("`{op}`")), "docs/policy.md lacks {op}");
    }
}
