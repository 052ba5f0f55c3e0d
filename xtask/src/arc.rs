//! The one folder from which the library reads the keys of Azure Arc's agent, and whether an emulator may play the agent
//! on this system. The library asks no variable for it, or whoever sets one could have it read any file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::Result;

/// 1 where an emulator can play Arc's agent, not set elsewhere.
const VARIABLE: &str = "DOORKEY_TEST_ARC";

/// None where Azure has no agent.
fn folder() -> Option<PathBuf> {
    if cfg!(windows) {
        let data = std::env::var_os("ProgramData")?;
        return Some(PathBuf::from(data).join("AzureConnectedMachineAgent\\Tokens"));
    }
    cfg!(target_os = "linux").then(|| PathBuf::from("/var/opt/azcmagent/tokens"))
}

/// Why no emulator can play Arc's agent here, and what would help; `None` when one can.
pub fn obstacle() -> Option<&'static str> {
    static OBSTACLE: OnceLock<Option<String>> = OnceLock::new();
    OBSTACLE.get_or_init(find_obstacle).as_deref()
}

/// Tells tests whether they can have Arc.
pub fn tell(command: &mut Command) -> &mut Command {
    match obstacle() {
        None => command.env(VARIABLE, "1"),
        Some(_) => command.env_remove(VARIABLE),
    }
}

fn find_obstacle() -> Option<String> {
    let Some(folder) = folder() else {
        return Some("Azure Arc has no agent for this system".to_owned());
    };
    let error = try_to_write(&folder).err()?;
    let remedy = if cfg!(windows) {
        "run it as administrator"
    } else {
        "it needs mount namespaces (`unshare --mount`, with --map-root-user for other users than root), or run it as root"
    };
    Some(format!(
        "Azure Arc's agent keeps its keys in {}, which cannot be written to ({error}): {remedy}",
        folder.display()
    ))
}

/// Makes the folder and a file in it, and leaves nothing of it behind.
fn try_to_write(folder: &Path) -> Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        let probe = folder.join(format!("doorkey-{}", std::process::id()));
        std::fs::write(&probe, "")?;
        std::fs::remove_file(&probe)
    });
    for made in missing {
        // One that somebody uses by now is not empty and stays.
        let _ = std::fs::remove_dir(made);
    }
    Ok(written?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_only_tried_is_gone_again() {
        let root = std::env::temp_dir().join(format!("doorkey-xtask-arc-{}", std::process::id()));
        std::fs::create_dir(&root).unwrap();
        try_to_write(&root.join("agent/tokens")).unwrap();
        assert!(!root.join("agent").exists());
        try_to_write(&root).unwrap();
        assert_eq!(std::fs::read_dir(&root).unwrap().count(), 0);
        std::fs::remove_dir(&root).unwrap();
    }

    #[test]
    fn a_folder_below_a_file_cannot_be_written_to() {
        let file =
            std::env::temp_dir().join(format!("doorkey-xtask-arc-file-{}", std::process::id()));
        std::fs::write(&file, "").unwrap();
        assert!(try_to_write(&file.join("tokens")).is_err());
        std::fs::remove_file(&file).unwrap();
    }
}
