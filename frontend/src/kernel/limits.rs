//! Every bound of the kernel worker, with its unit and its reason.

use std::time::Duration;

/// Interpreters kept warm: "Run all" of the usual two programs finds one for each.
pub const SPARES_WARM: usize = 2;
/// Workers kept warm for threads: starting one takes about 40 ms.
pub const WORKERS_WARM: usize = 3;
/// Microseconds before a used spare is replaced, so that the program that took it starts first.
pub const SPARE_DELAY_US: u64 = 1_500_000;

/// Threads of one program at most: each is a worker.
pub const THREADS_MAX: usize = 64;
/// Programs known at most; the page has fewer.
pub const PROGRAMS_MAX: usize = 16;
/// Tasks of one interpreter waiting to be done: a few lines typed ahead at the prompt.
pub const TASKS_MAX: usize = 16;

/// Bytes of a request frame from a program: one call's transfer, and room for its header.
pub const REQUEST_BYTES_MAX: u32 = 16 << 20;
/// Bytes of output that the page has not shown yet. A program that writes more waits.
pub const UNSHOWN_BYTES_MAX: usize = 256 << 10;
/// Bytes of typed input that a program has not read yet.
pub const INPUT_BYTES_MAX: usize = 1 << 20;
/// Bytes of one write to an output that are taken at a time.
pub const OUTPUT_PART_BYTES_MAX: usize = 64 << 10;
/// Bytes kept of what an interpreter says on its standard error before it has a program.
pub const LAST_WORDS_BYTES_MAX: usize = 2 << 10;

/// Bytes of all files that one program has written.
pub const FILES_BYTES_MAX: usize = 64 << 20;
/// Files and directories of one program.
pub const FILES_MAX: usize = 4096;
/// Files that one program has open at once.
pub const OPEN_FILES_MAX: usize = 256;

/// Files that a program has handed over and not received yet; older ones do not arrive.
pub const FILES_ON_THE_WAY_MAX: usize = 64;
/// Bytes of a path, as Linux has it.
pub const PATH_BYTES_MAX: usize = 4096;
/// Bytes that one read or write of a file moves at most; a program asks again for the rest.
pub const FILE_TRANSFER_BYTES_MAX: usize = 4 << 20;
/// Buffers of one vectored read or write, as Linux has it.
pub const BUFFERS_MAX: u32 = 1024;

/// Microseconds between two batches to the page: an animation frame.
pub const BATCH_INTERVAL_US: u64 = 16_000;
/// Microseconds between two batches in a flood: nobody reads faster, and the page's drawing
/// competes with the programs for the processor.
pub const BATCH_INTERVAL_FLOOD_US: u64 = 100_000;
/// Notices a second that are a flood: a thousand calls, each begun and ended.
pub const FLOOD_NOTICES_PER_SECOND: u64 = 2_000;
/// Microseconds that a batch waits for company when none was sent for a frame.
pub const BATCH_DELAY_US: u64 = 2_000;
/// Bytes of calls in one batch. What goes beyond is counted but not shown.
pub const BATCH_BYTES_MAX: usize = 1 << 20;
/// Bytes of one call that are shown.
pub const CALL_BYTES_SHOWN_MAX: usize = 256 << 10;
/// Notices in one batch; then it goes out early.
pub const BATCH_NOTICES_MAX: usize = 4096;

/// Microseconds that a program waits before the page is told so: shorter waits would flicker.
pub const BLOCKED_AFTER_US: u64 = 15_000;

/// Microseconds until a connection to the backend must stand.
pub const CONNECT_US_MAX: u64 = 10_000_000;
/// The first pause before the backend is tried again.
pub const RETRY_MIN: Duration = Duration::from_millis(500);
/// The longest pause before the backend is tried again.
pub const RETRY_MAX: Duration = Duration::from_secs(8);
/// The first and the longest pause before a host that is full is asked again: it may take long,
/// and others wait as well.
pub const FULL_RETRY_MIN: Duration = Duration::from_secs(10);
pub const FULL_RETRY_MAX: Duration = Duration::from_secs(60);
/// The first pause before a broken connection is replaced: most break because the network
/// changed, and stand again at once.
pub const RESUME_RETRY_MIN: Duration = Duration::from_millis(100);
/// The longest pause of those: programs are waiting.
pub const RESUME_RETRY_MAX: Duration = Duration::from_secs(2);
/// Answers after which the backend is told that they have arrived, so that it can forget them.
pub const ACK_AFTER_MESSAGES: u64 = 64;
/// Bytes of answers after which it is told: a quarter of what it keeps before it makes us wait.
pub const ACK_AFTER_BYTES: usize = 256 << 10;

/// Bytes that wait in the browser to be sent, beyond which nothing is shown to a room: calls go
/// first.
pub const SHOW_UNSENT_MAX: u64 = 64 << 10;
/// Looks at the backend's clock among which the best counts.
pub const CLOCK_SAMPLES: usize = 6;
/// Microseconds between the first looks, and between those after: clocks drift apart by less
/// than a millisecond meanwhile.
pub const CLOCK_ASKED_FIRST_US: u64 = 150_000;
pub const CLOCK_ASKED_EVERY_US: u64 = 20_000_000;

/// Addresses kept with the names that led to them, so that one consent covers both.
pub const ADDRESSES_LEARNED_MAX: usize = 4096;
/// Addresses of the programs' own sockets that are kept, in a frame.
pub const OWN_ADDRESSES_MAX: usize = 4096;
/// Destinations allowed once and not used yet.
pub const PASSES_MAX: usize = 256;
/// Refusals kept. A program that collects more is asked about the oldest again.
pub const REFUSALS_MAX: usize = 256;
/// Rules that a script grants; more are a leak in the script.
pub const RULES_MAX: usize = 1024;
