//! `Clock`: wall time for expiries, monotonic time for deadlines and delays. Rust tests replace it,
//! so that no test waits for real time to pass.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What a replaced clock must answer.
pub trait TimeSource: Send + Sync {
    /// Wall time in seconds since 1970. Expiry is always judged by it: a machine that was
    /// suspended has a right wall clock and a monotonic one that stood still.
    fn now_unix(&self) -> i64;

    /// Time since an arbitrary start; never goes back.
    fn monotonic(&self) -> Duration;

    /// Completes when `duration` has passed on this clock.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The clock of one client.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn TimeSource>>);

impl Clock {
    /// The machine's clocks.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock of one's own, for tests.
    pub fn from_source(source: Arc<dyn TimeSource>) -> Self {
        Self(Some(source))
    }

    pub(crate) fn now_unix(&self) -> i64 {
        match &self.0 {
            Some(source) => source.now_unix(),
            None => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                // A clock set before 1970: every token looks fresh, the service decides.
                Err(_) => 0,
            },
        }
    }

    pub(crate) fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        match &self.0 {
            Some(source) => source.monotonic(),
            None => START.get_or_init(Instant::now).elapsed(),
        }
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Some(source) => source.sleep(duration).await,
            None => tokio::time::sleep(duration).await,
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "Clock::system()",
            Some(_) => "Clock::from_source(…)",
        })
    }
}
