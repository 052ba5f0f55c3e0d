//! `Work`: what every step of an operation shares: its clock, its deadline, how often it may
//! retry, and a note of what it is doing, for the message when the time is up.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::engine::lock;
use crate::error::{Error, Status};

/// One operation's means. Clones share everything.
#[derive(Clone)]
pub(crate) struct Work(Arc<Shared>);

struct Shared {
    clock: Clock,
    /// Grows like the deadline.
    retries_max: AtomicU32,
    timeout: Duration,
    /// Milliseconds on the clock's monotonic time. It only moves later: a fetch that several
    /// callers wait for may take as long as the most patient of them.
    deadline_ms: AtomicU64,
    doing: Mutex<String>,
}

impl Work {
    pub fn new(clock: Clock, timeout: Duration, retries_max: u32, doing: String) -> Self {
        let deadline = clock.monotonic().saturating_add(timeout);
        Self(Arc::new(Shared {
            clock,
            retries_max: AtomicU32::new(retries_max),
            timeout,
            deadline_ms: AtomicU64::new(millis(deadline)),
            doing: Mutex::new(doing),
        }))
    }

    /// A copy with a deadline of its own, which may be moved without moving this one's.
    pub fn detached(&self) -> Self {
        let shared = &*self.0;
        Self(Arc::new(Shared {
            clock: shared.clock.clone(),
            retries_max: AtomicU32::new(self.retries_max()),
            timeout: shared.timeout,
            deadline_ms: AtomicU64::new(shared.deadline_ms.load(Ordering::Relaxed)),
            doing: Mutex::new(lock(&shared.doing).clone()),
        }))
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn retries_max(&self) -> u32 {
        self.0.retries_max.load(Ordering::Relaxed)
    }

    /// Notes what happens now, in words that follow "while".
    pub fn doing(&self, what: String) {
        *lock(&self.0.doing) = what;
    }

    pub fn time_left(&self) -> Duration {
        let deadline = Duration::from_millis(self.0.deadline_ms.load(Ordering::Relaxed));
        deadline.saturating_sub(self.0.clock.monotonic())
    }

    /// Moves the deadline to that of `other` when that is later, and allows its retries when those
    /// are more.
    pub fn extend_to(&self, other: &Work) {
        let theirs = other.0.deadline_ms.load(Ordering::Relaxed);
        self.0.deadline_ms.fetch_max(theirs, Ordering::Relaxed);
        let retries = &self.0.retries_max;
        retries.fetch_max(other.retries_max(), Ordering::Relaxed);
    }

    pub fn timed_out(&self) -> Error {
        Error::new(
            Status::Timeout,
            format!(
                "no answer within {} ms while {}",
                self.0.timeout.as_millis(),
                lock(&self.0.doing)
            ),
        )
        .advise("allow more time, or check that the host is reachable and not overloaded")
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
