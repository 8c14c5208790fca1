//! A backend of the test's own, on a free port.

use std::net::{Ipv4Addr, SocketAddr};

use backend::config::Config;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

pub(crate) async fn start_server() -> Server {
    start_server_with(Config::default()).await
}

pub(crate) async fn start_server_with(config: Config) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        // A test that drops its server stops it too.
        drop(stopped.await);
    };
    let task = tokio::spawn(backend::server::run(listener, config, shutdown));
    Server { address, stop, task }
}

impl Server {
    /// Returns one that runs elsewhere, for clients to find.
    pub(crate) fn elsewhere(address: SocketAddr) -> Self {
        let (stop, _) = oneshot::channel();
        Self { address, stop, task: tokio::spawn(async { Ok(()) }) }
    }

    /// Asks the server to stop; the future ends when it has.
    pub(crate) fn stop(self) -> JoinHandle<std::io::Result<()>> {
        self.stop.send(()).unwrap();
        self.task
    }
}
