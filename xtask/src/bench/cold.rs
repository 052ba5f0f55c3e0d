//! `bench cold`: what the first token costs a whole C process, beside a C program that speaks to the socket itself.
//! Both are started in turn, many times in one run, against one emulator, so that whatever else the machine is doing
//! meets both alike.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::emulator::Emulator;
use crate::workspace::Workspace;
use crate::{Result, build, examples, process};

/// The most that the first token of a process may cost, against the raw socket.
const RATIO_LIMIT: f64 = 1.25;
/// How long the endpoint takes to answer where the limit counts. A bare reqwest library
/// comes to 1.17 against an endpoint of 2 to 3 ms, which a real one hardly ever undercuts. Against one that
/// answers at once, loading any library of this size would take up the whole margin; that is shown beside it.
const ENDPOINT: Duration = Duration::from_millis(3);
/// Enough for the median to stand still on a busy machine; some ten seconds.
const RUNS: usize = 400;
/// The first runs find cold caches, which is another question.
const WARM_UP: usize = 20;

struct Contestant {
    name: &'static str,
    source: &'static str,
}

/// The most that the whole process may take beyond the time of the endpoint.
const OVERHEAD_LIMIT: Duration = Duration::from_millis(10);

const CONTESTANTS: [Contestant; 2] = [
    Contestant {
        name: "through the library",
        source: "benches/c/first_token.c",
    },
    Contestant {
        name: "raw socket",
        source: "benches/c/raw_token.c",
    },
];

pub fn run(workspace: &Workspace, runs: Option<usize>, check: bool) -> Result<()> {
    let runs = runs.unwrap_or(RUNS);
    build::build(workspace)?;
    build::build_for_tests(workspace)?;
    let emulator = Emulator::start(workspace)?;
    let mut commands = Vec::new();
    for contestant in &CONTESTANTS {
        let source = workspace.root.join(contestant.source);
        let mut command = Command::new(examples::compile_c(workspace, &source)?);
        emulator.lead(&mut command);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        commands.push(command);
    }
    println!("\nThe first token of a whole process, {runs} runs of each in turn\n");
    let at_once = interleaved(&mut commands, runs)?;
    show("the endpoint answers at once", &at_once);
    let slower = format!(
        r#"{{"endpoint":"token","times":null,"delay_ms":{}}}"#,
        ENDPOINT.as_millis()
    );
    emulator.script("/fault", &slower)?;
    let times = interleaved(&mut commands, runs)?;
    drop(emulator);
    show(
        &format!("the endpoint takes {} ms", ENDPOINT.as_millis()),
        &times,
    );
    verdict(workspace, &times, check)
}

/// Runs both in turn, each first as often as the other.
fn interleaved(commands: &mut [Command], runs: usize) -> Result<[Times; 2]> {
    let mut times = [Times::default(), Times::default()];
    for round in 0..WARM_UP + runs {
        for turn in 0..2 {
            let who = (round + turn) % 2;
            let took = time(&mut commands[who])?;
            if round >= WARM_UP {
                times[who].0.push(took);
            }
        }
    }
    Ok(times)
}

/// From before the process exists until it is gone.
fn time(command: &mut Command) -> Result<Duration> {
    let started = Instant::now();
    let status = command
        .status()
        .map_err(|error| process::cannot_start(command, &error))?;
    let took = started.elapsed();
    match status.success() {
        true => Ok(took),
        false => Err(format!("{} {status}", process::shown(command)).into()),
    }
}

#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn sorted(&self) -> Vec<Duration> {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted
    }

    fn min(&self) -> Duration {
        self.sorted().first().copied().unwrap_or_default()
    }

    fn median(&self) -> Duration {
        let sorted = self.sorted();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }
}

fn show(title: &str, times: &[Times; 2]) {
    println!("  {title:<30} {:>9} {:>10}", "min", "median");
    for (contestant, times) in CONTESTANTS.iter().zip(times) {
        println!(
            "    {:<28} {:>6.2} ms {:>7.2} ms",
            contestant.name,
            milliseconds(times.min()),
            milliseconds(times.median())
        );
    }
    println!(
        "    {:<28} {:>20.2}\n",
        "ratio of the medians",
        ratio(times)
    );
}

fn verdict(workspace: &Workspace, times: &[Times; 2], check: bool) -> Result<()> {
    let (ratio, beyond) = (ratio(times), beyond_the_endpoint(&times[0]));
    let size = build::verify_size(workspace);
    let size_shown = size.as_ref().map_or_else(ToString::to_string, Clone::clone);
    println!("  ratio:   {ratio:.2}, at most {RATIO_LIMIT}");
    println!(
        "  process: the endpoint's {} ms and {:.2} ms, at most {} ms",
        ENDPOINT.as_millis(),
        milliseconds(beyond),
        OVERHEAD_LIMIT.as_millis()
    );
    println!("  library: {size_shown}");
    if !check {
        return Ok(());
    }
    size?;
    if ratio > RATIO_LIMIT {
        return Err(format!(
            "the first token takes {ratio:.2} times the raw socket's, more than {RATIO_LIMIT}"
        )
        .into());
    }
    if beyond > OVERHEAD_LIMIT {
        return Err(format!(
            "the first token takes {:.2} ms beyond the endpoint's time, more than {}",
            milliseconds(beyond),
            OVERHEAD_LIMIT.as_millis()
        )
        .into());
    }
    Ok(())
}

/// What the median process takes beyond the delay that the endpoint was told; the work of the emulator itself, and
/// starting and ending a process, all count against us.
fn beyond_the_endpoint(times: &Times) -> Duration {
    times.median().saturating_sub(ENDPOINT)
}

/// What the library takes, measured by what the raw socket takes.
fn ratio(times: &[Times; 2]) -> f64 {
    times[0].median().as_secs_f64() / times[1].median().as_secs_f64()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minimum_and_median_do_not_depend_on_the_order() {
        let times = Times([5, 1, 9, 3, 7].map(Duration::from_millis).to_vec());
        assert_eq!(times.min(), Duration::from_millis(1));
        assert_eq!(times.median(), Duration::from_millis(5));
    }

    #[test]
    fn the_endpoints_own_time_is_not_ours() {
        let times = Times([9, 4, 8].map(Duration::from_millis).to_vec());
        assert_eq!(beyond_the_endpoint(&times), Duration::from_millis(5));
    }

    #[test]
    fn both_take_turns_at_going_first_and_are_timed_equally_often() {
        let mut commands = [Command::new("cargo"), Command::new("cargo")];
        for command in &mut commands {
            command.arg("--version").stdout(Stdio::null());
        }
        let times = interleaved(&mut commands, 3).unwrap();
        assert_eq!((times[0].0.len(), times[1].0.len()), (3, 3));
    }
}
