//! Many secrets at once: authenticated once, then so many requests at a time, each name read once, with an
//! outcome for each in the order in which they were asked for.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::engine::{engine, lock};
use crate::error::{Error, Result};
use crate::transport::work::Work;
use crate::vault::cache::{Cache, Key, Read, Wish};
use crate::vault::model::Secret;
use crate::vault::turns::Turns;

/// What was asked for, and what has come of it so far.
pub(crate) struct Batch {
    cache: Arc<Cache>,
    wish: Wish,
    work: Work,
    concurrency: usize,
    /// One for each name that was given.
    items: Vec<Item>,
    jobs: Vec<Read>,
    next_job: AtomicUsize,
    /// Workers that have not ended.
    working: AtomicUsize,
    outcomes: Mutex<Vec<Outcome>>,
    has_come: Notify,
    /// How many items have been given out.
    pub turns: Turns<usize>,
}

/// What reads the secrets of a batch. Dropped, it stops.
pub(crate) struct Workers(Vec<AbortHandle>);

impl Drop for Workers {
    fn drop(&mut self) {
        for worker in &self.0 {
            worker.abort();
        }
    }
}

/// The place of an item's job, or what is wrong with the item itself.
type Item = Result<usize>;

#[derive(Default)]
struct Outcome {
    result: Option<Result<Secret>>,
    /// Items that still wait for it.
    wanted: usize,
    /// Items that have got it, up to here.
    released: usize,
}

impl Batch {
    /// Names that mean the same secret are one job.
    pub fn new(
        cache: &Arc<Cache>,
        reads: Vec<Result<Read>>,
        wish: Wish,
        concurrency: usize,
        work: Work,
    ) -> Self {
        let mut jobs = Vec::with_capacity(reads.len());
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(reads.len());
        // Hashes first: there may be thousands, and few are the same.
        let hasher = RandomState::new();
        let mut keys: Vec<(u64, Key)> = Vec::with_capacity(reads.len());
        let items = reads.into_iter().map(|read| {
            let read = read?;
            let key = Key::new(&read.address, read.identity.clone());
            let hash = hasher.hash_one(&key);
            let known = keys.iter().position(|(h, k)| *h == hash && *k == key);
            let place = known.unwrap_or_else(|| {
                keys.push((hash, key));
                jobs.push(read);
                outcomes.push(Outcome::default());
                jobs.len() - 1
            });
            outcomes[place].wanted += 1;
            Ok(place)
        });
        let items = items.collect();
        Self {
            cache: Arc::clone(cache),
            wish,
            work,
            concurrency,
            items,
            jobs,
            next_job: AtomicUsize::new(0),
            working: AtomicUsize::new(0),
            outcomes: Mutex::new(outcomes),
            has_come: Notify::new(),
            turns: Turns::new(0),
        }
    }

    /// Begins to read all of them, but no further than so many ahead of what has been given out; the workers
    /// stop when the result is dropped.
    pub fn start_within(self: &Arc<Self>, ahead: usize) -> Result<Workers> {
        let engine = engine()?;
        let count = self.concurrency.min(self.jobs.len());
        self.working.store(count, Ordering::Release);
        let worker = |_| {
            let batch = Arc::clone(self);
            let own = Arc::clone(self);
            let work = async move {
                own.work_off(ahead).await;
                Ok(())
            };
            engine.spawn(work, move |end| batch.worker_has_ended(end))
        };
        Ok(Workers((0..count).map(worker).collect()))
    }

    /// Reads all of them. Dropped, it stops all.
    pub async fn run(self: &Arc<Self>) -> Result<()> {
        let _workers = self.start_within(usize::MAX)?;
        self.until(|| self.working.load(Ordering::Acquire) == 0)
            .await;
        Ok(())
    }

    /// Waits until something that is noticed here is so.
    async fn until(&self, is_so: impl Fn() -> bool) {
        let mut has_come = std::pin::pin!(self.has_come.notified());
        loop {
            // Before the look, or what comes in between would go unnoticed.
            has_come.as_mut().enable();
            if is_so() {
                return;
            }
            has_come.as_mut().await;
            has_come.set(self.has_come.notified());
        }
    }

    fn worker_has_ended(&self, end: Result<()>) {
        if self.working.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Nobody else will say what became of these: their worker was stopped, or panicked.
            let why = end.err().unwrap_or_else(Error::panicked);
            for outcome in lock(&self.outcomes).iter_mut() {
                if outcome.result.is_none() && outcome.wanted > 0 {
                    outcome.result = Some(Err(why.clone()));
                }
            }
        }
        self.has_come.notify_waiters();
    }

    /// Ends a turn; what waited for that goes on.
    pub fn given_out(&self, turn: u64, was_delivered: bool) {
        self.turns.end(turn, was_delivered);
        self.has_come.notify_waiters();
    }

    async fn work_off(&self, ahead: usize) {
        loop {
            let place = self.next_job.fetch_add(1, Ordering::Relaxed);
            let Some(read) = self.jobs.get(place) else {
                return;
            };
            // A job stands no further back than the first item that it is for.
            self.until(|| place < self.turns.place().saturating_add(ahead))
                .await;
            let what = read.address.describe();
            let work = self
                .work
                .branch(format!("waiting for a turn to get {what}"));
            let result = self.read(read, &work).await;
            lock(&self.outcomes)[place].result = Some(result);
            self.has_come.notify_waiters();
            // The connection goes back to the pool by a task of its own: ahead of it, the next request
            // would open another one.
            tokio::task::yield_now().await;
        }
    }

    async fn read(&self, read: &Read, work: &Work) -> Result<Secret> {
        let limit = work.time_left();
        // Even a look at a request would begin it.
        if limit.is_zero() {
            return self.too_late(read, work);
        }
        let own = Read {
            session: Arc::clone(&read.session),
            address: read.address.clone(),
            identity: read.identity.clone(),
        };
        let get = self.cache.get(own, &self.wish, None, work);
        let outcome = tokio::time::timeout(limit, get).await;
        outcome.unwrap_or_else(|_| self.too_late(read, work))
    }

    /// What comes of a name when the time is up: what is kept, and an older value where one will do, for a
    /// vault that took all the time was not reached either.
    fn too_late(&self, read: &Read, work: &Work) -> Result<Secret> {
        let kept = self.cache.without_time(read, &self.wish, work.clock());
        kept.ok_or_else(|| work.timed_out())
    }

    /// Every outcome, once all are there.
    pub fn all(&self) -> Vec<Result<Secret>> {
        let outcomes = lock(&self.outcomes);
        let outcome = |item: &Item| {
            let place = *item.as_ref().map_err(Error::clone)?;
            let result = outcomes[place].result.clone();
            result.unwrap_or_else(|| Err(Error::cancelled()))
        };
        self.items.iter().map(outcome).collect()
    }

    /// The next outcomes in order: those that are there, one at least; none at the end.
    pub async fn next(&self, turn: u64) -> Vec<Result<Secret>> {
        let from = self.turns.place();
        self.release(from);
        if from < self.items.len() {
            self.until(|| self.is_ready(from)).await;
        }
        let ready = self.ready(from);
        self.turns.propose(turn, from + ready.len());
        ready
    }

    fn is_ready(&self, item: usize) -> bool {
        match &self.items[item] {
            Ok(place) => lock(&self.outcomes)[*place].result.is_some(),
            Err(_) => true,
        }
    }

    fn ready(&self, from: usize) -> Vec<Result<Secret>> {
        let outcomes = lock(&self.outcomes);
        let result = |item: &Item| match item {
            Ok(place) => outcomes[*place].result.clone(),
            Err(error) => Some(Err(error.clone())),
        };
        self.items[from..].iter().map_while(result).collect()
    }

    /// Lets go of what has been given out: of many secrets only a few are held at a time.
    fn release(&self, up_to: usize) {
        let mut outcomes = lock(&self.outcomes);
        for (at, item) in self.items[..up_to].iter().enumerate() {
            if let Ok(place) = item {
                let outcome = &mut outcomes[*place];
                if at >= outcome.released {
                    outcome.released = at + 1;
                    outcome.wanted -= 1;
                }
                if outcome.wanted == 0 {
                    outcome.result = None;
                }
            }
        }
    }
}
