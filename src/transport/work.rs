//! `Work`: what every step of an operation shares: its clock, its deadline, how often it may
//! retry, and a note of what it is doing, for the message when the time is up.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::engine::lock;
use crate::error::{Error, Status};

/// What to do when a request that is sent once only got no clear answer.
pub(crate) const MAY_HAVE_WORKED: &str = "it may have taken effect all the same, so it was not sent again: look at what the vault has before you repeat it";

/// What to do when a change that takes its time was not seen to its end.
pub(crate) const ACCEPTED: &str = "the vault has accepted the change, and it only was not seen whether it is done: look again in a moment";

/// One operation's means. Clones share everything.
#[derive(Clone)]
pub(crate) struct Work {
    shared: Arc<Shared>,
    /// Milliseconds on the clock's monotonic time, before which nothing is sent: a service that throttles
    /// one request of an operation slows them all.
    held_until_ms: Arc<AtomicU64>,
}

struct Shared {
    clock: Clock,
    /// Grows like the deadline.
    retries_max: AtomicU32,
    timeout: Duration,
    /// Milliseconds on the clock's monotonic time. It only moves later: a fetch that several
    /// callers wait for may take as long as the most patient of them.
    deadline_ms: AtomicU64,
    doing: Mutex<String>,
    /// What to tell of a change that was sent, and whose end is not seen yet.
    uncertain: Mutex<Option<&'static str>>,
}

impl Work {
    pub fn new(clock: Clock, timeout: Duration, retries_max: u32, doing: String) -> Self {
        let deadline = clock.monotonic().saturating_add(timeout);
        let shared = Shared {
            clock,
            retries_max: AtomicU32::new(retries_max),
            timeout,
            deadline_ms: AtomicU64::new(millis(deadline)),
            doing: Mutex::new(doing),
            uncertain: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
            held_until_ms: Arc::default(),
        }
    }

    /// A copy with a deadline of its own, which may be moved without moving this one's.
    pub fn detached(&self) -> Self {
        Self {
            shared: self.copy(lock(&self.shared.doing).clone()),
            held_until_ms: Arc::default(),
        }
    }

    /// The same for one of several parts, which are held together.
    pub fn branch(&self, doing: String) -> Self {
        Self {
            shared: self.copy(doing),
            held_until_ms: Arc::clone(&self.held_until_ms),
        }
    }

    /// The same work, held together with `other` from now on.
    pub fn held_with(self, other: &Work) -> Self {
        Self {
            held_until_ms: Arc::clone(&other.held_until_ms),
            ..self
        }
    }

    fn copy(&self, doing: String) -> Arc<Shared> {
        let shared = &*self.shared;
        Arc::new(Shared {
            clock: shared.clock.clone(),
            retries_max: AtomicU32::new(self.retries_max()),
            timeout: shared.timeout,
            deadline_ms: AtomicU64::new(shared.deadline_ms.load(Ordering::Relaxed)),
            doing: Mutex::new(doing),
            uncertain: Mutex::default(),
        })
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub fn retries_max(&self) -> u32 {
        self.shared.retries_max.load(Ordering::Relaxed)
    }

    /// Notes what happens now, in words that follow "while".
    pub fn doing(&self, what: String) {
        *lock(&self.shared.doing) = what;
    }

    pub fn time_left(&self) -> Duration {
        let deadline = Duration::from_millis(self.shared.deadline_ms.load(Ordering::Relaxed));
        deadline.saturating_sub(self.shared.clock.monotonic())
    }

    /// Moves the deadline to that of `other` when that is later, and allows its retries when those
    /// are more.
    pub fn extend_to(&self, other: &Work) {
        let theirs = other.shared.deadline_ms.load(Ordering::Relaxed);
        self.shared.deadline_ms.fetch_max(theirs, Ordering::Relaxed);
        let retries = &self.shared.retries_max;
        retries.fetch_max(other.retries_max(), Ordering::Relaxed);
    }

    /// Has every request of this work wait this long.
    pub fn hold(&self, delay: Duration) {
        let until = millis(self.clock().monotonic().saturating_add(delay));
        self.held_until_ms.fetch_max(until, Ordering::Relaxed);
    }

    /// Waits while the work is held.
    pub async fn pass(&self) {
        loop {
            let until = Duration::from_millis(self.held_until_ms.load(Ordering::Relaxed));
            let left = until.saturating_sub(self.clock().monotonic());
            if left.is_zero() {
                return;
            }
            self.clock().sleep(left).await;
        }
    }

    /// Notes what to tell if the work ends now: something is on its way that takes effect even if that is
    /// never seen.
    pub fn uncertain(&self, advice: Option<&'static str>) {
        *lock(&self.shared.uncertain) = advice;
    }

    pub fn cancelled(&self) -> Error {
        match *lock(&self.shared.uncertain) {
            Some(advice) => Error::cancelled().advise(advice),
            None => Error::cancelled(),
        }
    }

    pub fn timed_out(&self) -> Error {
        let advice = lock(&self.shared.uncertain)
            .unwrap_or("allow more time, or check that the host is reachable and not overloaded");
        Error::new(
            Status::Timeout,
            format!(
                "no answer within {} ms while {}",
                self.shared.timeout.as_millis(),
                lock(&self.shared.doing)
            ),
        )
        .advise(advice)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
