//! The next best thing to a network of one's own: a small library, preloaded into everything the tests start, that
//! turns away whoever tries to reach beyond loopback and writes it down. Linux only; needs a C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, process};

const SOURCE: &str = "tests/c/guard/loopback_only.c";
/// Where the preloaded library writes every attempt.
const ATTEMPTS: &str = "DOORKEY_TEST_ATTEMPTS";

pub struct Guard {
    library: PathBuf,
    attempts: PathBuf,
}

/// Compiles the library, if this system can preload one.
pub fn find(workspace: &Workspace) -> Option<Guard> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    build(workspace).ok()
}

fn build(workspace: &Workspace) -> Result<Guard> {
    let folder = workspace.target.join("guard");
    std::fs::create_dir_all(&folder)?;
    let guard = Guard {
        library: folder.join("loopback_only.so"),
        attempts: folder.join("attempts"),
    };
    process::quiet(
        Tool::CCompiler
            .require(workspace)?
            .args(["-std=gnu11", "-O2", "-shared", "-fPIC"])
            .args(["-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-o"])
            .arg(&guard.library)
            .arg(workspace.root.join(SOURCE))
            .arg("-ldl"),
    )?;
    std::fs::write(&guard.attempts, "")?;
    Ok(guard)
}

impl Guard {
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("LD_PRELOAD", &self.library)
            .env(ATTEMPTS, &self.attempts);
        command
    }
}

/// Whether this process is guarded, and so whatever it starts.
pub fn is_active() -> bool {
    std::env::var_os(ATTEMPTS).is_some()
}

/// How often somebody was turned away since the guard was made.
pub fn attempts() -> Option<u64> {
    let text = std::fs::read_to_string(std::env::var_os(ATTEMPTS)?).ok()?;
    Some(text.lines().count() as u64)
}
