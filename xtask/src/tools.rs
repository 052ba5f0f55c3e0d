//! The programs that the other languages need: which there are, where they are looked for, and the command that gets
//! one. Looking is all that happens here; install.rs installs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::Workspace;
use crate::{Result, check_windows};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    CCompiler,
    CppCompiler,
    Valgrind,
    Nm,
    Dotnet,
    MonoCompiler,
    Mono,
    PowerShell,
    WindowsCompiler,
}

/// A tool, the programs that serve as it (the first found wins), and its package where apt is.
struct Row {
    tool: Tool,
    name: &'static str,
    programs: &'static [&'static str],
    package: Option<&'static str>,
}

const TABLE: &[Row] = &[
    Row {
        tool: Tool::CCompiler,
        name: "a C compiler",
        programs: &["gcc", "cc", "clang"],
        package: Some("gcc libc6-dev"),
    },
    Row {
        tool: Tool::CppCompiler,
        name: "a C++ compiler",
        programs: &["g++", "c++", "clang++"],
        package: Some("g++"),
    },
    Row {
        tool: Tool::Valgrind,
        name: "valgrind",
        programs: &["valgrind"],
        package: Some("valgrind"),
    },
    Row {
        tool: Tool::Nm,
        name: "nm",
        programs: &["nm", "llvm-nm"],
        package: Some("binutils"),
    },
    Row {
        tool: Tool::Dotnet,
        name: "the .NET SDK",
        programs: &["dotnet"],
        package: None,
    },
    Row {
        tool: Tool::MonoCompiler,
        name: "the Mono compiler",
        programs: &["mcs"],
        package: Some("mono-mcs"),
    },
    Row {
        tool: Tool::Mono,
        name: "Mono",
        programs: &["mono"],
        package: Some("mono-runtime"),
    },
    Row {
        tool: Tool::PowerShell,
        name: "PowerShell",
        programs: &["pwsh", "powershell"],
        package: None,
    },
    Row {
        tool: Tool::WindowsCompiler,
        name: "the compilers for Windows",
        // ring compiles C and assembler even when the rest is only checked.
        programs: &["x86_64-w64-mingw32-gcc", "cl"],
        package: Some("rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64-win32"),
    },
];

impl Tool {
    fn row(self) -> &'static Row {
        TABLE
            .iter()
            .find(|row| row.tool == self)
            .expect("every tool has a row")
    }

    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn packages(self) -> Option<&'static str> {
        self.row().package
    }

    /// The full path of the program, if there is one.
    pub fn find(self, workspace: &Workspace) -> Option<PathBuf> {
        match self {
            Tool::PowerShell => return find_powershell(workspace),
            Tool::WindowsCompiler if !check_windows::has_standard_library() => return None,
            _ => {}
        }
        self.row()
            .programs
            .iter()
            .find_map(|program| on_path(program))
    }

    /// The program, or an error that says how to get it.
    pub fn require(self, workspace: &Workspace) -> Result<Command> {
        match self.find(workspace) {
            Some(path) => Ok(Command::new(path)),
            None => Err(self.missing().into()),
        }
    }

    /// "Mono is missing; `apt-get install …` installs it".
    pub fn missing(self) -> String {
        format!("{} is missing; {}", self.name(), self.remedy())
    }

    fn remedy(self) -> String {
        match self {
            Tool::Dotnet => {
                let command = if cfg!(windows) {
                    "winget install Microsoft.DotNet.SDK.10"
                } else if cfg!(target_os = "macos") {
                    "brew install --cask dotnet-sdk"
                } else {
                    "curl -sSL https://dot.net/v1/dotnet-install.sh | bash"
                };
                format!("`{command}` installs it (8.0 or later will do)")
            }
            Tool::PowerShell => {
                "`dotnet tool install PowerShell --tool-path target/tools` installs it where a .NET SDK is \
                 (get that first), and DOORKEY_PWSH names one that is elsewhere"
                    .to_owned()
            }
            _ => match self.packages() {
                Some(packages) if cfg!(target_os = "linux") => {
                    format!("`apt-get install {packages}` installs it")
                }
                _ => "install it and put it on PATH".to_owned(),
            },
        }
    }
}

/// DOORKEY_PWSH, then PATH, then what `--install-tools` put below the target folder.
fn find_powershell(workspace: &Workspace) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("DOORKEY_PWSH").filter(|value| !value.is_empty()) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let programs = Tool::PowerShell.row().programs;
    programs
        .iter()
        .find_map(|program| on_path(program))
        .or_else(|| executable(&workspace.tools().join("pwsh")))
}

/// A program on PATH, as an absolute path, so that a later change of folder or PATH does not matter.
pub fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .find_map(|folder| executable(&folder.join(program)))
}

fn executable(path: &Path) -> Option<PathBuf> {
    let candidate = if cfg!(windows) {
        path.with_extension("exe")
    } else {
        path.to_owned()
    };
    candidate.is_file().then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Tool] = &[
        Tool::CCompiler,
        Tool::CppCompiler,
        Tool::Valgrind,
        Tool::Nm,
        Tool::Dotnet,
        Tool::MonoCompiler,
        Tool::Mono,
        Tool::PowerShell,
        Tool::WindowsCompiler,
    ];

    #[test]
    fn every_tool_has_a_row_and_says_how_to_get_it() {
        for tool in ALL {
            assert!(tool.missing().contains("is missing; "), "{tool:?}");
        }
        assert_eq!(ALL.len(), TABLE.len());
    }

    #[test]
    fn cargo_is_found_on_the_path_by_its_absolute_name() {
        assert!(on_path("cargo").unwrap().is_absolute());
        assert_eq!(on_path("doorkey-no-such-program"), None);
    }
}
