//! A secret that is kept, and for whom it still serves: by its age on both clocks, and by what is known of the
//! versions before it.

use std::time::Duration;

use crate::clock::Clock;
use crate::limits;
use crate::vault::cache::Wish;
use crate::vault::model::Secret;

/// A secret, and when the read began that brought it.
pub struct Held {
    pub secret: Secret,
    pub read_at: Moment,
    /// Counts like the uses.
    pub began: u64,
    /// Versions that are known to have been the latest before it.
    pub replaced: Vec<Box<str>>,
}

/// When a read began.
#[derive(Clone, Copy)]
pub struct Start {
    pub at: Moment,
    pub number: u64,
    pub generation: u64,
}

/// Both clocks: one stands still while a machine sleeps, the other can be set.
#[derive(Clone, Copy)]
pub struct Moment {
    monotonic: Duration,
    unix: i64,
}

impl Moment {
    pub fn now(clock: &Clock) -> Self {
        Self {
            monotonic: clock.monotonic(),
            unix: clock.now_unix(),
        }
    }

    pub fn age(self, now: Moment) -> Duration {
        let wall = u64::try_from(now.unix.saturating_sub(self.unix)).unwrap_or(0);
        // Seconds are cut off: what looks a second older may be younger than that.
        let wall = Duration::from_secs(wall.saturating_sub(1));
        wall.max(now.monotonic.saturating_sub(self.monotonic))
    }
}

/// Versions that one secret's successor is remembered for.
const REPLACED_MAX: usize = 8;

impl Held {
    pub fn is_later(&self, start: Start) -> bool {
        self.began > start.number
    }

    fn has_replaced(&self, version: &str) -> bool {
        let mut replaced = self.replaced.iter();
        replaced.any(|old| old.eq_ignore_ascii_case(version))
    }

    pub fn note_replaced(&mut self, version: &str) {
        let is_own = self.secret.version().eq_ignore_ascii_case(version);
        if is_own || self.has_replaced(version) {
            return;
        }
        if self.replaced.len() == REPLACED_MAX {
            self.replaced.remove(0);
        }
        self.replaced.push(version.into());
    }

    pub fn serves(&self, wish: &Wish, now: Moment) -> bool {
        if wish.is_forced {
            return false;
        }
        let age = self.read_at.age(now);
        match &wish.newer_than {
            None => !wish.max_age.is_zero() && age <= wish.max_age,
            Some(old) => self.has_replaced(old) && age <= wish.max_age.max(limits::ROTATION_SHARE),
        }
    }

    pub fn serves_if_unreachable(&self, wish: &Wish, now: Moment) -> bool {
        // One that is merely another version may be older still than the one that stopped working.
        let newer = |old: &str| self.has_replaced(old);
        !wish.stale_if_error.is_zero()
            && self.read_at.age(now) <= wish.stale_if_error
            && wish.newer_than.as_deref().is_none_or(newer)
    }
}
