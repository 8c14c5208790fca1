//! The page's surroundings: the backend, the browser and the page around it.

use std::collections::BTreeMap;

use shared::frame::RoomState;
use shared::limit::{LimitName, LimitNotice};

use crate::messages::{LinkState, TraceSummary};

/// The page's surroundings.
#[derive(Debug, Default)]
pub struct Host {
    pub link: Option<LinkState>,
    /// Who is in the visitor's room.
    pub room: Option<RoomState>,
    /// What the backend last said of a limit.
    pub limit: Option<LimitNotice>,
    /// When that ends the session.
    pub limit_ends_ms: Option<f64>,
    /// When the visitor was last told of a limit that a call ran into, by which.
    pub limits_told: BTreeMap<LimitName, f64>,
    /// When the next attempt to reach the backend is made; while the connection is
    /// interrupted, when the session is given up.
    pub retry_at_ms: f64,
    /// The backend was there and went away, with or without the session; it is looked for.
    pub was_lost: bool,
    /// An interpreter stands ready.
    pub warm: bool,
    pub surroundings: Surroundings,
    /// Something is wrong with Sockpit itself.
    pub trouble: Option<String>,
    /// Where the time of calls goes, where the page was opened as `?trace=1`.
    pub trace: Option<TraceSummary>,
    /// Why the link that was followed could not be opened.
    pub bad_link: Option<String>,
    /// The browser keeps nothing of what the visitor writes, for this reason.
    pub not_kept: Option<String>,
}

/// How the page was opened. Found out once.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The page may share memory between threads; without it no program can run.
    pub isolated: bool,
    /// It is a frame in another page.
    pub framed: bool,
    /// It was asked for as `?embed=1`: a compact page in a page of somebody else.
    pub embedded: bool,
    /// It comes from a host of files alone: nothing behind it runs programs.
    pub backendless: bool,
    /// Its address without the fragment.
    pub address: String,
    /// No editor was bundled, or it did not load.
    pub plain_editor: bool,
    /// The site whose link was followed, where the browser tells.
    pub came_from: Option<String>,
    /// The tour was taken or declined in an earlier visit.
    pub tour_seen: bool,
}
