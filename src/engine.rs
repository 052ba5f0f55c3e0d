//! The engine: one lazily started thread `doorkey-io` with a single-threaded tokio runtime, and a
//! second thread `doorkey-callback` for the host's completion callbacks. Process-wide, never
//! dropped. What the work is, is not its business.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use once_cell::sync::OnceCell;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::error::{Error, Result, Status};
use crate::limits;
use crate::platform::{self, Signals};

static ENGINE: OnceCell<Engine> = OnceCell::new();

thread_local! {
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

type Job = Box<dyn FnOnce() + Send>;

/// What is run, whatever it is.
pub(crate) type BoxedWork<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// The running engine.
pub(crate) struct Engine {
    runtime: Handle,
    callbacks: OnceCell<mpsc::Sender<Job>>,
}

/// The engine, started if it does not run yet. A failed start is an error and tried again at the
/// next call.
pub(crate) fn engine() -> Result<&'static Engine> {
    if platform::is_forked() {
        return Err(Error::forked());
    }
    ENGINE.get_or_try_init(Engine::start)
}

/// Whether the caller runs on one of the library's own threads, where waiting would be waiting
/// for itself.
pub(crate) fn on_own_thread() -> bool {
    IS_OURS.get()
}

/// Locks without regard to poison: one caught panic must not make every later call fail.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    fn start() -> Result<Self> {
        platform::prepare_process();
        let no_engine = |error: std::io::Error| {
            Error::internal(format!("the I/O thread could not be started: {error}"))
                .advise("the process has too few threads, descriptors or too little memory left")
        };
        // Built here and driven there: work can be given to it before the thread has run at all,
        // and the first caller does not wait for it to start.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Only names are looked up there, and a look-up that hangs holds its thread.
            .max_blocking_threads(16)
            .thread_name("doorkey-io")
            .build()
            .map_err(no_engine)?;
        let handle = runtime.handle().clone();
        // Shared only until the thread runs: a runtime that is dropped where it did not start
        // panics when the caller happens to be a task of another one.
        let shared = Arc::new(Mutex::new(Some(runtime)));
        let own = Arc::clone(&shared);
        let started = platform::spawn_thread("doorkey-io", Signals::None, move || {
            IS_OURS.set(true);
            let runtime = lock(&own).take();
            if let Some(runtime) = runtime {
                runtime.block_on(std::future::pending::<()>());
            }
        });
        if let Err(error) = started {
            let runtime = lock(&shared).take();
            if let Some(runtime) = runtime {
                runtime.shutdown_background();
            }
            return Err(no_engine(error));
        }
        Ok(Self {
            runtime: handle,
            callbacks: OnceCell::new(),
        })
    }

    /// Runs `work` on the I/O thread. `done` is called exactly once with what came of it: its
    /// output, a caught panic, or nothing at all when the task was aborted.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) -> AbortHandle {
        self.spawn_boxed(Box::pin(work), Box::new(done))
    }

    fn spawn_boxed<T: Send + 'static>(
        &self,
        work: BoxedWork<T>,
        done: Box<dyn FnOnce(Result<T>) + Send>,
    ) -> AbortHandle {
        self.spawn_task(Box::pin(Task {
            work: Caught(Some(work)),
            completion: Completion { done: Some(done) },
        }))
    }

    /// The one kind of task that tokio sees: each further one would add its whole machinery to the
    /// library.
    fn spawn_task(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) -> AbortHandle {
        self.runtime.spawn(task).abort_handle()
    }

    /// Runs `job` on the callback thread, after all that were given before it.
    pub fn call_back(&self, job: Job) -> Result<()> {
        let callbacks = self.callbacks.get_or_try_init(start_callbacks)?;
        callbacks
            .send(job)
            .map_err(|_| Error::internal("the callback thread has ended"))
    }

    /// Starts the callback thread now, so that a completion later cannot fail to be delivered.
    pub fn prepare_callbacks(&self) -> Result<()> {
        self.callbacks.get_or_try_init(start_callbacks).map(|_| ())
    }
}

/// Runs `read` on a thread called `name`: a slow disk holds up neither I/O nor name look-ups. `what`
/// is what is read, for the message when there is no thread to be had.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    what: &str,
    read: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (send, done) = tokio::sync::oneshot::channel();
    platform::spawn_thread(name, Signals::None, move || {
        let _ = send.send(read());
    })
    .map_err(|error| {
        Error::internal(format!("no thread for reading {what}: {error}"))
            .advise("the process has too few threads or too little memory left")
    })?;
    done.await.unwrap_or_else(|_| Err(Error::panicked()))
}

fn start_callbacks() -> Result<mpsc::Sender<Job>> {
    let (send, receive) = mpsc::channel::<Job>();
    platform::spawn_thread("doorkey-callback", Signals::Collector, move || {
        IS_OURS.set(true);
        for job in receive {
            // A callback of the host must not unwind; a Rust one may panic all the same, and so
            // may its payload's drop.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
                let _ = catch_unwind(AssertUnwindSafe(move || drop(payload)));
            }
        }
    })
    .map_err(|error| {
        Error::internal(format!("the callback thread could not be started: {error}"))
            .advise("the process has too few threads or too little memory left")
    })?;
    Ok(send)
}

/// Sees to it that `done` is called exactly once, also when the task is dropped midway.
struct Completion<T> {
    done: Option<Box<dyn FnOnce(Result<T>) + Send>>,
}

impl<T> Completion<T> {
    fn finish(&mut self, outcome: Result<T>) {
        if let Some(done) = self.done.take() {
            done(outcome);
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        self.finish(Err(Error::cancelled()));
    }
}

/// Work, and whom to tell of its outcome.
struct Task<T> {
    work: Caught<T>,
    completion: Completion<T>,
}

impl<T> Future for Task<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match Pin::new(&mut self.work).poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(outcome) => {
                self.completion.finish(outcome);
                Poll::Ready(())
            }
        }
    }
}

/// A future whose panic becomes an error.
struct Caught<T>(Option<BoxedWork<T>>);

impl<T> Future for Caught<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let Some(work) = self.0.as_mut() else {
            return Poll::Ready(Err(Error::internal("a finished task was polled")));
        };
        match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => {
                self.0 = None;
                Poll::Ready(outcome)
            }
            Err(payload) => {
                let work = self.0.take();
                // Dropping either may panic once more.
                let _ = catch_unwind(AssertUnwindSafe(move || drop((payload, work))));
                Poll::Ready(Err(Error::panicked()))
            }
        }
    }
}

static IN_FLIGHT: AtomicUsize = AtomicUsize::new(0);

/// One of the places for operations under way; gives itself back on drop.
pub(crate) struct Place(());

impl Place {
    pub fn take() -> Result<Self> {
        let taken = IN_FLIGHT.fetch_add(1, Ordering::Relaxed);
        let place = Self(());
        if taken >= limits::OPERATIONS_IN_FLIGHT_MAX {
            return Err(Error::new(
                Status::LimitExceeded,
                format!(
                    "{} operations are under way already",
                    limits::OPERATIONS_IN_FLIGHT_MAX
                ),
            )
            .advise("wait for operations to finish before starting more, and free each one"));
        }
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        IN_FLIGHT.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_while_reading_is_an_error() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let read = on_thread::<()>("doorkey-test", "nothing", || panic!("on purpose"));
        let error = runtime.block_on(read).unwrap_err();
        assert_eq!(error.status(), Status::Panic);
    }
}
