use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::server::{Server, start_server};

async fn request(server: &Server, head: &str) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn every_response_isolates_the_page() {
    let server = start_server().await;
    for (head, status) in [
        ("GET / HTTP/1.1", 200),
        ("GET / HTTP/1.1\r\nIf-None-Match: *", 304),
        ("GET /healthz HTTP/1.1", 200),
        ("GET /nothing HTTP/1.1", 404),
        ("POST / HTTP/1.1", 405),
        ("GET /ws HTTP/1.1\r\nOrigin: http://evil.example", 403),
        ("GET /ws HTTP/1.1", 400),
    ] {
        let response = request(&server, head).await.to_ascii_lowercase();
        assert!(response.starts_with(&format!("http/1.1 {status}")), "{head}: {response}");
        assert!(!response.contains("strict-transport-security"), "it is not over TLS");
        for header in [
            "cross-origin-opener-policy: same-origin",
            "cross-origin-embedder-policy: require-corp",
            "document-isolation-policy: isolate-and-require-corp",
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "permissions-policy: ",
            "cross-origin-resource-policy: ",
        ] {
            assert!(response.contains(header), "{head}: {header}");
        }
    }
}

#[tokio::test]
async fn what_is_no_http_is_answered_with_nothing() {
    let server = start_server().await;
    let long = format!("GET / HTTP/1.1\r\nX-Long: {}", "a".repeat(40_000));
    for head in ["nonsense", "GET / HTTP/9", long.as_str()] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // It may answer, and close, before it has read all of this.
        drop(stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await);
        let mut response = Vec::new();
        drop(stream.read_to_end(&mut response).await);
        let response = String::from_utf8_lossy(&response);
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{response}");
        assert!(response.is_empty() || response.ends_with("\r\n\r\n"), "{response}");
    }
}

#[tokio::test]
async fn the_page_is_served_to_whoever_reads_what() {
    let server = start_server().await;
    let plain = request(&server, "GET / HTTP/1.1").await;
    assert!(plain.starts_with("HTTP/1.1 200"), "{plain}");
    assert!(plain.contains("<!doctype html") || plain.contains("<!DOCTYPE html"), "{plain}");
    assert!(plain.contains("cross-origin-resource-policy: cross-origin"));
    let etag = plain.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let again = request(&server, &format!("GET / HTTP/1.1\r\nIf-None-Match: {etag}")).await;
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    let head = request(&server, "HEAD / HTTP/1.1").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
}

#[tokio::test]
async fn what_is_not_there_and_not_allowed_is_said() {
    let server = start_server().await;
    assert!(request(&server, "GET /../etc/passwd HTTP/1.1").await.starts_with("HTTP/1.1 404"));
    assert!(request(&server, "DELETE / HTTP/1.1").await.starts_with("HTTP/1.1 405"));
    assert!(request(&server, "GET /ws HTTP/1.1").await.starts_with("HTTP/1.1 4"));
}
