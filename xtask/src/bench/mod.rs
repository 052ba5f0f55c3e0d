//! `bench`: what a token costs, as a C program sees it. Each bench has a file of its own; the machine's other work meets
//! every one of them, so numbers are compared within one run and never between two.

mod cached;
mod cold;

use crate::Result;
use crate::arguments::Arguments;
use crate::workspace::Workspace;

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let check = arguments.flag("--check");
    let runs = match arguments.value("--runs")? {
        None => None,
        Some(text) => match text.parse() {
            Ok(0) | Err(_) => return Err(format!("--runs {text:?} is no number from 1 on").into()),
            Ok(runs) => Some(runs),
        },
    };
    let which = arguments.next_word();
    arguments.finish()?;
    match which.as_deref() {
        Some("cold") => cold::run(workspace, runs, check),
        Some("cached") => cached::run(workspace, runs, check),
        _ => Err(
            "there are two benches: `cargo xtask bench cold` and `cargo xtask bench cached`".into(),
        ),
    }
}

/// Cores that this process may use, and what they are called where the system says.
fn machine() -> String {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let said = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = said
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unnamed", |(_, model)| model.trim());
    format!("{count} CPUs ({model})")
}
