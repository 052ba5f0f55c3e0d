//! `module`: the importable folder target/module/Doorkey, put together from the C# assemblies, the native library,
//! the files in powershell/Doorkey and the help made from docs/powershell.

use std::fs;
use std::path::Path;

use crate::arguments::Arguments;
use crate::progress::step;
use crate::workspace::Workspace;
use crate::{Result, build, dotnet, help};

/// One build of these serves Windows PowerShell 5.1 and every PowerShell 7.
const FRAMEWORK: &str = "net462";

const ASSEMBLIES: [&str; 2] = ["Doorkey.PowerShell.dll", "Doorkey.Interop.dll"];

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    build::build(workspace)?;
    step("PowerShell module", || assemble(workspace))
}

/// Builds the cmdlets and fills the folder anew; files that no longer belong there go.
pub fn assemble(workspace: &Workspace) -> Result<String> {
    let built = dotnet::build(workspace, dotnet::CMDLETS, Some(FRAMEWORK))?;
    let module = workspace.module();
    if module.exists() {
        fs::remove_dir_all(&module)?;
    }
    fs::create_dir_all(&module)?;
    copy_folder(&workspace.root.join("powershell/Doorkey"), &module)?;
    for assembly in ASSEMBLIES {
        copy(&built.join(assembly), &module.join(assembly))?;
    }
    copy(&workspace.root.join("LICENSE"), &module.join("LICENSE"))?;
    dotnet::place_native(workspace, &module)?;
    help::write(workspace, &module.join("en-US"))?;
    Ok(workspace.shown(&module))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| format!("cannot copy {}: {error}", from.display()).into())
}
