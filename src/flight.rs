//! Single flight: one fetch at a time for each key, whoever asks. A waiter that gives up does not disturb
//! the others; when the last one has gone, the fetch stops. What is fetched, and what is kept of it, is
//! the caches' business.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::engine::{engine, lock};
use crate::error::{Error, Result};
use crate::transport::work::Work;

/// The fetches that are under way. Few: looking through them is faster than hashing.
pub(crate) struct Flights<K, T>(Mutex<Vec<Arc<Flight<K, T>>>>);

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// A fetch and those who wait for it.
struct Flight<K, T> {
    key: K,
    work: Work,
    outcome: watch::Receiver<Option<Result<T>>>,
    /// Guarded by the lock of the flights, like everything about joining and leaving.
    waiters: Mutex<usize>,
    abort: AbortHandle,
    /// On the clock's monotonic time.
    began: Duration,
}

impl<K, T> Flights<K, T>
where
    K: PartialEq + Clone,
    T: Clone + Send + Sync + 'static,
{
    /// Joins the fetch that is under way for this key, or starts one. `done` sees what came of the fetch
    /// before those who wait do; that of one that was stopped is that it was cancelled.
    pub fn join<Fut>(
        self: &Arc<Self>,
        key: &K,
        work: &Work,
        fetch: impl FnOnce(Work) -> Fut,
        done: impl FnOnce(&Result<T>) + Send + 'static,
    ) -> Result<Waiter<K, T>>
    where
        Fut: Future<Output = Result<T>> + Send + 'static,
    {
        let mut flights = lock(&self.0);
        let under_way =
            |flight: &&Arc<Flight<K, T>>| flight.key == *key && flight.outcome.borrow().is_none();
        if let Some(flight) = flights.iter().find(under_way) {
            // It may now take as long, and try as often, as its most patient waiter.
            flight.work.extend_to(work);
            *lock(&flight.waiters) += 1;
            return Ok(Waiter {
                flights: Arc::clone(self),
                flight: Arc::clone(flight),
            });
        }
        let (send, outcome) = watch::channel(None);
        let own_work = work.detached();
        let abort = engine()?.spawn(fetch(own_work.clone()), move |result| {
            done(&result);
            let _ = send.send(Some(result));
        });
        let flight = Arc::new(Flight {
            key: key.clone(),
            work: own_work,
            outcome,
            waiters: Mutex::new(1),
            abort,
            began: work.clock().monotonic(),
        });
        flights.push(Arc::clone(&flight));
        Ok(Waiter {
            flights: Arc::clone(self),
            flight,
        })
    }
}

/// One who waits; leaving last stops the fetch.
pub(crate) struct Waiter<K, T> {
    flights: Arc<Flights<K, T>>,
    flight: Arc<Flight<K, T>>,
}

impl<K, T: Clone> Waiter<K, T> {
    pub async fn outcome(&self) -> Result<T> {
        let mut outcome = self.flight.outcome.clone();
        let finished = outcome.wait_for(Option::is_some).await;
        match finished.as_deref() {
            Ok(Some(result)) => result.clone(),
            // The sender is gone without a word: the task was dropped.
            _ => Err(Error::cancelled()),
        }
    }

    /// When the fetch began, on the clock's monotonic time.
    pub fn began(&self) -> Duration {
        self.flight.began
    }

    /// Gives the fetch as much time as `other` has.
    pub fn extend_to(&self, other: &Work) {
        self.flight.work.extend_to(other);
    }
}

impl<K, T> Drop for Waiter<K, T> {
    fn drop(&mut self) {
        let mut flights = lock(&self.flights.0);
        let mut waiters = lock(&self.flight.waiters);
        *waiters -= 1;
        if *waiters == 0 {
            self.flight.abort.abort();
            flights.retain(|flight| !Arc::ptr_eq(flight, &self.flight));
        }
    }
}
