//! `--install-tools`: gets what is missing, by apt where apt is, and below target/tools otherwise.
//! Nothing here runs without that flag.

use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::process;
use crate::progress::step;
use crate::tools::{Tool, on_path};
use crate::workspace::Workspace;

/// Installs those of `wanted` that are missing. What cannot be had here is not an error: the parts that need it say
/// so themselves, with the reason that the installer gave.
pub fn install(workspace: &Workspace, wanted: &[Tool]) {
    let missing: Vec<Tool> = wanted
        .iter()
        .copied()
        .filter(|tool| tool.find(workspace).is_none())
        .collect();
    let packages: Vec<&str> = missing
        .iter()
        .filter_map(|tool| tool.packages())
        .flat_map(str::split_whitespace)
        .collect();
    if !packages.is_empty() {
        report(step("install tools", || {
            apt(&packages)?;
            Ok(packages.join(" "))
        }));
    }
    if missing.contains(&Tool::PowerShell) {
        report(step("install PowerShell", || powershell(workspace)));
    }
    if wanted.contains(&Tool::PowerShell) && Tool::PowerShell.find(workspace).is_some() {
        report(pester(workspace));
    }
}

fn report(result: Result<()>) {
    if let Err(error) = result {
        println!("    {}", error.to_string().replace('\n', "\n    "));
    }
}

fn apt(packages: &[&str]) -> Result<()> {
    let apt = on_path("apt-get")
        .ok_or_else(|| format!("there is no apt-get here; install {}", packages.join(", ")))?;
    let run = |arguments: &[&str]| {
        let mut command = match on_path("sudo").filter(|_| !is_root()) {
            Some(sudo) => {
                let mut command = Command::new(sudo);
                command.arg("-n").arg(&apt);
                command
            }
            None => Command::new(&apt),
        };
        process::quiet(
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    // The lists of a fresh machine are empty, those of an old one may name files that are gone.
    run(&["update"]).and_then(|()| run(&install))
}

fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn powershell(workspace: &Workspace) -> Result<String> {
    let mut dotnet = Tool::Dotnet.require(workspace)?;
    process::quiet(
        dotnet
            .args(["tool", "install", "PowerShell", "--tool-path"])
            .arg(workspace.tools()),
    )?;
    Ok("target/tools/pwsh".to_owned())
}

/// Where Pester is saved when the PowerShell found has none that is new enough.
pub fn pester_folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("modules")
}

/// Whether the PowerShell found has Pester 5, by itself or below target/tools.
pub fn has_pester(workspace: &Workspace) -> bool {
    let script =
        "if (Get-Module -ListAvailable Pester | Where-Object { $_.Version.Major -ge 5 }) { 'yes' }";
    powershell_says(workspace, script).is_ok_and(|answer| answer.trim() == "yes")
}

fn pester(workspace: &Workspace) -> Result<()> {
    if has_pester(workspace) {
        return Ok(());
    }
    step("install Pester", || {
        let folder = pester_folder(workspace);
        std::fs::create_dir_all(&folder)?;
        let script = format!(
            "Save-Module -Name Pester -MinimumVersion 5.5 -Path '{}' -Force",
            folder.display()
        );
        powershell_says(workspace, &script)?;
        Ok("target/tools/modules".to_owned())
    })
}

fn powershell_says(workspace: &Workspace, script: &str) -> Result<String> {
    let mut command = Tool::PowerShell.require(workspace)?;
    let modules = with_pester(workspace);
    process::capture(
        command
            .args(["-NoProfile", "-NonInteractive", "-Command", script])
            .env("PSModulePath", modules)
            .env("NO_COLOR", "1"),
    )
}

/// PSModulePath with target/tools/modules in front; PowerShell adds its own folders to what it is given.
pub fn with_pester(workspace: &Workspace) -> std::ffi::OsString {
    let mut folders = vec![pester_folder(workspace)];
    if let Some(existing) = std::env::var_os("PSModulePath") {
        folders.extend(std::env::split_paths(&existing));
    }
    std::env::join_paths(folders).unwrap_or_default()
}
