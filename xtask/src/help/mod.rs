//! `help`: what Get-Help shows, made from docs/powershell/*.md. One markdown file per cmdlet, laid out as PlatyPS lays
//! it out; markdown.rs reads it, syntax.rs reads the command lines in it, maml.rs writes it. about.rs writes the topics.

mod about;
mod maml;
mod markdown;
mod syntax;

use std::fs;
use std::path::Path;

use crate::Result;
use crate::arguments::Arguments;
use crate::progress::step;
use crate::workspace::Workspace;

const SOURCES: &str = "docs/powershell";
/// The name is the rule by which PowerShell finds the help of a compiled module.
const FILE: &str = "Doorkey.PowerShell.dll-Help.xml";

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    arguments.finish()?;
    let folder = workspace.target.join("help/en-US");
    step("PowerShell help", || {
        let count = write(workspace, &folder)?;
        Ok(format!("{count} topics in {}", workspace.shown(&folder)))
    })
}

/// Writes the help of every cmdlet, and every about topic, into `folder`; returns how many topics there are.
pub fn write(workspace: &Workspace, folder: &Path) -> Result<usize> {
    fs::create_dir_all(folder)?;
    let mut commands = Vec::new();
    let mut topics = 0;
    for (name, text) in sources(workspace)? {
        topics += 1;
        if name.starts_with("about_") {
            let target = folder.join(format!("{name}.help.txt"));
            fs::write(target, about::write(&text))?;
            continue;
        }
        let command =
            markdown::read(&text).map_err(|error| format!("{SOURCES}/{name}.md: {error}"))?;
        if command.name != name {
            return Err(format!("{SOURCES}/{name}.md speaks of {}", command.name).into());
        }
        commands.push(command);
    }
    fs::write(folder.join(FILE), maml::write(&commands))?;
    Ok(topics)
}

/// The cmdlets that have help, by the names of their files.
pub fn documented(workspace: &Workspace) -> Result<Vec<String>> {
    let names = sources(workspace)?.into_iter().map(|(name, _)| name);
    Ok(names.filter(|name| !name.starts_with("about_")).collect())
}

/// Names and texts of the help files, sorted by name. A file that is neither a cmdlet's nor a topic's is left alone.
fn sources(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let folder = workspace.root.join(SOURCES);
    let entries = fs::read_dir(&folder).map_err(|error| format!("{SOURCES}: {error}"))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_topic = name.contains('-') || name.starts_with("about_");
        if is_topic && path.extension().is_some_and(|extension| extension == "md") {
            found.push((name, fs::read_to_string(&path)?));
        }
    }
    found.sort();
    Ok(found)
}
