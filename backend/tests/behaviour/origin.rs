use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, http};

use crate::support::server::{Server, start_server};

async fn open(server: &Server, host: &str, origin: Option<&str>) -> Result<(), http::StatusCode> {
    let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
    request.headers_mut().insert("host", host.parse().unwrap());
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Ok(_) => Ok(()),
        Err(Error::Http(response)) => Err(response.status()),
        Err(other) => panic!("neither opened nor refused: {other}"),
    }
}

#[tokio::test]
async fn our_own_page_and_programs_that_are_no_browsers_may_open_sessions() {
    let server = start_server().await;
    let port = server.address.port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        open(&server, &host, None).await.unwrap();
        open(&server, &host, Some(&format!("http://{host}"))).await.unwrap();
    }
}

#[tokio::test]
async fn other_sites_and_rebound_names_may_not() {
    let server = start_server().await;
    let ours = format!("localhost:{}", server.address.port());
    for (host, origin) in [
        (ours.as_str(), Some("http://evil.example")),
        (ours.as_str(), Some("null")),
        ("evil.example", None),
        ("evil.example", Some("http://evil.example")),
    ] {
        assert_eq!(open(&server, host, origin).await, Err(http::StatusCode::FORBIDDEN), "{host}");
    }
}
