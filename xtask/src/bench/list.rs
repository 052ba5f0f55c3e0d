//! `bench list`: the memory that it takes to read a list of 10,000 secrets page by page, beside one of a single page.

use crate::Result;
use crate::bench::{numbers, output, with_secrets};
use crate::workspace::Workspace;

const SOURCE: &str = "benches/c/list_secrets.c";
const PAGE: usize = 25;
const LONG: usize = 10_000;
/// The most that the long list may hold more than one page.
const LIMIT_KIB: u64 = 8 * 1024;
/// The most of so many runs counts.
const RUNS: usize = 3;

pub fn run(workspace: &Workspace, runs: Option<usize>, check: bool) -> Result<()> {
    let runs = runs.unwrap_or(RUNS);
    let short = most_memory(workspace, PAGE, runs)?;
    let long = most_memory(workspace, LONG, runs)?;
    let more = long.saturating_sub(short);
    println!(
        "\nThe most memory of a process that reads a list page by page, the most of {runs} runs\n"
    );
    println!("  {PAGE} secrets:     {short} KiB");
    println!("  {LONG} secrets: {long} KiB, {more} KiB more, at most {LIMIT_KIB}");
    match check && more > LIMIT_KIB {
        true => Err(format!("a list of {LONG} secrets takes {more} KiB more").into()),
        false => Ok(()),
    }
}

fn most_memory(workspace: &Workspace, secrets: usize, runs: usize) -> Result<u64> {
    // The tutorial's secret is one of them.
    let (emulator, mut command) = with_secrets(workspace, secrets - 1, SOURCE)?;
    emulator.lead(&mut command);
    let mut most = 0;
    for _ in 0..runs {
        let [listed, kib] = numbers(&output(workspace, &mut command)?)?;
        if listed != secrets as u64 {
            return Err(format!("{listed} secrets were listed and not {secrets}").into());
        }
        most = most.max(kib);
    }
    Ok(most)
}
