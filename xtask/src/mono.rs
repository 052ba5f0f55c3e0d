//! The same C# compiled by Mono's compiler, only to run it on Mono: the nearest thing to .NET Framework off Windows.
//! What ships comes from the .NET SDK alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dotnet::place_native;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, process};

/// Compiles the binding, and with it the program made of `sources`; returns the program.
pub fn compile(workspace: &Workspace, name: &str, sources: &[PathBuf]) -> Result<PathBuf> {
    if sources.is_empty() {
        return Err(format!("there are no sources for {name}").into());
    }
    let folder = workspace.target.join("mono").join(name);
    std::fs::create_dir_all(&folder)?;
    let interop = folder.join("Doorkey.Interop.dll");
    let binding = sources_below(&workspace.root.join("dotnet/Doorkey.Interop"))?;
    process::quiet(
        mcs(workspace)?
            .arg("-target:library")
            .arg(format!("-out:{}", interop.display()))
            .args(binding),
    )?;
    let program = folder.join(format!("{name}.exe"));
    process::quiet(
        mcs(workspace)?
            .arg("-target:exe")
            .arg(format!("-out:{}", program.display()))
            .arg(format!("-r:{}", interop.display()))
            .args(sources),
    )?;
    place_native(workspace, &folder)?;
    Ok(program)
}

fn mcs(workspace: &Workspace) -> Result<Command> {
    let mut command = Tool::MonoCompiler.require(workspace)?;
    command
        .args([
            "-nologo",
            "-langversion:7",
            "-unsafe",
            "-warnaserror",
            "-r:System.Core.dll",
        ])
        .current_dir(&workspace.root);
    Ok(command)
}

/// The C# files of a folder, whatever folders it has, without what a build left there.
pub fn sources_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            if path.is_dir() && name != "obj" && name != "bin" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "cs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
