//! Keeps docs/limits.md complete and its numbers true.

use std::collections::BTreeMap;

use clap::CommandFactory;
use shared::limit::LimitName;

use super::UNIX_NAMES_MAX;
use super::{Audience, FRAME_BYTES_MAX, Limits, OPTION_BYTES_MAX, TRANSFER_BYTES_MAX, Terms};
use crate::config::Config;

const DOCUMENT: &str = include_str!("../../../docs/limits.md");

/// Returns the cells of the rows whose first cell is in backticks, by what is in there.
fn rows() -> BTreeMap<&'static str, Vec<&'static str>> {
    DOCUMENT
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let name = cells.next()?.trim_end_matches('`');
            Some((name, cells.collect()))
        })
        .collect()
}

#[test]
fn every_limit_is_listed_with_how_far_it_goes() {
    let rows = rows();
    let limits = Limits::default();
    for (column, audience) in
        [Audience::Own, Audience::Invited, Audience::Everybody].into_iter().enumerate()
    {
        let terms = Terms::new(&limits, audience);
        for &limit in LimitName::ALL {
            let row = rows.get(limit.name()).unwrap_or_else(|| panic!("{limit} is not listed"));
            let fixed = match limit {
                LimitName::Sessions => limits.sessions_max.to_string(),
                LimitName::RoomMembers => limits.room_members_max.to_string(),
                LimitName::Sockets => limits.sockets_max.to_string(),
                LimitName::CallsInFlight => limits.calls_in_flight_max.to_string(),
                LimitName::WaitingBytes => limits.waiting_bytes_max.to_string(),
                LimitName::Descriptors => "the host's".to_owned(),
                LimitName::FrameBytes => FRAME_BYTES_MAX.to_string(),
                LimitName::TransferBytes => TRANSFER_BYTES_MAX.to_string(),
                LimitName::OptionBytes => OPTION_BYTES_MAX.to_string(),
                LimitName::UnixNames => UNIX_NAMES_MAX.to_string(),
                LimitName::PollEntries => "`sockets_max`".to_owned(),
                _ => {
                    let bounds = terms.bounds();
                    let bound = bounds.iter().find(|bound| bound.limit == limit);
                    bound.map_or("none".to_owned(), |bound| bound.max.to_string())
                }
            };
            assert_eq!(row[1 + column], fixed, "{limit} for {audience:?}");
        }
    }
}

#[test]
fn every_flag_that_sets_a_bound_is_listed() {
    let rows = rows();
    for argument in Config::command().get_arguments() {
        let Some(flag) = argument.get_long() else { continue };
        if let Some(row) = rows.get(format!("--{flag}").as_str()) {
            let default: Vec<_> = argument.get_default_values().iter().collect();
            assert_eq!(default, [row[0]], "--{flag}");
        } else if flag.ends_with("-max") {
            let listed = rows.contains_key(flag.replace('-', "_").as_str());
            assert!(listed || DOCUMENT.contains(&format!("`--{flag}`")), "--{flag}");
        } else {
            assert!(!flag.ends_with("-ms"), "--{flag} is not listed");
        }
    }
    for name in rows.keys().filter(|name| name.starts_with("--")) {
        let flag = name.trim_start_matches("--");
        let known =
            Config::command().get_arguments().any(|argument| argument.get_long() == Some(flag));
        assert!(known, "{name} is no flag");
    }
}

#[test]
fn every_fixed_bound_is_listed() {
    let names = include_str!("../limits.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next());
    for name in names {
        assert!(DOCUMENT.contains(&format!("`{name}`")), "{name} is not listed");
    }
}
