//! `Turns`: whose turn it is to read on in what is given out piece by piece, and how far it has come. A
//! piece that is cancelled, times out or fails on its way is not lost: the next one begins where it did.

use std::sync::Mutex;

use crate::engine::lock;
use crate::error::{Error, Result};

/// How far something has been given out.
pub(crate) struct Turns<P>(Mutex<State<P>>);

struct State<P> {
    place: P,
    /// Where the piece under way would lead.
    proposed: Option<P>,
    is_taken: bool,
    /// Tells a turn from an earlier one whose work still runs.
    number: u64,
}

impl<P: Clone> Turns<P> {
    pub fn new(place: P) -> Self {
        Self(Mutex::new(State {
            place,
            proposed: None,
            is_taken: false,
            number: 0,
        }))
    }

    /// Takes the turn, and tells its number.
    pub fn take(&self) -> Result<u64> {
        let mut state = lock(&self.0);
        if state.is_taken {
            return Err(Error::invalid(
                "pager",
                "the page before has not been taken; take it, or free its operation",
            ));
        }
        state.is_taken = true;
        state.number += 1;
        Ok(state.number)
    }

    pub fn place(&self) -> P {
        lock(&self.0).place.clone()
    }

    /// Says where the piece of this turn ends.
    pub fn propose(&self, number: u64, place: P) {
        let mut state = lock(&self.0);
        if state.is_taken && state.number == number {
            state.proposed = Some(place);
        }
    }

    /// Ends the turn. Only a piece that was delivered counts.
    pub fn end(&self, number: u64, was_delivered: bool) {
        let mut state = lock(&self.0);
        if !state.is_taken || state.number != number {
            return;
        }
        state.is_taken = false;
        if let Some(place) = state.proposed.take().filter(|_| was_delivered) {
            state.place = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_turn_at_a_time() {
        let turns = Turns::new(0);
        let first = turns.take().unwrap();
        assert!(turns.take().is_err());
        turns.end(first, false);
        assert!(turns.take().is_ok());
    }

    #[test]
    fn a_piece_that_was_not_delivered_comes_again() {
        let turns = Turns::new(0);
        let lost = turns.take().unwrap();
        turns.propose(lost, 1);
        turns.end(lost, false);
        assert_eq!(turns.place(), 0);
        let next = turns.take().unwrap();
        // The work of the lost one ends late.
        turns.propose(lost, 9);
        turns.end(lost, true);
        turns.propose(next, 1);
        turns.end(next, true);
        assert_eq!(turns.place(), 1);
    }
}
