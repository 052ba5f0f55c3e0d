//! `check-windows`: type-checks the library for Windows on a machine that is none, so that its Windows side cannot
//! rot. With rustup's target where it is installed, else with Debian's compiler and its copy of the standard library.

use std::path::Path;
use std::process::Command;

use crate::arguments::Arguments;
use crate::progress::step;
use crate::tools::Tool;
use crate::workspace::Workspace;
use crate::{Result, install, process};

const TARGET: &str = "x86_64-pc-windows-gnu";

/// Debian's own toolchain (rustc-web, cargo-web); its standard library for Windows exists as source only.
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let install_tools = arguments.flag("--install-tools");
    arguments.finish()?;
    if install_tools {
        install::install(workspace, &[Tool::WindowsCompiler]);
    }
    step("type-check for Windows", || check(workspace))
}

pub fn check(workspace: &Workspace) -> Result<String> {
    if Tool::WindowsCompiler.find(workspace).is_none() {
        return Err(Tool::WindowsCompiler.missing().into());
    }
    let (mut command, with) = if has_rustup_target() {
        (workspace.cargo(), "rustup's target")
    } else {
        (debian(workspace), "Debian's standard library sources")
    };
    command
        .args([
            "check",
            "--quiet",
            "--locked",
            "--package",
            "doorkey",
            "--lib",
        ])
        .args(["--target", TARGET])
        .env("CARGO_TARGET_DIR", workspace.target.join("windows"));
    process::quiet(&mut command)?;
    Ok(format!("{TARGET}, with {with}"))
}

/// Whether there is a standard library for Windows, compiled or as source.
pub fn has_standard_library() -> bool {
    has_rustup_target() || has_debian()
}

fn has_rustup_target() -> bool {
    process::capture(Command::new("rustup").args(["target", "list", "--installed"]))
        .is_ok_and(|list| list.lines().any(|line| line == TARGET))
}

fn has_debian() -> bool {
    let programs = [DEBIAN_CARGO, DEBIAN_RUSTC];
    if !programs.iter().all(|program| Path::new(program).is_file()) {
        return false;
    }
    let sysroot = process::capture(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"]));
    sysroot.is_ok_and(|sysroot| {
        Path::new(sysroot.trim())
            .join("lib/rustlib/src/rust/library/std")
            .is_dir()
    })
}

/// cargo and rustc of Debian, with nothing left over from the toolchain that runs us.
fn debian(workspace: &Workspace) -> Command {
    let mut command = Command::new(DEBIAN_CARGO);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("RUSTUP_") || name_text.starts_with("CARGO_PKG_") {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(&workspace.root)
        .env_remove("CARGO")
        .env("RUSTC", DEBIAN_RUSTC)
        // -Zbuild-std is for nightly compilers; this one is told to be one, for this check alone.
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("-Zbuild-std=std,panic_unwind");
    command
}
