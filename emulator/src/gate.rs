//! A gate holds requests until a test opens it, so that tests wait for events and never for time.
//! What is held, and on which endpoint, is the business of faults.rs.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Longer than any honest arrival takes on an overloaded machine; only a broken test gets here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Holds the requests that reach it until it is released. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: watch::Sender<State>,
    /// Guards nothing but the waiting of ordinary threads; the state itself lives in `state`.
    turnstile: Mutex<()>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    held: usize,
    abandoned: usize,
    open: bool,
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            state: watch::Sender::new(State::default()),
            turnstile: Mutex::new(()),
            changed: Condvar::new(),
        }))
    }

    /// Lets everything pass that is held, and everything that comes later.
    pub fn release(&self) {
        self.change(|state| state.open = true);
    }

    /// How many requests are being held at this moment.
    pub fn held(&self) -> usize {
        self.0.state.borrow().held
    }

    /// Blocks until at least `count` requests are held at the same time.
    ///
    /// # Panics
    /// When they do not arrive within a minute.
    pub fn wait_for(&self, count: usize) {
        self.block_until("held", count, |state| state.held >= count);
    }

    /// Blocks until the clients of at least `count` held requests have gone away: this is how a test sees that a cancelled
    /// call closed its connection.
    ///
    /// # Panics
    /// When they do not go within a minute.
    pub fn wait_for_abandoned(&self, count: usize) {
        self.block_until("abandoned", count, |state| state.abandoned >= count);
    }

    /// As [`Gate::wait_for`], for the control endpoint, which must not block its thread.
    pub(crate) async fn held_at_least(&self, count: usize) {
        let mut states = self.0.state.subscribe();
        // The sender lives as long as this gate, so the wait cannot fail.
        let _ = states.wait_for(|state| state.held >= count).await;
    }

    /// Stands in the way of one request. Dropped before the release: the client has gone.
    pub(crate) async fn pass(&self) {
        let mut place = Place {
            gate: self,
            passed: false,
        };
        self.change(|state| state.held += 1);
        let mut states = self.0.state.subscribe();
        let _ = states.wait_for(|state| state.open).await;
        place.passed = true;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        self.0.state.send_modify(change);
        // Taken and given back so that no thread sits between its look and its sleep.
        drop(
            self.0
                .turnstile
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        self.0.changed.notify_all();
    }

    fn block_until(&self, what: &str, count: usize, reached: impl Fn(&State) -> bool) {
        let turnstile = self
            .0
            .turnstile
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (guard, timeout) = self
            .0
            .changed
            .wait_timeout_while(turnstile, PATIENCE, |()| !reached(&self.0.state.borrow()))
            .unwrap_or_else(PoisonError::into_inner);
        drop(guard);
        let state = *self.0.state.borrow();
        assert!(
            !timeout.timed_out() || reached(&state),
            "waited {PATIENCE:?} for {count} requests to be {what}; the gate is at {state:?}"
        );
    }
}

/// One held request; keeps the counts right on both ways out.
struct Place<'a> {
    gate: &'a Gate,
    passed: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.change(|state| {
            state.held -= 1;
            if !self.passed {
                state.abandoned += 1;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    fn on_a_runtime<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(work)
    }

    #[test]
    fn an_open_gate_holds_nothing() {
        let gate = Gate::new();
        gate.release();
        on_a_runtime(gate.pass());
        assert_eq!(gate.held(), 0);
    }

    #[test]
    fn a_closed_gate_holds_until_the_release() {
        let gate = Gate::new();
        let other = gate.clone();
        let held = std::thread::spawn(move || on_a_runtime(other.pass()));
        gate.wait_for(1);
        assert_eq!(gate.held(), 1);
        gate.release();
        held.join().expect("the held request passes");
        assert_eq!(gate.held(), 0);
    }

    #[test]
    fn a_client_that_goes_is_counted_as_abandoned() {
        let gate = Gate::new();
        on_a_runtime(async {
            tokio::select! {
                biased;
                () = gate.pass() => unreachable!("nobody opened the gate"),
                () = gate.held_at_least(1) => {}
            }
        });
        gate.wait_for_abandoned(1);
        assert_eq!(gate.held(), 0);
    }
}
