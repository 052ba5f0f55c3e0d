//! Clocks for tests to which `TestClock` is too simple: one whose sleepers sleep until they are woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use doorkey::clock::{Clock, TimeSource};
use doorkey::{Client, ClientOptions};
use doorkey_emulator::Emulator;
use tokio::sync::watch;

use crate::common::options;

/// A client for `emulator` on any clock.
pub fn client_by(emulator: &Emulator, clock: &Arc<impl TimeSource + 'static>) -> Client {
    Client::new(ClientOptions {
        clock: Clock::from_source(Arc::clone(clock) as Arc<dyn TimeSource>),
        ..options(emulator)
    })
    .expect("a client")
}

/// Longer than any honest event takes on an overloaded machine; only a broken test gets here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that stands still until it is advanced: whoever sleeps on it sleeps until then.
pub struct StepClock {
    now: watch::Sender<Duration>,
    sleepers: Arc<(Mutex<usize>, Condvar)>,
}

impl StepClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            now: watch::Sender::new(Duration::ZERO),
            sleepers: Arc::default(),
        })
    }

    /// Blocks until so many sleep at the same time.
    pub fn wait_for_sleepers(&self, count: usize) {
        let (sleepers, changed) = &*self.sleepers;
        let held = sleepers.lock().unwrap();
        let (sleepers, _) = changed
            .wait_timeout_while(held, PATIENCE, |sleepers| *sleepers < count)
            .unwrap();
        assert!(*sleepers >= count, "only {sleepers} of {count} sleep");
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }
}

impl TimeSource for StepClock {
    fn now_unix(&self) -> i64 {
        1_750_000_000 + self.monotonic().as_secs() as i64
    }

    fn monotonic(&self) -> Duration {
        *self.now.borrow()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let end = self.monotonic() + duration;
        let mut now = self.now.subscribe();
        let sleeper = Sleeper::new(&self.sleepers);
        Box::pin(async move {
            let _sleeper = sleeper;
            let _ = now.wait_for(|now| *now >= end).await;
        })
    }
}

/// One who sleeps, counted until woken or gone.
struct Sleeper(Arc<(Mutex<usize>, Condvar)>);

impl Sleeper {
    fn new(sleepers: &Arc<(Mutex<usize>, Condvar)>) -> Self {
        *sleepers.0.lock().unwrap() += 1;
        sleepers.1.notify_all();
        Self(Arc::clone(sleepers))
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap() -= 1;
    }
}
