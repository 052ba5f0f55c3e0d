//! `Operation<T>`: work under way, the one noun for it in every language. It is finished exactly
//! once: by its result, its deadline, a cancel or a caught panic, whichever comes first. What it can
//! give is in outcome.rs.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use crate::engine::{self, BoxedWork, Place, engine, lock};
use crate::error::{Error, Result, Status};
use crate::outcome::{Outcome, Output};
use crate::platform;
use crate::transport::work::Work;

/// What a waiting thread adds to the operation's own deadline before it finishes the operation by
/// itself: the I/O thread should have done so, but might be starved.
const GRACE: Duration = Duration::from_millis(250);

type Callback = Box<dyn FnOnce(Status) + Send>;

/// Told whether the work's good outcome was taken: before whoever takes it has it, or when it is clear that nobody
/// will.
pub(crate) type Settle = Box<dyn FnOnce(bool) + Send>;

/// Work under way. Dropping it cancels what still runs.
pub struct Operation<T: Output> {
    raw: Raw,
    gives: PhantomData<fn() -> T>,
}

/// The same, whatever it gives.
pub(crate) enum Raw {
    Running(Arc<Shared>),
    /// Finished from the start, and nobody else has a part in it: what is had from memory is to cost
    /// no more than that.
    Ready(Mutex<Ready>),
}

pub(crate) struct Ready {
    slot: Slot,
    has_callback: bool,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    finished: Condvar,
    /// When it times out, on the real clock.
    deadline: Instant,
    work: Work,
}

struct State {
    slot: Slot,
    place: Option<Place>,
    waker: Option<Waker>,
    callback: Option<Callback>,
    has_callback: bool,
    abort: Option<AbortHandle>,
    settle: Option<Settle>,
}

impl State {
    fn take(&mut self) -> Result<Outcome> {
        let outcome = self.slot.take();
        if let Some(settle) = self.settle.take() {
            settle(outcome.is_ok());
        }
        outcome
    }
}

enum Slot {
    Running,
    Finished(Result<Outcome>),
    Taken(Status),
}

impl Slot {
    /// The outcome's status; `None` while it runs.
    fn status(&self) -> Option<Status> {
        match self {
            Slot::Running => None,
            Slot::Finished(Ok(_)) => Some(Status::Ok),
            Slot::Finished(Err(error)) => Some(error.status()),
            Slot::Taken(status) => Some(*status),
        }
    }

    /// Moves the outcome out, once.
    fn take(&mut self) -> Result<Outcome> {
        let status = self.status().unwrap_or(Status::Internal);
        match std::mem::replace(self, Slot::Taken(status)) {
            Slot::Finished(outcome) => outcome,
            Slot::Taken(_) => Err(Error::invalid(
                "operation",
                "its result has been taken already",
            )),
            Slot::Running => Err(Error::internal("a wait ended before its operation")),
        }
    }
}

impl<T: Output> Operation<T> {
    /// One that is finished already (a cache hit): no thread is involved.
    pub(crate) fn finished(outcome: Result<T>) -> Self {
        Self::of(Raw::finished(outcome.map(T::into_outcome)))
    }

    /// Starts `task` on the I/O thread and finishes when it does, at the latest at the work's
    /// deadline.
    pub(crate) fn start(
        work: &Work,
        task: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Self> {
        Self::start_settling(work, task, None)
    }

    /// The same; `settle` is not called when it cannot be started.
    pub(crate) fn start_settling(
        work: &Work,
        task: impl Future<Output = Result<T>> + Send + 'static,
        settle: Option<Settle>,
    ) -> Result<Self> {
        let task = Box::pin(async move { task.await.map(T::into_outcome) });
        Raw::start(work, task, settle).map(Self::of)
    }

    /// What `raw` gives must be a `T`.
    pub(crate) fn of(raw: Raw) -> Self {
        Self {
            raw,
            gives: PhantomData,
        }
    }

    #[cfg(feature = "capi")]
    pub(crate) fn into_raw(self) -> Raw {
        self.raw
    }

    /// Whether it is finished.
    pub fn is_finished(&self) -> bool {
        self.raw.status().is_some()
    }

    /// Waits until it is finished, `timeout` at most (`None`: until its own deadline). Any thread,
    /// any number of times.
    ///
    /// # Errors
    /// `REENTRANT` on one of the library's own threads while it is unfinished, `FORKED` in a
    /// forked child. How the work itself ended is what [`take`](Self::take) says.
    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        self.raw.wait(timeout)
    }

    /// Waits like [`wait`](Self::wait) without a limit, then moves the result out. Once only.
    ///
    /// # Errors
    /// How the work failed; those of `wait`; `INVALID_ARGUMENT` when the result was taken before.
    pub fn take(&self) -> Result<T> {
        given(self.raw.take()?)
    }

    /// Finishes it as `CANCELLED` at once, if it is not finished. Idempotent, any thread, also
    /// while another one waits or takes. A request that is on the wire may still take effect.
    pub fn cancel(&self) {
        self.raw.cancel();
    }

    /// Has `callback` called exactly once with the outcome's status, on the library's callback
    /// thread, never on the caller's stack; at once if it is finished already. Taking the result
    /// inside is allowed.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when a callback is registered already, `FORKED`, or `INTERNAL` when the
    /// callback thread cannot be started; the callback is not called then.
    pub fn on_complete(&self, callback: impl FnOnce(Status) + Send + 'static) -> Result<()> {
        self.raw.on_complete(Box::new(callback))
    }
}

fn given<T: Output>(outcome: Outcome) -> Result<T> {
    T::from_outcome(outcome).ok_or_else(|| Error::internal("work gave something else"))
}

impl Raw {
    fn finished(outcome: Result<Outcome>) -> Self {
        Self::Ready(Mutex::new(Ready {
            slot: Slot::Finished(outcome),
            has_callback: false,
        }))
    }

    pub fn start(work: &Work, task: BoxedWork<Outcome>, settle: Option<Settle>) -> Result<Self> {
        let engine = engine()?;
        let place = Place::take()?;
        let time_left = work.time_left();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                slot: Slot::Running,
                place: Some(place),
                waker: None,
                callback: None,
                has_callback: false,
                abort: None,
                settle,
            }),
            finished: Condvar::new(),
            deadline: Instant::now() + time_left,
            work: work.clone(),
        });
        let own = Arc::clone(&shared);
        let timed = {
            let work = work.clone();
            async move {
                match tokio::time::timeout(time_left, task).await {
                    Ok(outcome) => outcome,
                    Err(_) => Err(work.timed_out()),
                }
            }
        };
        let abort = engine.spawn(timed, move |outcome| own.finish(outcome));
        let mut state = lock(&shared.state);
        if let Slot::Running = state.slot {
            state.abort = Some(abort);
        }
        drop(state);
        Ok(Self::Running(shared))
    }

    fn status(&self) -> Option<Status> {
        match self {
            Raw::Running(shared) => lock(&shared.state).slot.status(),
            Raw::Ready(ready) => lock(ready).slot.status(),
        }
    }

    pub fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        if platform::is_forked() {
            return Err(Error::forked());
        }
        match self {
            Raw::Running(shared) => shared.wait(timeout),
            Raw::Ready(_) => Ok(true),
        }
    }

    pub fn take(&self) -> Result<Outcome> {
        self.wait(None)?;
        match self {
            Raw::Running(shared) => lock(&shared.state).take(),
            Raw::Ready(ready) => lock(ready).slot.take(),
        }
    }

    pub fn cancel(&self) {
        if let Raw::Running(shared) = self
            && !platform::is_forked()
        {
            shared.finish(Err(shared.work.cancelled()));
            shared.abort();
        }
    }

    pub fn on_complete(&self, callback: Callback) -> Result<()> {
        let engine = engine()?;
        engine.prepare_callbacks()?;
        let status = match self {
            Raw::Running(shared) => {
                let mut state = lock(&shared.state);
                register(&mut state.has_callback)?;
                match state.slot.status() {
                    Some(status) => status,
                    None => {
                        state.callback = Some(callback);
                        return Ok(());
                    }
                }
            }
            Raw::Ready(ready) => {
                let mut ready = lock(ready);
                register(&mut ready.has_callback)?;
                ready.slot.status().unwrap_or(Status::Internal)
            }
        };
        engine.call_back(Box::new(move || callback(status)))
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Result<Outcome>> {
        if platform::is_forked() {
            return Poll::Ready(Err(Error::forked()));
        }
        match self {
            Raw::Ready(ready) => Poll::Ready(lock(ready).slot.take()),
            Raw::Running(shared) => {
                let mut state = lock(&shared.state);
                if state.slot.status().is_some() {
                    return Poll::Ready(state.take());
                }
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn register(has_callback: &mut bool) -> Result<()> {
    match std::mem::replace(has_callback, true) {
        false => Ok(()),
        true => Err(Error::invalid(
            "callback",
            "one is registered for this operation already",
        )),
    }
}

impl Shared {
    fn wait(&self, timeout: Option<Duration>) -> Result<bool> {
        let mut state = lock(&self.state);
        if state.slot.status().is_some() {
            return Ok(true);
        }
        if timeout == Some(Duration::ZERO) {
            return Ok(false);
        }
        if engine::on_own_thread() {
            return Err(Error::new(
                Status::Reentrant,
                "waiting inside a completion callback would never end",
            )
            .advise("take the result in the callback of the operation that it belongs to"));
        }
        let own_end = self.deadline + GRACE;
        let asked_end = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let end = asked_end.map_or(own_end, |asked| asked.min(own_end));
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(state);
                return Ok(self.give_up(own_end));
            }
            let waited = self.finished.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.slot.status().is_some() {
                return Ok(true);
            }
        }
    }

    /// The wait has ended without a result; past its own deadline the operation has timed out.
    fn give_up(&self, own_end: Instant) -> bool {
        if Instant::now() < own_end {
            return false;
        }
        self.finish(Err(self.work.timed_out()));
        self.abort();
        true
    }

    /// The one way into a finished state; the first caller wins.
    fn finish(&self, outcome: Result<Outcome>) {
        let mut state = lock(&self.state);
        if !matches!(state.slot, Slot::Running) {
            return;
        }
        if outcome.is_err()
            && let Some(settle) = state.settle.take()
        {
            settle(false);
        }
        state.slot = Slot::Finished(outcome);
        state.place = None;
        let status = state.slot.status().unwrap_or(Status::Internal);
        let waker = state.waker.take();
        let callback = state.callback.take();
        drop(state);
        self.finished.notify_all();
        if let Some(callback) = callback {
            // on_complete has started the callback thread, so this cannot fail.
            if let Ok(engine) = engine() {
                let _ = engine.call_back(Box::new(move || callback(status)));
            }
        }
        // Last, because it is the host's executor that runs here.
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn abort(&self) {
        // Taken out first: the guard would otherwise live to the end of an `if let`.
        let abort = lock(&self.state).abort.take();
        if let Some(abort) = abort {
            abort.abort();
        }
    }
}

impl<T: Output> Future for Operation<T> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        self.raw.poll(context).map(|outcome| given(outcome?))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.cancel();
        if let Raw::Running(shared) = self
            && !platform::is_forked()
            && let Some(settle) = lock(&shared.state).settle.take()
        {
            settle(false);
        }
    }
}

impl<T: Output> fmt::Debug for Operation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.raw.status();
        f.debug_struct("Operation")
            .field("status", &status.unwrap_or(Status::Pending).name())
            .finish()
    }
}
