//! What a person sees while something is going on: one line per step with its name, its result and its seconds.

use std::io::Write;
use std::time::Instant;

use crate::Result;

/// Runs `work` under a name; its text is what the step has to show.
pub fn step(name: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
    let started = begin(name);
    match work() {
        Ok(result) => {
            end(&result, started);
            Ok(())
        }
        Err(error) => {
            end("failed", started);
            Err(error)
        }
    }
}

/// Prints the name before the work starts, so that a slow step can be seen at work.
pub fn begin(name: &str) -> Instant {
    print!("  {name:<34} ");
    flush();
    Instant::now()
}

pub fn end(result: &str, started: Instant) {
    println!("{result:<58} {:>6.1} s", started.elapsed().as_secs_f64());
    flush();
}

fn flush() {
    // A reader that went away is no reason to stop building.
    let _ = std::io::stdout().flush();
}

/// 2_341_888 as "2.34 MB".
pub fn megabytes(bytes: u64) -> String {
    format!("{:.2} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_decimal_megabytes() {
        assert_eq!(megabytes(2_750_000), "2.75 MB");
    }
}
