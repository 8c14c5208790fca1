//! The policy as one session meets it: every answer is counted, and written to the audit where
//! there is one.

use std::net::SocketAddr;
use std::sync::Arc;

use shared::errno::Failure;

use crate::audit::{Account, Ledger};
use crate::metrics::Metrics;
use crate::policy::{Judgement, Policy, Target, Use, Verdict};

/// Asks the policy for one session.
#[derive(Debug)]
pub(crate) struct Judge {
    policy: Arc<Policy>,
    metrics: Arc<Metrics>,
    ledger: Option<Ledger>,
}

/// Where the bytes to and from a destination are counted, where there is an audit.
pub(crate) type Counted = Option<Arc<Account>>;

impl Judge {
    pub(crate) fn new(policy: Arc<Policy>, metrics: Arc<Metrics>, ledger: Option<Ledger>) -> Self {
        Self { policy, metrics, ledger }
    }

    pub(crate) fn has_audit(&self) -> bool {
        self.ledger.is_some()
    }

    /// Allows or denies: `EACCES` with the reason, where the policy denies.
    pub(crate) fn check(&self, usage: Use, target: Target<'_>) -> Result<Counted, Failure> {
        let judgement = self.policy.judge(usage, target);
        let counted = self.note(usage, target, judgement);
        judgement.allow(usage, target).map(|()| counted)
    }

    /// Tells whether a peer that comes by itself is let in. Says no reason, because there is
    /// nobody to tell.
    pub(crate) fn admits(&self, usage: Use, peer: SocketAddr) -> bool {
        let target = Target::Ip(peer, &[]);
        let judgement = self.policy.judge(usage, target);
        self.note(usage, target, judgement);
        judgement.verdict == Verdict::Allow
    }

    /// Returns where the bytes of a peer that was let in are counted.
    pub(crate) fn account(&self, usage: Use, peer: SocketAddr) -> Counted {
        let target = Target::Ip(peer, &[]);
        let ledger = self.ledger.as_ref()?;
        Some(ledger.account(usage, target, self.policy.judge(usage, target).verdict))
    }

    fn note(&self, usage: Use, target: Target<'_>, judgement: Judgement<'_>) -> Counted {
        if judgement.verdict == Verdict::Deny {
            self.metrics.count_refusal(usage, judgement);
        }
        self.ledger.as_ref().map(|ledger| ledger.note(usage, target, judgement))
    }
}
