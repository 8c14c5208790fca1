//! What the kernel says of this process (`proc(5)`).

use std::fs;

/// The process's own figures; nothing where the host hides them.
#[derive(Debug, Default)]
pub(super) struct Process {
    pub(super) open_fds: Option<u64>,
    pub(super) max_fds: Option<u64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) threads: Option<u64>,
}

impl Process {
    pub(super) fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        // The descriptor that reads the directory is one of those in it.
        let open_fds = fs::read_dir("/proc/self/fd")
            .ok()
            .map(|entries| (entries.count() as u64).saturating_sub(1));
        Self {
            open_fds,
            max_fds: number_after(&limits, "Max open files"),
            resident_bytes: number_after(&status, "VmRSS:").map(|kib| kib * 1024),
            threads: number_after(&status, "Threads:"),
        }
    }
}

/// Returns the first number of the line that begins with `name`.
fn number_after(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_descriptors_and_memory() {
        let Process { open_fds, max_fds, resident_bytes, threads } = Process::read();
        assert!(open_fds.unwrap() >= 3 && open_fds < max_fds);
        assert!(resident_bytes.unwrap() > 1 << 20 && threads.unwrap() >= 1);
    }
}
