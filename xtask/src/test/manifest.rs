//! The PowerShell module's manifest against the cmdlets' sources, their help and the workspace's version: seen without
//! PowerShell, so that a drift shows everywhere.

use std::fs;

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::workspace::Workspace;
use crate::{Result, exports, help, mono, psd1};

pub const SUITE: Suite = Suite {
    name: "manifest",
    inside: false,
    needs: &[],
    prepare: None,
    run,
    tests: no_names,
};

const MANIFEST: &str = "powershell/Doorkey/Doorkey.psd1";

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let workspace = context.workspace;
    let text = fs::read_to_string(workspace.root.join(MANIFEST))
        .map_err(|error| format!("{MANIFEST}: {error}"))?;
    let mut exported = psd1::list(&text, "CmdletsToExport").unwrap_or_default();
    exported.sort();
    report.check(
        "the manifest exports the cmdlets that there are",
        agree("the sources", &cmdlets(workspace)?, &exported),
    );
    report.check(
        "every cmdlet that the manifest exports has help, and no other",
        agree("docs/powershell", &help::documented(workspace)?, &exported),
    );
    report.check(
        "the manifest has the version of the workspace",
        same_version(workspace, &text),
    );
    Ok(())
}

fn agree(name: &str, names: &[String], exported: &[String]) -> Result<String> {
    let complaints = exports::compare(name, names, "the manifest", exported);
    match complaints.is_empty() {
        true => Ok(String::new()),
        false => Err(complaints.join("\n").into()),
    }
}

fn same_version(workspace: &Workspace, manifest: &str) -> Result<String> {
    let version = psd1::string(manifest, "ModuleVersion").unwrap_or_default();
    let cargo: toml::Table =
        toml::from_str(&fs::read_to_string(workspace.root.join("Cargo.toml"))?)?;
    let ours = cargo["workspace"]["package"]["version"].as_str();
    match ours == Some(version.as_str()) {
        true => Ok(version),
        false => Err(format!("the manifest says {version:?}, Cargo.toml {ours:?}").into()),
    }
}

/// The cmdlets by the attribute on their classes.
fn cmdlets(workspace: &Workspace) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in mono::sources_below(&workspace.root.join("powershell/cmdlets"))? {
        found.extend(declared(&fs::read_to_string(path)?));
    }
    found.sort();
    Ok(found)
}

/// `[Cmdlet(VerbsCommon.Get, "DoorkeyToken", …)]`, the noun as a text or as a constant with that name's text.
fn declared(source: &str) -> Option<String> {
    let (_, rest) = source.split_once("[Cmdlet(")?;
    let (verb, rest) = rest.split_once(',')?;
    let verb = verb.trim().trim_matches('"');
    let verb = verb.rsplit('.').next().unwrap_or(verb);
    let noun = rest.split([',', ')']).next()?.trim().trim_matches('"');
    Some(format!("{verb}-{noun}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cmdlet_is_known_by_its_attribute() {
        let source =
            "    [Cmdlet(VerbsCommon.Get, \"DoorkeyToken\", DefaultParameterSetName = \"X\")]\n";
        assert_eq!(declared(source).as_deref(), Some("Get-DoorkeyToken"));
        assert_eq!(declared("class Helper {}"), None);
    }
}
