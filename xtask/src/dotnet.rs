//! The C# projects, as the .NET SDK builds them. Where each puts its assembly is asked of the project itself.
//! Mono's compiler is in mono.rs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::Tool;
use crate::workspace::{LIBRARY, Workspace, rid};
use crate::{Result, build, process};

pub const INTEROP: &str = "dotnet/Doorkey.Interop/Doorkey.Interop.csproj";
pub const CMDLETS: &str = "powershell/cmdlets/Doorkey.PowerShell.csproj";
pub const TESTS: &str = "tests/dotnet/Doorkey.Tests/Doorkey.Tests.csproj";
pub const TUTORIAL: &str = "examples/csharp/Tutorial.csproj";

/// `dotnet`, run in the source tree.
pub fn dotnet(workspace: &Workspace) -> Result<Command> {
    let mut command = Tool::Dotnet.require(workspace)?;
    command
        .current_dir(&workspace.root)
        // The projects build where cargo does.
        .env("CARGO_TARGET_DIR", &workspace.target)
        .env("DOTNET_CLI_TELEMETRY_OPTOUT", "1")
        .env("DOTNET_NOLOGO", "1")
        .env("DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "1")
        // A build server would outlive us and hold files below target.
        .env("MSBUILDDISABLENODEREUSE", "1")
        .env("DOTNET_CLI_USE_MSBUILD_SERVER", "0");
    Ok(command)
}

/// Restores and builds one project and returns the folder of its assembly. `framework` chooses among several.
pub fn build(workspace: &Workspace, project: &str, framework: Option<&str>) -> Result<PathBuf> {
    let path = workspace.root.join(project);
    if !path.is_file() {
        return Err(format!("{project} is missing").into());
    }
    let mut command = dotnet(workspace)?;
    command.args(["build", project, "--configuration", "Release"]);
    command.args(["--nologo", "--verbosity", "quiet"]);
    if let Some(framework) = framework {
        command.args(["--framework", framework]);
    }
    process::quiet(&mut command)?;
    let assembly = target_path(workspace, project, framework)?;
    let folder = assembly.parent().ok_or("an assembly lies in a folder")?;
    Ok(folder.to_owned())
}

/// Where a project's assembly goes.
pub fn target_path(
    workspace: &Workspace,
    project: &str,
    framework: Option<&str>,
) -> Result<PathBuf> {
    let mut command = dotnet(workspace)?;
    command.args(["msbuild", project, "-nologo", "-getProperty:TargetPath"]);
    command.arg("-property:Configuration=Release");
    if let Some(framework) = framework {
        command.arg(format!("-property:TargetFramework={framework}"));
    }
    let path = process::capture(&mut command)?.trim().to_owned();
    if path.is_empty() {
        return Err(format!("{project} does not say where its assembly goes").into());
    }
    Ok(PathBuf::from(path))
}

/// Puts the native library where the binding looks for it: `<rid>/` beside the assembly.
pub fn place_native(workspace: &Workspace, folder: &Path) -> Result<()> {
    build::replace(&workspace.library(), &folder.join(rid()).join(LIBRARY))
}
