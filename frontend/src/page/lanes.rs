//! Where the lanes of the diagram stand.

use crate::timeline::sequence::Where;

use super::state::State;

/// Rows left free below the newest call of the diagram.
pub const ROWS_BELOW: usize = 2;

/// Pixels for the column of times, and between two lanes at least.
const TIME_PIXELS: f64 = 64.0;
const GAP_PIXELS_MIN: f64 = 132.0;
const GAP_PIXELS_MIN_NARROW: f64 = 112.0;
/// Pixels beside the outer lanes for their labels at least.
const OUTER_PIXELS_MIN: f64 = 128.0;
const OUTER_PIXELS_MIN_NARROW: f64 = 100.0;
/// The distance of a program's threads, as part of that of two programs.
const THREAD_PART: f64 = 0.72;
/// Threads of a program with a lane of their own; the others share the last one.
const THREADS_MAX: usize = 6;
/// Pixels of a lane that stands alone, from the times.
const ALONE_PIXELS: f64 = 96.0;

/// A lane where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The lanes of the sequence that it shows.
    pub lanes: Vec<usize>,
    pub owner: Owner,
    pub x: f64,
}

/// Whose a lane is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Thread {
        program: String,
        thread: u32,
    },
    /// A host outside of the session.
    Host {
        index: usize,
        name: String,
    },
}

/// The lanes of the diagram.
#[derive(Debug, Clone, PartialEq)]
pub struct Lanes {
    pub columns: Vec<Column>,
    /// Pixels that the diagram needs, and between two programs' lanes.
    pub width: f64,
    pub gap: f64,
    /// Pixels before which no label reaches.
    pub time: f64,
}

impl Lanes {
    /// Returns the column where something stands.
    pub fn column(&self, place: &Where) -> Option<usize> {
        self.columns.iter().position(|column| match (place, &column.owner) {
            (Where::Lane(lane), _) => column.lanes.contains(&(*lane as usize)),
            (Where::Program(name), Owner::Thread { program, .. }) => name == program,
            (Where::Host(host), Owner::Host { index, .. }) => host == index,
            (Where::Program(_) | Where::Host(_) | Where::Nowhere, _) => false,
        })
    }

    /// Tells whether the labels of a column stand to its left.
    pub fn label_left(&self, column: usize) -> bool {
        column == 0 && self.columns.len() > 1
    }
}

/// Returns the lanes of the diagram: a program's threads side by side, then hosts.
pub fn lanes(state: &State) -> Lanes {
    let columns = columns(state);
    let narrow = state.screen.narrow;
    let time = if narrow { 0.0 } else { TIME_PIXELS };
    let (gap_min, outer_min) = if narrow {
        (GAP_PIXELS_MIN_NARROW, OUTER_PIXELS_MIN_NARROW)
    } else {
        (GAP_PIXELS_MIN, OUTER_PIXELS_MIN)
    };
    place(columns, state.look.width, time, gap_min, outer_min)
}

fn columns(state: &State) -> Vec<Column> {
    let sequence = &state.calls.sequence;
    let mut names: Vec<&str> = state.programs.iter().map(|program| program.name.as_str()).collect();
    for lane in sequence.lanes() {
        if !names.contains(&lane.program.as_str()) {
            names.push(&lane.program);
        }
    }
    let mut columns: Vec<Column> = Vec::new();
    for name in names {
        let mut threads: Vec<(u32, usize)> = sequence
            .lanes()
            .iter()
            .enumerate()
            .filter(|(_, lane)| lane.program == name)
            .map(|(index, lane)| (lane.thread, index))
            .collect();
        threads.sort_unstable();
        let first = columns.len();
        let thread = |thread| Owner::Thread { program: name.to_owned(), thread };
        if threads.is_empty() {
            columns.push(Column { lanes: Vec::new(), owner: thread(0), x: 0.0 });
        }
        for (number, index) in threads {
            if columns.len() - first < THREADS_MAX {
                columns.push(Column { lanes: vec![index], owner: thread(number), x: 0.0 });
            } else if let Some(last) = columns.last_mut() {
                last.lanes.push(index);
            }
        }
    }
    let hosts = sequence.flow().hosts().iter().enumerate().map(|(index, name)| Column {
        lanes: Vec::new(),
        owner: Owner::Host { index, name: name.clone() },
        x: 0.0,
    });
    columns.extend(hosts);
    columns
}

fn place(mut columns: Vec<Column>, width: f64, time: f64, gap_min: f64, outer_min: f64) -> Lanes {
    let room = (width - time).max(0.0);
    let steps: Vec<f64> = columns.windows(2).map(|pair| step(&pair[0], &pair[1])).collect();
    let sum: f64 = steps.iter().sum();
    if columns.len() < 2 {
        if let Some(only) = columns.first_mut() {
            only.x = time + ALONE_PIXELS;
        }
        return Lanes { columns, width, gap: room, time };
    }
    // Two lanes share the room with their labels in about equal parts.
    let outer = (room * 0.345).clamp(outer_min, 240.0);
    let gap = ((room - 2.0 * outer) / sum).max(gap_min).min(360.0);
    // What the lanes do not need goes to the labels.
    let outer = ((room - gap * sum) / 2.0).max(outer_min);
    let mut x = time + outer;
    for (index, column) in columns.iter_mut().enumerate() {
        column.x = x.round();
        x += steps.get(index).copied().unwrap_or(0.0) * gap;
    }
    let last = columns.last().map_or(0.0, |column| column.x);
    Lanes { columns, width: (last + outer).max(width), gap, time }
}

fn step(one: &Column, next: &Column) -> f64 {
    match (&one.owner, &next.owner) {
        (Owner::Thread { program: a, .. }, Owner::Thread { program: b, .. }) if a == b => {
            THREAD_PART
        }
        _ => 1.0,
    }
}

/// Returns the lanes of the sequence from left to right.
pub fn order(state: &State) -> Vec<usize> {
    columns(state).into_iter().flat_map(|column| column.lanes).collect()
}

/// Returns how long the whole time is that the strip shows, in microseconds.
pub fn strip_us(state: &State) -> u64 {
    let strip = state.calls.sequence.strip();
    let Some(origin_us) = strip.origin_us() else { return 1 };
    let now_us = (state.now_ms.max(0.0) * 1000.0) as u64;
    let end_us =
        if state.calls.waiting.is_empty() { strip.end_us() } else { now_us.max(strip.end_us()) };
    end_us.saturating_sub(origin_us).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thread(program: &str, thread: u32) -> Column {
        let owner = Owner::Thread { program: program.into(), thread };
        Column { lanes: vec![thread as usize], owner, x: 0.0 }
    }

    #[test]
    fn two_lanes_leave_room_for_labels_on_both_sides() {
        let lanes = place(vec![thread("a", 0), thread("b", 0)], 600.0, 64.0, 132.0, 128.0);
        let (a, b) = (lanes.columns[0].x, lanes.columns[1].x);
        assert!(a - 64.0 >= 128.0 && 600.0 - b >= 128.0 && b - a >= 132.0, "{a} {b}");
        assert_eq!(lanes.width, 600.0);
    }

    #[test]
    fn many_lanes_make_the_diagram_wider_than_the_window() {
        let columns = (0..8).map(|n| thread(&format!("p{n}"), 0)).collect();
        let lanes = place(columns, 600.0, 64.0, 132.0, 128.0);
        assert!(lanes.width > 1_000.0);
    }

    #[test]
    fn threads_of_a_program_stand_closer() {
        let columns = vec![thread("a", 0), thread("a", 1), thread("b", 0)];
        let lanes = place(columns, 900.0, 64.0, 132.0, 128.0);
        let x: Vec<f64> = lanes.columns.iter().map(|column| column.x).collect();
        assert!(x[1] - x[0] < x[2] - x[1], "{x:?}");
        assert_eq!(lanes.column(&Where::Lane(1)), Some(1));
        assert_eq!(lanes.column(&Where::Program("b".into())), Some(2));
    }
}
