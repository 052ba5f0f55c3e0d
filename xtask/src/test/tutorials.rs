//! The tutorial in every language on every host, run as the demo runs it and held to what it promises: a token from
//! the host's source, and the secret with its id and version. And the example that goes beyond it.

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::emulator::{Emulator, SECRET};
use crate::examples::{EXAMPLES, Example, Told, run_secrets_in_c};
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
    let name = "the example in C that sets, reads in bulk and lists";
    match Tool::CCompiler.find(context.workspace) {
        Some(_) => report.check(name, goes_beyond(context)),
        None => report.skip(
            format!("{name}: {}", Tool::CCompiler.missing()),
            context.is_ci,
        ),
    }
    Ok(())
}

fn goes_beyond(context: &Context) -> Result<String> {
    let emulator = Emulator::start(context.workspace)?;
    let printed = run_secrets_in_c(context.workspace, &emulator)?;
    let vault = emulator.says("vault_url");
    for wanted in [
        format!("set {vault}/secrets/Greeting/"),
        format!("got {vault}/secrets/Greeting/"),
        format!("got {vault}/secrets/{SECRET}/"),
        "has Greeting\n".to_owned(),
        format!("has {SECRET}\n"),
    ] {
        if !printed.contains(&wanted) {
            return Err(format!("no {wanted:?} in:\n{printed}").into());
        }
    }
    Ok(String::new())
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
