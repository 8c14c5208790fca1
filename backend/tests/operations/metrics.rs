use shared::call::Close;
use shared::errno::Errno;
use shared::frame::{Hello, Resume};

use crate::process::Process;
use crate::support::client::{Client, loopback};

#[tokio::test]
async fn what_happens_is_counted() {
    let process =
        Process::start(&["--deny", "tcp-connect 127.0.0.1:9", "--sessions-max", "2"]).await;
    let idle = process.scrape().await;
    assert_eq!(idle["sockpit_sessions"], 0.0);
    assert!(idle["process_resident_memory_bytes"] > 1e6 && idle["process_open_fds"] > 3.0);

    let mut client = Client::connect(&process.server).await;
    let (a, b) = client.tcp_pair().await;
    client.sendall(a, &[7; 1000]).await;
    client.recv(b, 600).await;
    let connect = |socket| shared::call::Connect {
        socket,
        address: loopback(9),
        wait: shared::call::Wait::Forever,
    };
    let socket = client.tcp().await;
    assert_eq!(client.fail(connect(socket)).await, Errno::EACCES);
    let later = Hello { resume: Some(Resume::Later), ..Hello::plain() };
    let (second, _) = Client::greet(&process.server, later).await;
    let (_, refused) = Client::greet(&process.server, Hello::plain()).await;
    assert!(refused.is_some());

    let now = process.scrape().await;
    for (name, value) in [
        ("sockpit_sessions", 2.0),
        ("sockpit_sessions_opened_total", 2.0),
        ("sockpit_sessions_refused_total{reason=\"full\"}", 1.0),
        ("sockpit_limit_refusals_total{limit=\"sessions_max\"}", 1.0),
        ("sockpit_sockets", 3.0),
        ("sockpit_calls_total{op=\"sendall\",outcome=\"ok\"}", 1.0),
        ("sockpit_calls_total{op=\"connect\",outcome=\"ok\"}", 1.0),
        ("sockpit_calls_total{op=\"connect\",outcome=\"EACCES\"}", 1.0),
        ("sockpit_socket_bytes_total{direction=\"sent\"}", 1000.0),
        ("sockpit_socket_bytes_total{direction=\"received\"}", 600.0),
        ("sockpit_policy_refusals_total{use=\"tcp-connect\",rule=\"1 --deny\"}", 1.0),
        ("sockpit_draining", 0.0),
    ] {
        assert_eq!(now.get(name), Some(&value), "{name} of {now:#?}");
    }
    assert!(now["process_open_fds"] > idle["process_open_fds"]);

    client.call(Close { socket: a }).await.unwrap();
    assert_eq!(process.scrape().await["sockpit_sockets"], 2.0);
    drop((client, second));
    process
        .until(|metrics| {
            metrics["sockpit_sockets"] == 0.0
                && metrics.contains_key("sockpit_sessions_ended_total{reason=\"broken\"}")
        })
        .await;
}

#[tokio::test]
async fn sessions_that_come_back_are_counted() {
    let process = Process::start(&[]).await;
    let later = Hello { resume: Some(Resume::Later), ..Hello::plain() };
    let (client, welcome) = Client::greet(&process.server, later).await;
    let Some(shared::frame::ServerMessage::Welcome(welcome)) = welcome else { panic!() };
    drop(client);
    for token in [welcome.resume.unwrap(), "nobody's".to_owned()] {
        let resume = Some(Resume::Session { token, received: 0 });
        Client::greet(&process.server, Hello { resume, ..Hello::plain() }).await;
    }
    let now = process.scrape().await;
    assert_eq!(now["sockpit_resumes_total{outcome=\"resumed\"}"], 1.0);
    assert_eq!(now["sockpit_resumes_total{outcome=\"gone\"}"], 1.0);
}
