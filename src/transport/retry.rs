//! Retries as data: which statuses, after which delays, and one loop that walks the table within
//! the caller's deadline.

use std::future::Future;
use std::time::Duration;

use crate::error::Result;
use crate::transport::answer::Answer;
use crate::transport::failure::{Failure, Kind};
use crate::transport::work::Work;

/// When and how often a request is sent again.
pub(crate) struct Policy {
    /// Statuses worth another try.
    pub statuses: &'static [u16],
    /// Whether every 5xx is.
    pub server_errors: bool,
    /// Delays before the retries, in milliseconds; the last one repeats.
    pub delays_ms: &'static [u64],
    /// Tries after the first, by this table; the caller may allow fewer.
    pub retries_max: u32,
    /// A delay and a count of its own for 410 (a metadata service being updated).
    pub gone: Option<(u64, u32)>,
    /// Delays before the tries after a connection that was refused or timed out: few where what
    /// refuses is mostly a firewall, and somebody waits to be told.
    pub connects_ms: &'static [u64],
    /// Whether a request may be sent again when it is not known what became of it.
    pub is_repeatable: bool,
    /// Whether delays are drawn from nothing up to what the table says, which parts a crowd best, or lie
    /// a little above it.
    pub has_full_jitter: bool,
}

/// What one try brought.
pub(crate) type Attempt = std::result::Result<Answer, Failure>;

/// What all tries brought.
pub(crate) struct Sent {
    /// The last one.
    pub attempt: Attempt,
    /// Whether an earlier one may have taken effect although it seemed to fail.
    pub may_have_worked: bool,
}

/// Whether a try may have taken effect although it seems to have failed: the answer was lost, or is that of a
/// server that failed at something.
pub(crate) fn is_uncertain(attempt: &Attempt) -> bool {
    match attempt {
        Ok(answer) => answer.status >= 500,
        Err(failure) => matches!(failure.kind, Kind::Broken | Kind::Nonsense),
    }
}

/// How often a request has been sent again, by what had come of it. Each kind is counted by itself: a
/// service that comes up may fail first and refuse connections then, and an update takes as long.
#[derive(Clone, Copy, Default)]
struct Retries {
    gones: u32,
    connects: u32,
    others: u32,
}

impl Policy {
    /// The delay before the next try after this attempt; `None` to stop here.
    fn delay(&self, attempt: &Attempt, retries: Retries, work: &Work) -> Option<Duration> {
        let gone = self.gone_of(attempt).filter(|_| work.retries_max() > 0);
        let all = retries.connects + retries.others;
        let own_max = self.retries_max.min(work.retries_max());
        let (delay_ms, count, retries_max) = match (gone, attempt) {
            (Some((delay, retries_max)), _) => (delay, retries.gones, retries_max),
            (None, Ok(answer)) => {
                let again = self.statuses.contains(&answer.status)
                    || (self.server_errors && answer.status >= 500);
                (self.listed(retries.others, again)?, all, own_max)
            }
            (None, Err(failure)) if failure.kind == Kind::Connect => {
                let delay = self.connects_ms.get(retries.connects as usize)?;
                (*delay, all, work.retries_max())
            }
            (None, Err(failure)) => {
                let delay = self.listed(retries.others, failure.is_transient())?;
                (delay, all, own_max)
            }
        };
        if count >= retries_max || (!self.is_repeatable && is_uncertain(attempt)) {
            return None;
        }
        let asked = attempt.as_ref().ok().and_then(|answer| answer.retry_after);
        // Something more, so that a fleet started together does not come back together. Little where
        // it is known how long an update takes at most.
        let delay_ms = match gone {
            // Never nothing, or a throttled request would hold nobody.
            None if self.has_full_jitter => 1 + random_up_to(delay_ms.saturating_sub(1)),
            None => delay_ms + random_up_to(delay_ms / 4),
            Some(_) => delay_ms + random_up_to(delay_ms / 16),
        };
        Some(Duration::from_millis(delay_ms).max(asked.unwrap_or_default()))
    }

    /// The delay and count of a service that is being updated, when the attempt says so.
    fn gone_of(&self, attempt: &Attempt) -> Option<(u64, u32)> {
        let is_gone = matches!(attempt, Ok(answer) if answer.status == 410);
        self.gone.filter(|_| is_gone)
    }

    fn listed(&self, retry: u32, again: bool) -> Option<u64> {
        let at = (retry as usize).min(self.delays_ms.len().checked_sub(1)?);
        again.then_some(self.delays_ms[at])
    }
}

/// Sends until an attempt needs no retry, the table is exhausted or the deadline would pass; then
/// the last attempt stands, so that the caller learns the real reason and not only "timeout".
/// A service that throttles holds the whole work.
pub(crate) async fn send<F, Fut>(policy: &Policy, work: &Work, mut attempt: F) -> Result<Sent>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Attempt>>,
{
    let mut retries = Retries::default();
    let mut may_have_worked = false;
    loop {
        work.pass().await;
        let last = attempt().await?;
        let delay = policy.delay(&last, retries, work);
        let Some(delay) = delay.filter(|delay| *delay < work.time_left()) else {
            return Ok(Sent {
                attempt: last,
                may_have_worked,
            });
        };
        may_have_worked |= is_uncertain(&last);
        tracing::debug!(
            http_status = last.as_ref().ok().map(|answer| answer.status),
            failure = last.as_ref().err().map(|failure| failure.cause.as_str()),
            delay_ms = delay.as_millis() as u64,
            "trying again after a delay"
        );
        if matches!(&last, Ok(answer) if answer.status == 429) {
            work.hold(delay);
        } else {
            work.clock().sleep(delay).await;
        }
        match &last {
            _ if policy.gone_of(&last).is_some() => retries.gones += 1,
            Err(failure) if failure.kind == Kind::Connect => retries.connects += 1,
            _ => retries.others += 1,
        }
    }
}

/// A random number from 0 to `most`.
pub(crate) fn random_up_to(most: u64) -> u64 {
    // The standard library's only source of randomness; its quality is more than enough here.
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() % (most + 1)
}

#[cfg(test)]
mod tests;
