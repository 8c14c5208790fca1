//! From a connection to a session: who may have one, on which loopback, and whether it is an old
//! one that comes back.

use std::net::IpAddr;
use std::sync::Arc;

use shared::frame::{Closing, EnterRoom, Hello, Resume};
use shared::limit::LimitName;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::farewell::{Ending, farewell, full, idle, no_room, shutting_down, wants_token};
use super::resume::Registry;
use super::visit::Visit;
use super::{Resumption, Session, greeting};
use crate::audit::{SessionId, Who};
use crate::budget::{Place, Visitor};
use crate::call::{Context, Host, LoopbacksInUse};
use crate::link::{End, Gone, Link};
use crate::loopback::Loopback;
use crate::room::Membership;

/// Who opened a connection, and whether there is a place for one session more.
#[derive(Debug)]
pub(crate) struct Admission {
    /// For the log.
    pub(crate) client: IpAddr,
    /// Whose limits it shares with other sessions; nothing for this machine's own.
    pub(crate) visitor: Option<Arc<Visitor>>,
    pub(crate) place: Result<Place, LimitName>,
}

/// Serves one connection until the client leaves or `shutdown` is cancelled: as a session of
/// its own, for which there must be a place, or as the new connection of an old one.
pub(crate) async fn serve(
    mut link: Link,
    admission: Admission,
    host: Arc<Host>,
    resumable: Arc<Registry>,
    shutdown: CancellationToken,
) {
    let hello = tokio::select! {
        biased;
        () = shutdown.cancelled() => Err(Ending::Told(shutting_down())),
        hello = timeout(host.limits.waits.handshake_max(), greeting::hear_hello(&mut link)) => {
            hello.unwrap_or_else(|_| Err(Ending::Told(idle("no hello came"))))
        }
    };
    let Hello { protocol: _, resume, token: shown, room } = match hello {
        Ok(hello) => hello,
        Err(ending) => return turn_away(link, &host, ending).await,
    };
    if !host.access.admits(shown.as_deref()) {
        return turn_away(link, &host, Ending::Told(wants_token())).await;
    }
    let wants_to_resume = resume.is_some();
    if let Some(Resume::Session { token, received }) = resume {
        let adopted = resumable.adopt(&token, link, received).await;
        host.metrics.count_resumption(adopted.is_ok());
        match adopted {
            Ok(()) => return,
            Err(returned) => link = returned,
        }
    }
    if host.metrics.is_draining() {
        return turn_away(link, &host, Ending::Told(shutting_down())).await;
    }
    let Admission { client, visitor, place } = admission;
    let place = match place {
        Ok(place) => place,
        Err(limit) => return turn_away(link, &host, Ending::Told(full(limit))).await,
    };
    let (loopback, membership) = match settle_in(&host, room) {
        Ok(settled) => settled,
        Err(closing) => return turn_away(link, &host, Ending::Told(closing)).await,
    };
    let who = Who { session: SessionId::next(), client };
    let visit = Visit::begin(Arc::clone(&host), who);
    let context = Context::new(host, loopback, who, visitor);
    let resumption = if wants_to_resume { Resumption::begin(&resumable) } else { None };
    let token = resumption.as_ref().map(|resumption| resumption.seat.token().to_owned());
    match greeting::say_welcome(&mut link, &context, token, None).await {
        Ok(()) => Session::new(link, context, membership, resumption, visit).run(shutdown).await,
        Err(Gone) => {
            drop(context);
            visit.end(&Ending::Left(End::Broken));
        }
    }
    drop(place);
}

/// Says farewell to a client that gets no session.
async fn turn_away(link: Link, host: &Host, ending: Ending) {
    host.metrics.count_turned_away(ending.word());
    ending.count_limit(&host.metrics);
    farewell(link, ending).await;
}

/// Finds the loopback that the session is on: its room's, one of its own, or the host's.
fn settle_in(
    host: &Host,
    room: Option<EnterRoom>,
) -> Result<(Option<Arc<Loopback>>, Option<Membership>), Closing> {
    let Some(EnterRoom { name, visitor }) = room else {
        return host
            .loopback()
            .map(|loopback| (loopback, None))
            .map_err(|LoopbacksInUse| full(LimitName::Sessions));
    };
    let capacity = host.limits.room_members_max;
    let membership = host
        .rooms
        .join(&name, visitor.as_deref(), capacity, || host.isolated_loopback())
        .map_err(no_room)?;
    Ok((Some(membership.loopback()), Some(membership)))
}
