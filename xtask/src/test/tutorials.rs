//! The tutorial in every language, run as the demo runs it and held to what it promises: a token from the identity
//! endpoint, and the secret with its id and version.

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::Result;
use crate::emulator::{Emulator, SECRET};
use crate::examples::{EXAMPLES, Example, Told};
use crate::hosts::HOSTS;
use crate::tools::Tool;

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
    let emulator = Emulator::start(context.workspace)?;
    for example in EXAMPLES {
        let name = format!("the tutorial in {}", example.name);
        match example.missing(context.workspace) {
            Some(tool) => report.skip(format!("{name}: {}", Tool::missing(tool)), context.is_ci),
            None => report.check(&name, keeps_its_promise(context, &emulator, example)),
        }
    }
    Ok(())
}

fn keeps_its_promise(context: &Context, emulator: &Emulator, example: &Example) -> Result<String> {
    let told: Told = example.run(context.workspace, emulator, &HOSTS[0])?;
    let expected = format!(
        "{}/secrets/{SECRET}/{}",
        emulator.says("vault_url"),
        told.version
    );
    if told.source != HOSTS[0].source {
        return Err(format!("the token came from {:?}", told.source).into());
    }
    if told.id != expected || told.version.len() != 32 {
        return Err(format!("the secret is {:?}, not {expected:?}", told.id).into());
    }
    Ok(told.id)
}
