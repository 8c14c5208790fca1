//! How a session ends, and the last words.

use axum::extract::ws::close_code;
use shared::frame::{Closing, ClosingReason, ServerMessage};
use shared::limit::LimitName;
use tokio::time::timeout;

use crate::limits::FAREWELL_WAIT_MAX;
use crate::link::{self, End, Link};
use crate::room::Refusal;

/// How a session ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// The client left by itself.
    Left(End),
    /// The backend ends it, and says why.
    Told(Closing),
}

/// Says what there is to say and closes the WebSocket, in bounded time.
pub(super) async fn farewell(mut link: Link, ending: Ending) {
    let words = async {
        match ending {
            // What is left to say is the answer to the client's own close.
            Ending::Left(End::Left | End::Broken) => link.flush().await,
            Ending::Left(End::TooLarge) => {
                let refused = ServerMessage::Refused(link::too_large());
                link.send(link::text(refused)).await?;
                link.close(close_code::SIZE).await
            }
            Ending::Told(closing) => {
                link.send(link::text(ServerMessage::Closing(closing))).await?;
                link.close(close_code::AWAY).await
            }
        }
    };
    // Whether the words arrived or not, the session is over.
    drop(timeout(FAREWELL_WAIT_MAX, words).await);
}

pub(super) fn shutting_down() -> Closing {
    let message = "the backend is shutting down".to_owned();
    Closing { reason: ClosingReason::Shutdown, message, limit: None }
}

pub(super) fn idle(message: &str) -> Closing {
    Closing { reason: ClosingReason::Idle, message: message.to_owned(), limit: None }
}

pub(super) fn wants_token() -> Closing {
    let message = "the backend wants its token: open the whole URL that it printed".to_owned();
    Closing { reason: ClosingReason::Token, message, limit: None }
}

pub(super) fn no_room(refusal: Refusal) -> Closing {
    let limit = match refusal {
        Refusal::Full => Some(LimitName::RoomMembers),
        Refusal::Name | Refusal::Old | Refusal::NoLoopback => None,
    };
    Closing { reason: ClosingReason::Room, message: refusal.message().to_owned(), limit }
}

pub(super) fn full(limit: LimitName) -> Closing {
    let message = match limit {
        LimitName::SessionsPerAddress => {
            "your network address has as many sessions as it may have; close another tab, or try \
             again later"
        }
        _ => "the backend has as many sessions as it may have; try again later",
    };
    Closing { reason: ClosingReason::Full, message: message.to_owned(), limit: Some(limit) }
}

pub(super) fn time_is_over(limit: LimitName, message: String) -> Closing {
    Closing { reason: ClosingReason::Time, message, limit: Some(limit) }
}
