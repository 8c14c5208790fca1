use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use backend::config::{Config, TlsFiles};
use futures_util::{SinkExt, StreamExt};
use shared::frame::{ClientMessage, Hello, ServerMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message, http};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::client::PATIENCE;
use crate::support::server::{Server, start_server_with};

/// A backend with a certificate of its own making for `localhost`.
struct Secure {
    server: Server,
    root: CertificateDer<'static>,
    folder: PathBuf,
}

impl Secure {
    async fn start(test: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = std::env::temp_dir().join(format!("sockpit-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let tls = TlsFiles { tls_cert: Some(cert), tls_key: Some(key) };
        let mut config = Config { tls, ..Config::default() };
        change(&mut config);
        let server = start_server_with(config).await;
        Self { server, root: made.cert.der().clone(), folder }
    }

    async fn connect(&self) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(self.server.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    async fn open(&self, host: &str, origin: &str) -> Result<SecureSocket, http::StatusCode> {
        let mut request = format!("wss://{host}/ws").into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        match client_async(request, self.connect().await).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(response)) => Err(response.status()),
            Err(other) => panic!("neither opened nor refused: {other}"),
        }
    }
}

type SecureSocket = WebSocketStream<TlsStream<TcpStream>>;

impl Drop for Secure {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

async fn request(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin, head: &str) -> String {
    let head = format!("{head}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn the_page_comes_over_tls_and_asks_to_be_asked_so_for_ever_more() {
    let secure = Secure::start("tls-page", |_| ()).await;
    for (head, status) in [("GET / HTTP/1.1", 200), ("GET /nothing HTTP/1.1", 404)] {
        let response = request(secure.connect().await, &format!("{head}\r\nHost: localhost")).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{response}");
        assert!(response.contains("strict-transport-security: max-age="), "{response}");
    }
}

#[tokio::test]
async fn sessions_are_for_pages_that_came_over_tls() {
    let secure = Secure::start("tls-session", |_| ()).await;
    let host = format!("localhost:{}", secure.server.address.port());
    let mut socket = secure.open(&host, &format!("https://{host}")).await.unwrap();
    let hello = ClientMessage::Hello(Hello::plain()).encode();
    socket.send(Message::Text(hello.into())).await.unwrap();
    let Some(Ok(Message::Text(welcome))) = socket.next().await else { panic!("no welcome") };
    let welcome = ServerMessage::decode(welcome.as_bytes()).unwrap();
    assert!(matches!(welcome, ServerMessage::Welcome(_)), "{welcome:?}");
    for (host, origin) in [
        (host.as_str(), format!("http://{host}")),
        (host.as_str(), "https://evil.example".to_owned()),
        ("evil.example", "https://evil.example".to_owned()),
    ] {
        let refused = secure.open(host, &origin).await.err();
        assert_eq!(refused, Some(http::StatusCode::FORBIDDEN), "{origin}");
    }
}

#[tokio::test]
async fn who_speaks_plain_http_is_led_to_tls() {
    let secure = Secure::start("tls-plain", |_| ()).await;
    let address = secure.server.address;
    let ask = async |host: &str| {
        let stream = TcpStream::connect(address).await.unwrap();
        request(stream, &format!("GET /?room=a HTTP/1.1\r\nHost: {host}")).await
    };
    let host = format!("localhost:{}", address.port());
    let response = ask(&host).await;
    assert!(response.starts_with("HTTP/1.1 307"), "{response}");
    assert!(response.contains(&format!("location: https://{host}/?room=a\r\n")), "{response}");
    assert!(response.contains("x-content-type-options: nosniff"), "{response}");
    assert!(ask("evil.example").await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn a_handshake_that_does_not_come_ends_the_connection() {
    let secure =
        Secure::start("tls-slow", |config| config.limits.waits.handshake_ms_max = 50).await;
    for begun in [&[][..], &[22, 3, 1]] {
        let mut stream = TcpStream::connect(secure.server.address).await.unwrap();
        stream.write_all(begun).await.unwrap();
        let mut rest = Vec::new();
        // The other side may reset what it did not read.
        drop(timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("closed in time"));
        assert!(rest.is_empty());
    }
}

#[tokio::test]
async fn files_that_are_no_certificate_keep_the_backend_from_starting() {
    let file = |name: &str| Some(PathBuf::from(name));
    let tls = TlsFiles { tls_cert: file("/dev/null"), tls_key: file("/dev/null") };
    let config = Config { tls, ..Config::default() };
    let message = config.clone().settle().unwrap_err();
    assert!(message.contains("no certificate in /dev/null"), "{message}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let run = backend::server::run(listener, config, std::future::pending());
    timeout(Duration::from_secs(20), run).await.expect("it does not run").unwrap_err();
}
