//! `bench bulk`: many secrets of a vault that takes its time, in one call and one by one. Each number is that of a process
//! which has done nothing before: the token and the connections are part of it.

use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::bench::{machine, median, numbers, output, with_secrets};
use crate::emulator::Emulator;
use crate::workspace::Workspace;

const SOURCE: &str = "benches/c/many_secrets.c";
/// How long the vault takes for each request.
const LATENCY: Duration = Duration::from_millis(20);
const AT_ONCE: usize = 16;
/// The most that 100 secrets may take.
const HUNDRED_LIMIT: Duration = Duration::from_millis(200);
/// How much quicker 1,000 secrets must be than one by one.
const GAIN_LIMIT: f64 = 10.0;
const RUNS: usize = 11;

pub fn run(workspace: &Workspace, runs: Option<usize>, check: bool) -> Result<()> {
    let (emulator, program) = with_secrets(workspace, 1000, SOURCE)?;
    let slow = format!(
        r#"{{"endpoint":"vault","times":null,"delay_ms":{}}}"#,
        LATENCY.as_millis()
    );
    emulator.script("/fault", &slow)?;
    let times = |how, count| time(workspace, &emulator, &program, how, count);
    let hundred = (0..runs.unwrap_or(RUNS)).map(|_| times("bulk", 100));
    let hundred: Vec<u64> = hundred.collect::<Result<_>>()?;
    let bulk = times("bulk", 1000)?;
    let single = times("single", 1000)?;
    drop(emulator);
    let typical = Duration::from_nanos(median(hundred.iter().copied()));
    let least = Duration::from_nanos(hundred.iter().copied().min().unwrap_or_default());
    let gain = single as f64 / bulk as f64;
    println!(
        "\nSecrets of a vault that takes {} ms, {AT_ONCE} at once, in a new process, {}\n",
        LATENCY.as_millis(),
        machine()
    );
    println!(
        "  100 in one call:   median {} ms, least {} ms, at most {}",
        typical.as_millis(),
        least.as_millis(),
        HUNDRED_LIMIT.as_millis()
    );
    println!(
        "  1,000 in one call: {} ms; one by one {} ms: {gain:.1} times, at least {GAIN_LIMIT}",
        bulk / 1_000_000,
        single / 1_000_000
    );
    if check && typical > HUNDRED_LIMIT {
        return Err(format!("100 secrets take {} ms", typical.as_millis()).into());
    }
    match check && gain < GAIN_LIMIT {
        true => Err(format!("1,000 secrets are only {gain:.1} times quicker").into()),
        false => Ok(()),
    }
}

fn time(
    workspace: &Workspace,
    emulator: &Emulator,
    program: &Command,
    how: &str,
    count: usize,
) -> Result<u64> {
    let mut command = Command::new(program.get_program());
    command.args([how, &count.to_string(), &AT_ONCE.to_string()]);
    let printed = output(workspace, emulator.lead(&mut command))?;
    numbers::<1>(&printed).map(|[ns]| ns)
}
