//! A small crowd; `scripts/soak` does the same with a large one.

#[path = "../../examples/soak/crowd.rs"]
mod crowd;

#[path = "../../examples/soak/visitor.rs"]
mod visitor;

use crate::process::Process;
use crowd::{Crowd, SOCKETS_EACH};
use visitor::Visitor;

const VISITORS: usize = 50;
const STEPS: usize = 20;

/// What tells whether somebody or something is left.
const LEFT: [&str; 4] =
    ["sockpit_sessions", "sockpit_sockets", "sockpit_tasks", "process_open_fds"];

#[tokio::test]
async fn a_crowd_leaves_nothing_behind() {
    let process = Process::start(&["--preset", "isolated", "--resume-ms-max", "2000"]).await;
    // The first session takes what the process keeps: a name for its part of the loopback.
    Visitor::arrive(process.server.address).await.unwrap().leave().await.unwrap();
    process.until(|now| now["sockpit_sessions"] == 0.0).await;
    let before = process.scrape().await;
    let mut crowd = Crowd::arrive(process.server.address, VISITORS, 1).await.unwrap();
    crowd.open_sockets().await.unwrap();
    let open = process.scrape().await;
    assert_eq!(open["sockpit_sockets"], (VISITORS * SOCKETS_EACH) as f64);
    crowd.play(STEPS).await.unwrap();
    let deeds = crowd.deeds;
    assert_eq!(deeds.steps, (VISITORS * STEPS) as u64);
    assert!(deeds.cuts > 0 && deeds.vanished > 0, "{deeds:?}");
    crowd.go().await.unwrap();
    process.until(|now| LEFT.iter().all(|name| now[*name] <= before[*name])).await;
}
