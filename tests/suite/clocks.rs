//! Clocks for tests to which `TestClock` is too simple: one whose sleepers sleep until they are woken, and one
//! whose wall time moves by itself.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
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

/// A clock whose wall time can be set, and whose sleeps take no time.
#[derive(Default)]
pub struct WallClock {
    monotonic_ms: AtomicU64,
    wall_s: AtomicI64,
}

impl WallClock {
    pub fn new() -> Arc<Self> {
        let clock = Self::default();
        clock.set_wall(1_750_000_000);
        Arc::new(clock)
    }

    /// Time passes, for both.
    pub fn advance(&self, by: Duration) {
        self.run(by);
        self.move_wall(by.as_secs() as i64);
    }

    /// Time passes, and the wall clock is held.
    pub fn run(&self, by: Duration) {
        let ms = by.as_millis() as u64;
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// The wall clock is set, or the machine slept.
    pub fn move_wall(&self, seconds: i64) {
        self.wall_s.fetch_add(seconds, Ordering::SeqCst);
    }

    pub fn set_wall(&self, unix: i64) {
        self.wall_s.store(unix, Ordering::SeqCst);
    }
}

impl TimeSource for WallClock {
    fn now_unix(&self) -> i64 {
        self.wall_s.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.advance(duration);
        Box::pin(std::future::ready(()))
    }
}
