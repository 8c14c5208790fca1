//! Which interpreter a program needs: the one without `ssl` and the East Asian encodings, which
//! every visit loads, or the one with them, which is larger.
//!
//! A program cannot be asked before it runs, so its text is. What it says is a guess: one that
//! says too much costs a download, and one that says too little is answered, by `import ssl` or
//! by the encoding, with a sentence that tells what to do.

use std::collections::BTreeSet;

use crate::messages::SourceFile;

/// An interpreter that a program can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// Without `ssl` and the East Asian encodings.
    #[default]
    Plain,
    /// With them.
    Tls,
}

impl Edition {
    pub const ALL: [Edition; 2] = [Edition::Plain, Edition::Tls];

    /// Returns what a program needs, by its text and that of the session's modules that it
    /// imports.
    pub fn for_program(name: &str, files: &[SourceFile]) -> Edition {
        let mut seen = BTreeSet::from([name.to_owned()]);
        let mut next = vec![name.to_owned()];
        while let Some(name) = next.pop() {
            let Some(file) = files.iter().find(|file| file.name == name) else { continue };
            let words = Words::of(&file.text);
            if words.ask_for_more() {
                return Edition::Tls;
            }
            let modules = words.names.iter().map(|module| format!("{module}.py"));
            next.extend(modules.filter(|module| seen.insert(module.clone())));
        }
        Edition::Plain
    }

    /// Returns what a line at the prompt needs.
    pub fn for_text(text: &str) -> Edition {
        if Words::of(text).ask_for_more() { Edition::Tls } else { Edition::Plain }
    }
}

/// Modules that open URLs, and what they open them with.
const OPENS_URLS: [&str; 6] = ["urllib", "urlopen", "http", "xmlrpc", "ServerProxy", "Request"];

/// What opens a URL that only a run can tell.
const OPENS_ANY_URL: [&str; 4] = ["urlopen", "urlretrieve", "build_opener", "ServerProxy"];

/// Hosts of this machine, where nothing leads on to `https:`.
const LOCAL_HOSTS: [&str; 4] = ["localhost", "127.", "[::1]", "0.0.0.0"];

/// Methods that turn a plain connection into one with TLS.
const UPGRADES: [&str; 4] = ["starttls", "start_tls", "stls", "auth_tls"];

/// What a program says, without its comments.
#[derive(Debug, Default)]
struct Words<'a> {
    /// Names and keywords.
    names: BTreeSet<&'a str>,
    /// String literals without their quotes.
    strings: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Words<'a> {
        let mut words = Words::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '#' => rest.find('\n').map_or("", |end| &rest[end..]),
                '"' | '\'' => {
                    let (string, after) = split_string(rest, first);
                    words.strings.push(string);
                    after
                }
                _ if first == '_' || first.is_alphanumeric() => {
                    let is_part = |c: char| c == '_' || c.is_alphanumeric();
                    let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                    words.names.insert(&rest[..end]);
                    &rest[end..]
                }
                _ => &rest[first.len_utf8()..],
            };
        }
        words
    }

    fn ask_for_more(&self) -> bool {
        self.ask_for_tls() || self.strings.iter().any(|string| names_encoding(string))
    }

    fn ask_for_tls(&self) -> bool {
        self.names.iter().any(|name| names_tls(name))
            || self.strings.contains(&"ssl")
            || (self.names.iter().any(|name| OPENS_URLS.contains(name))
                && self.strings.iter().any(|string| string.contains("https:")))
            || (self.names.iter().any(|name| OPENS_ANY_URL.contains(name))
                && self.may_come_to_https())
    }

    /// Returns whether a URL may turn out to be one with TLS: because the program does not say
    /// which URL it is, or because most servers of the world lead on from `http:` to `https:`.
    fn may_come_to_https(&self) -> bool {
        let mut urls = self.strings.iter().filter_map(|string| string.split_once("http://"));
        let leads_on = |(_, rest): (&str, &str)| {
            let is_known = rest.starts_with(|c: char| c != '{' && c != '%');
            is_known && !LOCAL_HOSTS.iter().any(|host| rest.starts_with(host))
        };
        urls.next().is_none_or(|first| leads_on(first) || urls.any(leads_on))
    }
}

/// Returns whether a name is one of TLS: `ssl`, `HTTPSConnection`, `SMTP_SSL`, `FTP_TLS`.
fn names_tls(name: &str) -> bool {
    matches!(name, "ssl" | "_ssl")
        || name.starts_with("HTTPS")
        || name.ends_with("_SSL")
        || name.ends_with("_TLS")
        || UPGRADES.contains(&name)
}

/// What the East Asian encodings are called, in whichever way their words are joined.
const ENCODINGS: [&str; 24] = [
    "gb2312",
    "gbk",
    "gb18030",
    "hzgb",
    "big5",
    "euccn",
    "eucjis",
    "eucjp",
    "euckr",
    "euctw",
    "shiftjis",
    "shiftjisx",
    "sjis",
    "ujis",
    "iso2022",
    "johab",
    "ksc5601",
    "ksx1001",
    "mskanji",
    "cp932",
    "cp936",
    "cp949",
    "cp950",
    "ms949",
];
/// Those that are too short to be looked for within other words.
const SHORT_ENCODINGS: [&str; 2] = ["hz", "uhc"];

/// Bytes of a string in which an encoding is looked for: in more, such as a key as text,
/// the letters of one may stand by chance.
const NAMING_BYTES_MAX: usize = 200;

/// Returns whether a string names an East Asian encoding: `"gb18030"`, `"text/html;
/// charset=Shift-JIS"`.
fn names_encoding(string: &str) -> bool {
    if string.len() > NAMING_BYTES_MAX {
        return false;
    }
    let letters = string.chars().filter(char::is_ascii_alphanumeric);
    let joined: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    SHORT_ENCODINGS.contains(&joined.as_str())
        || ENCODINGS.iter().any(|encoding| joined.contains(encoding))
}

/// Splits a string literal, which begins with `quote`, from what follows it.
fn split_string(text: &str, quote: char) -> (&str, &str) {
    let three = [quote; 3].iter().collect::<String>();
    let quotes = if text.starts_with(&three) { three } else { quote.to_string() };
    let inner = &text[quotes.len()..];
    let mut end = 0;
    while end < inner.len() {
        let rest = &inner[end..];
        // A literal in one pair of quotes ends with its line, closed or not.
        if rest.starts_with(&quotes) || (quotes.len() == 1 && rest.starts_with('\n')) {
            return (&inner[..end], rest.strip_prefix(&quotes).unwrap_or(rest));
        }
        let escaped = rest.starts_with('\\');
        end += rest.chars().take(1 + usize::from(escaped)).map(char::len_utf8).sum::<usize>();
    }
    (inner, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Edition) {
        assert_eq!(Edition::for_text(text), expected, "{text}");
    }

    #[test]
    fn a_program_that_names_tls_gets_it() {
        for text in [
            "import ssl",
            "import socket, ssl",
            "from ssl import create_default_context",
            "s = __import__('ssl')",
            "c = http.client.HTTPSConnection('example.org')",
            "smtplib.SMTP_SSL(host)",
            "imaplib.IMAP4_SSL(host)",
            "poplib.POP3_SSL(host)",
            "ftplib.FTP_TLS(host)",
            "server.starttls()",
            "await asyncio.open_connection(host, 443, ssl=True)",
            "await writer.start_tls(context)",
            "import urllib.request\nurllib.request.urlopen('https://example.org/')",
            "from urllib.request import urlopen\nurlopen(f\"https://{host}/\")",
            "import urllib.request\nurllib.request.urlopen(input('URL: '))",
            "import sys, urllib.request\nurllib.request.urlretrieve(sys.argv[1], 'a')",
            "import urllib.request\nurllib.request.urlopen('http://example.org/')",
            "xmlrpc.client.ServerProxy(url)",
            "# it's about TLS\nimport ssl",
            "x = 'it\\'s' # '\nimport ssl",
            "x = \"\"\"a ' b\n\"\"\"; import ssl",
        ] {
            check(text, Edition::Tls);
        }
    }

    #[test]
    fn a_program_that_names_an_east_asian_encoding_gets_it() {
        for text in [
            "data.decode('gbk')",
            "open('x', encoding=\"Shift_JIS\")",
            "ENCODING = 'euc-jp'",
            "header = b'Content-Type: text/html; charset=Big5'",
            "'ISO-2022-JP'",
            "codecs.lookup('hz')",
        ] {
            check(text, Edition::Tls);
        }
        for text in ["gbk = 1", "# gbk", "'utf-8'", "'latin-1'", "'50 hz'", "'cp1252'"] {
            check(text, Edition::Plain);
        }
    }

    #[test]
    fn a_program_that_only_talks_about_it_does_not() {
        for text in [
            "",
            "import socket",
            "# import ssl",
            "print('without ssl and https: plain')",
            "x = 1 # see https://docs.python.org\nimport urllib.request",
            "'''See https://docs.python.org.'''\nimport socket",
            "import http.server",
            "urllib.request.urlopen('http://127.0.0.1:8000/')",
            "urllib.request.urlopen(f'http://{host}:{port}/')",
            "urllib.request.urlopen('http://%s:%d/' % address)",
            "xmlrpc.client.ServerProxy('http://localhost:8000')",
            "from urllib.parse import urlsplit\nurlsplit(input())",
            "messl = 1; ssl_ = 2; classless = 3",
            "unterminated = 'import ssl",
            "unterminated = '''\nimport ssl",
            "é = 'ß\\",
        ] {
            check(text, Edition::Plain);
        }
    }

    #[test]
    fn what_a_program_imports_counts_and_what_stands_beside_it_does_not() {
        let file = |name: &str, text: &str| SourceFile { name: name.into(), text: text.into() };
        let files = [
            file("server.py", "import helper"),
            file("helper.py", "from wrapping import wrap\nimport server"),
            file("wrapping.py", "import ssl"),
            file("client.py", "import socket"),
        ];
        assert_eq!(Edition::for_program("server.py", &files), Edition::Tls);
        assert_eq!(Edition::for_program("client.py", &files), Edition::Plain);
        assert_eq!(Edition::for_program("absent.py", &files), Edition::Plain);
    }
}
