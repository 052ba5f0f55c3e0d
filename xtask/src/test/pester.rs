//! The PowerShell tests, in the real engine, against the assembled module and never the source folder.

use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, dotnet, files};
use crate::tools::Tool;
use crate::{Result, install, module, process};

pub const SUITE: Suite = Suite {
    name: "powershell",
    inside: true,
    needs: &[Tool::PowerShell, Tool::Dotnet],
    prepare: Some(prepare),
    run,
    tests: |workspace| files(workspace, FOLDER, ".Tests.ps1"),
};

const FOLDER: &str = "tests/powershell";
const LIMIT: Duration = Duration::from_secs(900);

/// Counts in a form of our own: the texts of Pester differ between its versions.
const SCRIPT: &str = "\
$result = Invoke-Pester -Path tests/powershell -PassThru
foreach ($test in $result.Tests) {
    if ($test.Result -in 'Failed', 'Skipped', 'Inconclusive', 'NotRun') {
        '@@' + $test.Result + ' ' + $test.ExpandedPath
    }
}
'@@Passed ' + $result.PassedCount
'@@Broken ' + ($result.FailedContainersCount + $result.FailedBlocksCount)
";

fn prepare(context: &Context) -> Result<()> {
    if !install::has_pester(context.workspace) {
        return Err("Pester 5 is missing; `Install-Module Pester -MinimumVersion 5.5` in PowerShell installs it".into());
    }
    module::assemble(context.workspace).map(drop)
}

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let mut command = Tool::PowerShell.require(context.workspace)?;
    command
        .args(["-NoProfile", "-NonInteractive", "-Command", SCRIPT])
        .current_dir(&context.workspace.root)
        .env("PSModulePath", install::with_pester(context.workspace));
    let log = context.workspace.target.join("logs/powershell.log");
    let ended = process::logged(dotnet::lead(context.workspace, &mut command), &log, LIMIT)?;
    let found = read(&ended.output);
    if found.is_none() {
        report.fail(format!("PowerShell: {} without a result", ended.verdict()));
    }
    report.add(found.unwrap_or_default());
    if !report.failed.is_empty() {
        report.notes.push(format!("Pester said:\n{}", ended.output));
    }
    Ok(())
}

/// The lines that our script adds at the end; None when it did not get there.
fn read(output: &str) -> Option<Report> {
    let mut report = Report::default();
    let mut complete = false;
    for line in output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("@@"))
    {
        let (word, rest) = line.split_once(' ')?;
        match word {
            "Passed" => report.passed = rest.trim().parse().ok()?,
            "Failed" => report.fail(format!("PowerShell: {rest}")),
            "Broken" => {
                complete = true;
                for _ in 0..rest.trim().parse().unwrap_or(0) {
                    report.fail("PowerShell: a file or block of tests that could not be run");
                }
            }
            _ => report.skipped.push(format!("PowerShell: {rest}: {word}")),
        }
    }
    complete.then_some(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_names_are_read_from_our_own_lines() {
        let report = read(
            "noise\n@@Failed Token / throws\n@@Skipped Secret / waits\n@@Passed 7\n@@Broken 1\n",
        )
        .unwrap();
        assert_eq!(report.passed, 7);
        assert_eq!(report.failed[0], "PowerShell: Token / throws");
        assert_eq!(report.failed.len(), 2);
        assert_eq!(report.skipped, ["PowerShell: Secret / waits: Skipped"]);
    }

    #[test]
    fn a_run_that_did_not_get_to_its_end_has_no_result() {
        assert!(read("@@Passed 7\n").is_none());
    }
}
