//! The text that a scrape gets: OpenMetrics, as Prometheus reads it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use shared::call::Call;
use shared::errno::Errno;

use super::process::Process;
use super::{Metrics, OUTCOMES};

impl Metrics {
    /// The type of [`Self::exposition`].
    pub(crate) const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// Writes everything that is counted.
    pub(crate) fn exposition(self: &Arc<Self>) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Counted(Arc::clone(self))));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[derive(Debug)]
struct Counted(Arc<Metrics>);

impl Collector for Counted {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut lines = Lines(encoder);
        self.sessions(&mut lines)?;
        self.calls(&mut lines)?;
        process(&mut lines)
    }
}

impl Counted {
    fn sessions(&self, lines: &mut Lines<'_>) -> fmt::Result {
        let Self(metrics) = self;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        lines.gauge_of("sockpit_build_info", "This backend", version, 1)?;
        let draining = u64::from(metrics.is_draining());
        lines.gauge("sockpit_draining", "1 while no new sessions are taken", draining)?;
        let help = "Sessions, also those that wait for their client to come back";
        lines.gauge("sockpit_sessions", help, metrics.sessions.get())?;
        let opened = metrics.opened.load(Ordering::Relaxed);
        lines.counter("sockpit_sessions_opened", "Sessions that began", opened)?;
        let ended = metrics.ended.all();
        let ended = ended.iter().map(|(reason, count)| ([("reason", *reason)], *count));
        lines.counters("sockpit_sessions_ended", "Sessions that ended, and how", ended)?;
        let away = metrics.turned_away.all();
        let away = away.iter().map(|(reason, count)| ([("reason", *reason)], *count));
        lines.counters(
            "sockpit_sessions_refused",
            "Clients that were not let in, and why",
            away,
        )?;
        let resumed = metrics.resumed.all();
        let resumed = resumed.iter().map(|(outcome, count)| ([("outcome", *outcome)], *count));
        lines.counters("sockpit_resumes", "Clients that wanted their session back", resumed)
    }

    fn calls(&self, lines: &mut Lines<'_>) -> fmt::Result {
        let Self(metrics) = self;
        lines.gauge("sockpit_sockets", "Sockets of all sessions", metrics.sockets.get())?;
        let calls = metrics.calls.iter().enumerate().filter_map(|(place, count)| {
            let count = count.load(Ordering::Relaxed);
            let op = *Call::OPS.get(place / OUTCOMES)?;
            let outcome = match place % OUTCOMES {
                0 => "ok",
                errno => Errno::ALL.get(errno - 1)?.name(),
            };
            (count > 0).then_some(([("op", op), ("outcome", outcome)], count))
        });
        lines.counters("sockpit_calls", "Calls that were answered", calls)?;
        let directions = [("sent", &metrics.sent), ("received", &metrics.received)];
        let bytes = directions
            .map(|(direction, bytes)| ([("direction", direction)], bytes.load(Ordering::Relaxed)));
        lines.counters("sockpit_socket_bytes", "Bytes that calls sent and received", bytes)?;
        let refusals = metrics.refusals.all();
        let refusals = refusals
            .iter()
            .map(|((usage, rule), count)| ([("use", *usage), ("rule", rule.as_str())], *count));
        let help = "What the policy refused, by use and rule";
        lines.counters("sockpit_policy_refusals", help, refusals)?;
        let limits = metrics.limits.all();
        let limits = limits.iter().map(|(limit, count)| ([("limit", limit.name())], *count));
        lines.counters("sockpit_limit_refusals", "What a limit refused or ended", limits)
    }
}

fn process(lines: &mut Lines<'_>) -> fmt::Result {
    let runtime = tokio::runtime::Handle::try_current();
    let tasks = runtime.map_or(0, |runtime| runtime.metrics().num_alive_tasks() as u64);
    lines.gauge("sockpit_tasks", "Tasks of the runtime: connections and sessions", tasks)?;
    let Process { open_fds, max_fds, resident_bytes, threads } = Process::read();
    for (name, help, value) in [
        ("process_open_fds", "Open descriptors", open_fds),
        ("process_max_fds", "Descriptors that may be open", max_fds),
        ("process_resident_memory_bytes", "Resident memory", resident_bytes),
        ("process_threads", "Threads", threads),
    ] {
        if let Some(value) = value {
            lines.gauge(name, help, value)?;
        }
    }
    Ok(())
}

/// One metric after the other.
struct Lines<'a>(DescriptorEncoder<'a>);

impl Lines<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        gauge(value).encode(metric)
    }

    fn gauge_of<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        labels: L,
        value: u64,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        gauge(value).encode(metric.encode_family(&labels)?)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(metric)
    }

    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            ConstCounter::new(value).encode(metric.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// No gauge here comes near the bound.
fn gauge(value: u64) -> ConstGauge {
    ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX))
}
