//! The tutorial in every language on every host, run as the demo runs it and held to what it promises: a token from
//! the host's source, and the secret with its id and version.

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::emulator::{Emulator, SECRET};
use crate::examples::{EXAMPLES, Example, Told};
use crate::hosts::{HOSTS, Host};
use crate::tools::Tool;
use crate::{Result, arc};

pub const SUITE: Suite = Suite {
    name: "tutorials",
    inside: true,
    needs: &[],
    prepare: Some(prepare),
    run,
    tests: no_names,
};

fn prepare(context: &Context) -> Result<()> {
    EXAMPLES
        .iter()
        .filter(|example| example.missing(context.workspace).is_none())
        .try_for_each(|example| (example.build)(context.workspace))
}

fn run(context: &Context, report: &mut Report) -> Result<()> {
    for host in HOSTS {
        if let Some(why) = arc::obstacle().filter(|_| host.is_arc()) {
            report.skip(
                format!("the tutorials on {}: {why}", host.name),
                context.is_ci,
            );
            continue;
        }
        match Emulator::start_as(context.workspace, host) {
            Ok(emulator) => run_on(context, report, &emulator, host),
            Err(error) => report.fail(format!("the tutorials on {}: {error}", host.name)),
        }
    }
    Ok(())
}

fn run_on(context: &Context, report: &mut Report, emulator: &Emulator, host: &Host) {
    for example in EXAMPLES {
        let name = format!("the tutorial in {} on {}", example.name, host.name);
        match example.missing(context.workspace) {
            Some(tool) => report.skip(format!("{name}: {}", Tool::missing(tool)), context.is_ci),
            None => report.check(&name, keeps_its_promise(context, emulator, host, example)),
        }
    }
}

fn keeps_its_promise(
    context: &Context,
    emulator: &Emulator,
    host: &Host,
    example: &Example,
) -> Result<String> {
    let told: Told = example.run(context.workspace, emulator, host)?;
    let expected = format!(
        "{}/secrets/{SECRET}/{}",
        emulator.says("vault_url"),
        told.version
    );
    if told.source != host.source {
        return Err(format!("the token came from {:?}", told.source).into());
    }
    if told.id != expected || told.version.len() != 32 {
        return Err(format!("the secret is {:?}, not {expected:?}", told.id).into());
    }
    Ok(told.id)
}
