//! The first words: the client's hello and what it asks for.

use shared::PROTOCOL_VERSION;
use shared::errno::Errno;
use shared::frame::{
    ClientMessage, Closing, ClosingReason, Hello, Resumed, ServerMessage, Welcome,
};
use shared::limit::{Bound, LimitName};

use super::farewell::Ending;
use super::requests::read;
use crate::call::Context;
use crate::link::{self, End, Gone, Incoming, Link};

/// Waits for the hello.
pub(super) async fn hear_hello(link: &mut Link) -> Result<Hello, Ending> {
    loop {
        let frame = match link.receive().await {
            Incoming::Frame(frame) => frame,
            Incoming::Pong => continue,
            Incoming::End(end) => return Err(Ending::Left(end)),
        };
        let refusal = match read(&frame) {
            Ok((ClientMessage::Hello(hello), _)) if hello.protocol == PROTOCOL_VERSION => {
                return Ok(hello);
            }
            Ok((ClientMessage::Hello(Hello { protocol, .. }), _)) => {
                return Err(Ending::Told(wrong_version(protocol)));
            }
            Ok(_) => link::refusal(Errno::EPROTO, "the first message is hello"),
            Err(unreadable) => unreadable.refusal(),
        };
        link.send(refusal).await.map_err(|Gone| Ending::Left(End::Broken))?;
    }
}

/// Answers the hello.
pub(super) async fn say_welcome(
    link: &mut Link,
    context: &Context,
    resume: Option<String>,
    resumed: Option<Resumed>,
) -> Result<(), Gone> {
    let welcome = Welcome {
        protocol: PROTOCOL_VERSION,
        platform: "linux".to_owned(),
        limits: context.host.limits.for_session(),
        bounds: bounds(context),
        policy: shared::frame::PolicySummary {
            summary: summary(context),
            exposes: context.loopback.is_none() && context.host.policy.admits_strangers(),
        },
        resume,
        resumed,
    };
    link.send(link::text(ServerMessage::Welcome(welcome))).await
}

fn bounds(context: &Context) -> Vec<Bound> {
    let waiting = context.host.limits.waiting_bytes_max.into();
    let mut bounds = context.host.terms.bounds();
    bounds.push(Bound { limit: LimitName::WaitingBytes, max: waiting });
    bounds
}

fn summary(context: &Context) -> String {
    let summary = context.host.policy.summary();
    match context.loopback.as_ref().and_then(|loopback| loopback.exposure()) {
        Some(ip) => format!("{summary} On the backend's machine, their 127.0.0.1 is {ip}."),
        None => summary,
    }
}

fn wrong_version(protocol: u32) -> Closing {
    let message = format!(
        "the client speaks version {protocol} of the protocol, the backend {PROTOCOL_VERSION}; \
         reload the page"
    );
    Closing { reason: ClosingReason::Version, message, limit: None }
}
