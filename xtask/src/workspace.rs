//! Where things lie: the source tree, the target folder that cargo uses, and the places below it that others rely on.
//! Nothing here builds or runs anything but `cargo metadata`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Result, process};

/// What the dynamic library is called on the system that xtask runs on.
pub const LIBRARY: &str = if cfg!(windows) {
    "doorkey.dll"
} else if cfg!(target_os = "macos") {
    "libdoorkey.dylib"
} else {
    "libdoorkey.so"
};

pub const STATIC_LIBRARY: &str = if cfg!(windows) {
    "doorkey.lib"
} else {
    "libdoorkey.a"
};

pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that CARGO_TARGET_DIR and every configuration file count.
    pub fn locate() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = process::capture(
            cargo()
                .args(["metadata", "--no-deps", "--format-version", "1"])
                .current_dir(here),
        )?;
        let metadata: Value = serde_json::from_str(&text)?;
        Ok(Self {
            root: PathBuf::from(string(&metadata, "workspace_root")?),
            target: PathBuf::from(string(&metadata, "target_directory")?),
        })
    }

    /// Everything cargo knows about the locked dependency graph, for every platform.
    pub fn metadata(&self) -> Result<Value> {
        let text =
            process::capture(
                self.cargo()
                    .args(["metadata", "--locked", "--format-version", "1"]),
            )?;
        Ok(serde_json::from_str(&text)?)
    }

    /// `cargo`, to be run in the source tree.
    pub fn cargo(&self) -> Command {
        let mut command = cargo();
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    pub fn dist(&self) -> PathBuf {
        self.target.join("dist").join(rid())
    }

    pub fn library(&self) -> PathBuf {
        self.dist().join(LIBRARY)
    }

    pub fn header(&self) -> PathBuf {
        self.root.join("include/doorkey.h")
    }

    pub fn module(&self) -> PathBuf {
        self.target.join("module/Doorkey")
    }

    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    pub fn examples(&self) -> PathBuf {
        self.target.join("examples")
    }

    /// A path of the source tree as a person would type it.
    pub fn shown(&self, path: &Path) -> String {
        if let Ok(below) = path.strip_prefix(&self.root) {
            return below.display().to_string();
        }
        match path.strip_prefix(&self.target) {
            Ok(below) => Path::new("target").join(below).display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    /// The files git knows, relative to the root.
    pub fn tracked(&self) -> Result<Vec<String>> {
        let text = process::capture(
            Command::new("git")
                .args(["ls-files", "-z"])
                .current_dir(&self.root),
        )?;
        Ok(text
            .split('\0')
            .filter(|name| !name.is_empty() && self.root.join(name).is_file())
            .map(str::to_owned)
            .collect())
    }
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn string<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .ok_or_else(|| format!("cargo metadata has no {key}").into())
}

/// The runtime identifier under which .NET, and so everybody here, knows this system.
pub fn rid() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") if cfg!(target_env = "musl") => "linux-musl-x64",
        ("linux", "aarch64") if cfg!(target_env = "musl") => "linux-musl-arm64",
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("windows", "x86_64") => "win-x64",
        ("windows", "x86") => "win-x86",
        ("windows", "aarch64") => "win-arm64",
        ("macos", "x86_64") => "osx-x64",
        ("macos", "aarch64") => "osx-arm64",
        (os, arch) => panic!("Doorkey ships no library for {os} on {arch}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_the_root_or_the_target_folder_is_shown_without_them() {
        let workspace = Workspace {
            root: PathBuf::from("/somewhere"),
            target: PathBuf::from("/elsewhere/t"),
        };
        assert_eq!(
            workspace.shown(Path::new("/somewhere/include/doorkey.h")),
            "include/doorkey.h"
        );
        assert_eq!(
            workspace.shown(Path::new("/elsewhere/t/dist/x")),
            "target/dist/x"
        );
    }
}
