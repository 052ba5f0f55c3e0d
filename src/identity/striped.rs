//! `Striped`: a value that many threads read and few change. Every stripe has a copy behind a lock of
//! its own on a cache line of its own, and a thread keeps to its stripe, so that readers on different
//! processors do not wait for each other's cache lines.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

/// Enough for the threads that ask at the same moment; more of them share.
const STRIPES: usize = 8;

/// One copy per stripe.
pub(crate) struct Striped<T>([Stripe<T>; STRIPES]);

/// As wide as the pairs of cache lines that processors fetch together.
#[repr(align(128))]
#[derive(Default)]
struct Stripe<T>(RwLock<T>);

impl<T: Default> Default for Striped<T> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<T> Striped<T> {
    /// Looks at this thread's copy.
    pub fn read<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let copy = self.0[own_stripe()].0.read();
        look(&copy.unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes every copy. A reader may see one that is not yet changed; that writers do not mix is
    /// the caller's business.
    pub fn write(&self, mut change: impl FnMut(&mut T)) {
        for stripe in &self.0 {
            change(&mut stripe.0.write().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

fn own_stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    // A thread that is being torn down has no such variable any more.
    OWN.try_with(|own| {
        if own.get() == usize::MAX {
            own.set(NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES);
        }
        own.get()
    })
    .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_the_readers_of_every_thread() {
        let striped = Striped::<u32>::default();
        striped.write(|copy| *copy += 1);
        std::thread::scope(|scope| {
            for _ in 0..2 * STRIPES {
                scope.spawn(|| assert_eq!(striped.read(|copy| *copy), 1));
            }
        });
    }
}
