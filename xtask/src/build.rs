//! `build`: the shipped library, dynamic and static, into `target/dist/<rid>`. Each is compiled alone, because cargo
//! drops fat LTO when an rlib is among the crate types; the compiler's command line is kept and looked at.

use std::fs;
use std::path::{Path, PathBuf};

use crate::arguments::Arguments;
use crate::command_line;
use crate::progress::{megabytes, step};
use crate::workspace::{LIBRARY, STATIC_LIBRARY, Workspace};
use crate::{Result, emulator, process};

/// What the dynamic library may weigh.
pub const SIZE_LIMIT: u64 = 2_750_000;

struct Kind {
    crate_type: &'static str,
    file: &'static str,
}

const KINDS: [Kind; 2] = [
    Kind {
        crate_type: "cdylib",
        file: LIBRARY,
    },
    Kind {
        crate_type: "staticlib",
        file: STATIC_LIBRARY,
    },
];

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let verify = arguments.flag("--verify-lto");
    arguments.finish()?;
    build(workspace)?;
    if verify {
        step("fat LTO is on", || verify_lto(workspace))?;
    }
    Ok(())
}

/// Builds both libraries and says how large they are.
pub fn build(workspace: &Workspace) -> Result<()> {
    step("native library", || {
        let size = fs::metadata(build_kind(workspace, &KINDS[0])?)?.len();
        Ok(format!(
            "{} ({})",
            workspace.shown(&workspace.library()),
            megabytes(size)
        ))
    })?;
    step("native library, static", || {
        let path = build_kind(workspace, &KINDS[1])?;
        Ok(format!(
            "{} ({})",
            workspace.shown(&path),
            megabytes(fs::metadata(&path)?.len())
        ))
    })
}

/// What is built for tests and examples, without LTO: the emulator, the library with names for its functions, the
/// example in Rust. In one command, and with the packages that the tests are run with: cargo chooses the features of
/// dependencies anew for every choice of packages, and builds them anew.
pub fn build_for_tests(workspace: &Workspace) -> Result<()> {
    step("emulator, and Rust for tests", || {
        let mut cargo = workspace.cargo();
        cargo.args(["build", "--locked"]).args(TESTED_PACKAGES);
        cargo.args(["--lib", "--bins", "--examples"]);
        process::quiet(&mut cargo)?;
        Ok(workspace.shown(&emulator::program(workspace)))
    })
}

/// The emulator as quick as it can be: where many requests are timed, what it takes must not be what is timed.
pub fn build_quick_emulator(workspace: &Workspace) -> Result<()> {
    step("emulator, optimised", || {
        let mut cargo = workspace.cargo();
        cargo.args([
            "build",
            "--locked",
            "--release",
            "--package",
            "doorkey-emulator",
        ]);
        process::quiet(&mut cargo)?;
        Ok(workspace.shown(&emulator::quick_program(workspace)))
    })
}

/// The packages that are built and tested together; xtask is not among them, because it is running.
pub const TESTED_PACKAGES: [&str; 4] = ["--package", "doorkey", "--package", "doorkey-emulator"];

/// Compiles one kind if it is out of date and copies it to its place, with the command line that made it beside it.
fn build_kind(workspace: &Workspace, kind: &Kind) -> Result<PathBuf> {
    let shipped = workspace.dist().join(kind.file);
    let built = workspace.target.join("release").join(kind.file);
    let mut said = cargo_rustc(workspace, kind)?;
    // Nothing compiled and no record of how it was: what lies there may have been built by another command.
    let known = recorded(workspace, kind).is_ok() && same_content(&built, &shipped);
    if command_line::of_library(&said, "doorkey").is_none() && !known {
        process::quiet(workspace.cargo().args([
            "clean",
            "--quiet",
            "--release",
            "--package",
            "doorkey",
        ]))?;
        said = cargo_rustc(workspace, kind)?;
    }
    fs::create_dir_all(workspace.dist())?;
    if let Some(line) = command_line::of_library(&said, "doorkey") {
        fs::write(record(workspace, kind), line)?;
    }
    replace(&built, &shipped)?;
    Ok(shipped)
}

fn cargo_rustc(workspace: &Workspace, kind: &Kind) -> Result<String> {
    let mut command = workspace.cargo();
    command
        .args([
            "rustc",
            "--locked",
            "--release",
            "--lib",
            "--package",
            "doorkey",
        ])
        .args(["--crate-type", kind.crate_type, "--verbose"])
        .env_remove("CARGO_TERM_QUIET");
    let output = command
        .output()
        .map_err(|error| process::cannot_start(&command, &error))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    let words: String = said
        .lines()
        .filter(|line| !line.trim_start().starts_with("Fresh "))
        .flat_map(|line| [line, "\n"])
        .collect();
    Err(format!("{} failed:\n{words}", process::shown(&command)).into())
}

/// A new file in place of the old one: a process that has the old library mapped keeps it whole.
pub fn replace(from: &Path, to: &Path) -> Result<()> {
    if same_content(from, to) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let next = to.with_extension("next");
    fs::copy(from, &next).map_err(|error| format!("cannot copy {}: {error}", from.display()))?;
    fs::rename(&next, to)?;
    Ok(())
}

fn same_content(one: &Path, other: &Path) -> bool {
    match (fs::read(one), fs::read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn record(workspace: &Workspace, kind: &Kind) -> PathBuf {
    workspace
        .dist()
        .join(format!("{}.rustc.txt", kind.crate_type))
}

fn recorded(workspace: &Workspace, kind: &Kind) -> Result<String> {
    let path = record(workspace, kind);
    fs::read_to_string(&path).map_err(|error| {
        format!(
            "{}: {error}; `cargo xtask build` writes it",
            workspace.shown(&path)
        )
        .into()
    })
}

/// Looks at the command lines that compiled what lies in target/dist.
pub fn verify_lto(workspace: &Workspace) -> Result<String> {
    for kind in &KINDS {
        let line = recorded(workspace, kind)?;
        if let Some(complaint) = command_line::complaint(&line, kind.crate_type) {
            return Err(format!("{} {complaint}: {line}", kind.file).into());
        }
    }
    Ok("-C lto, one crate type each".to_owned())
}

/// The dynamic library stays within its budget.
pub fn verify_size(workspace: &Workspace) -> Result<String> {
    let bytes = fs::metadata(workspace.library())?.len();
    if bytes > SIZE_LIMIT {
        return Err(format!("the library has {bytes} bytes, its budget is {SIZE_LIMIT}").into());
    }
    Ok(format!("{bytes} of {SIZE_LIMIT} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_only_when_its_content_differs() {
        let folder =
            std::env::temp_dir().join(format!("doorkey-xtask-replace-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (from, to) = (folder.join("from"), folder.join("sub/to"));
        fs::write(&from, "one").unwrap();
        replace(&from, &to).unwrap();
        let first = fs::metadata(&to).unwrap().modified().unwrap();
        replace(&from, &to).unwrap();
        assert_eq!(fs::metadata(&to).unwrap().modified().unwrap(), first);
        fs::write(&from, "two").unwrap();
        replace(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), "two");
        fs::remove_dir_all(&folder).unwrap();
    }
}
