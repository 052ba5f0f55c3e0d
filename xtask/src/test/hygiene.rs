//! Rules about the files themselves: their length, where `unsafe` may stand and what has to stand beside it, and what
//! must not be in any of them: paths of somebody's machine, names of package registries, work left for later.

use std::fs;

use super::report::Report;
use super::{Context, Suite, no_names, papers};
use crate::Result;
use crate::workspace::Workspace;

pub const SUITE: Suite = Suite {
    name: "hygiene",
    inside: false,
    needs: &[],
    prepare: None,
    run,
    tests: no_names,
};

/// More than this and a file tells more than one story.
const LINES_MAX: usize = 500;
/// Written by programs, and as long as they have to be.
const GENERATED: &[&str] = &["Cargo.lock", "include/doorkey.h", "abi/exports.txt"];
const CODE: &[&str] = &[
    ".rs", ".c", ".h", ".cs", ".ps1", ".psm1", ".psd1", ".ps1xml", ".sh",
];
/// The only folders with unsafe Rust.
const UNSAFE_FOLDERS: &[&str] = &["src/ffi/", "src/platform/"];
/// How many lines above a block its reason may stand: a statement in between may be broken over several.
const REASON_REACH: usize = 12;

type Rule = fn(&str, &str) -> Vec<String>;

const RULES: &[(&str, Rule)] = &[
    ("no file of code is longer than 500 lines", too_long),
    (
        "unsafe stands only in src/ffi and src/platform",
        unsafe_elsewhere,
    ),
    (
        "every unsafe block says why it is sound",
        unsafe_without_reason,
    ),
    ("no file names a path of one machine", machine_paths),
    ("no file names a package registry", registries),
    (
        "only .ci/run knows what lies beside the repository",
        neighbours,
    ),
    ("nothing is left for later in the code", left_open),
];

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let files = texts(context.workspace)?;
    for (name, rule) in RULES {
        let found: Vec<String> = files
            .iter()
            .flat_map(|(path, text)| rule(path, text))
            .collect();
        let outcome = match found.is_empty() {
            true => Ok(String::new()),
            false => Err(found.join("\n").into()),
        };
        report.check(name, outcome);
    }
    for (name, found) in [
        (
            "every test that the documentation names exists",
            papers::absent_tests(&files),
        ),
        (
            "docs/vault.md tells of everything that a client does",
            papers::undocumented_exports(&files),
        ),
    ] {
        let outcome = match found.is_empty() {
            true => Ok(String::new()),
            false => Err(found.join("\n").into()),
        };
        report.check(name, outcome);
    }
    Ok(())
}

/// The tracked files that are text.
fn texts(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for path in workspace.tracked()? {
        if let Ok(text) = String::from_utf8(fs::read(workspace.root.join(&path))?) {
            found.push((path, text));
        }
    }
    Ok(found)
}

fn is_code(path: &str) -> bool {
    CODE.iter().any(|ending| path.ends_with(ending)) && !GENERATED.contains(&path)
}

fn too_long(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    let long = is_code(path) && lines > LINES_MAX;
    long.then(|| format!("{path} has {lines} lines"))
        .into_iter()
        .collect()
}

/// Line numbers and code of Rust lines that do something unsafe, comments left out.
fn unsafe_lines<'a>(path: &str, text: &'a str) -> Vec<(usize, &'a str)> {
    if !path.ends_with(".rs") || path.starts_with("xtask/src/test/hygiene") {
        return Vec::new();
    }
    text.lines()
        .enumerate()
        .map(|(at, line)| (at, line.split("//").next().unwrap_or_default()))
        .filter(|(_, code)| {
            ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
                .iter()
                .any(|form| code.contains(form))
        })
        .collect()
}

fn unsafe_elsewhere(path: &str, text: &str) -> Vec<String> {
    if UNSAFE_FOLDERS.iter().any(|folder| path.starts_with(folder)) {
        return Vec::new();
    }
    unsafe_lines(path, text)
        .into_iter()
        .map(|(at, _)| format!("{path}:{}", at + 1))
        .collect()
}

/// A block or an impl has `// SAFETY:` above it; an unsafe function has a `# Safety` part in its documentation.
fn unsafe_without_reason(path: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    unsafe_lines(path, text)
        .into_iter()
        .filter(|(_, code)| code.contains("unsafe {") || code.contains("unsafe impl"))
        .filter(|(at, _)| {
            let from = at.saturating_sub(REASON_REACH);
            !lines[from..=*at]
                .iter()
                .any(|line| line.contains("// SAFETY:"))
        })
        .map(|(at, _)| format!("{path}:{}", at + 1))
        .collect()
}

/// Put together from parts, so that this file does not find itself.
fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let needles = [
        ["/work", "/main"],
        ["/work", "/shared"],
        ["/root", "/."],
        ["/home", "/"],
        ["C:\\Users", "\\"],
    ];
    lines_with(path, text, &needles)
}

fn neighbours(path: &str, text: &str) -> Vec<String> {
    if path == ".ci/run" {
        return Vec::new();
    }
    lines_with(path, text, &[["../sha", "red"]])
}

fn registries(path: &str, text: &str) -> Vec<String> {
    // cargo writes the lock file, and it names where every crate comes from.
    if path == "Cargo.lock" {
        return Vec::new();
    }
    let needles = [
        ["crates", ".io"],
        ["nuget", ".org"],
        ["powershell", "gallery.com"],
        ["deb.debian", ".org"],
        ["pypi", ".org"],
        ["npmjs", ".com"],
    ];
    lines_with(path, text, &needles)
}

fn left_open(path: &str, text: &str) -> Vec<String> {
    if !is_code(path) {
        return Vec::new();
    }
    let needles = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["X", "XX"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["#[ign", "ore"],
    ];
    lines_with(path, text, &needles)
}

fn lines_with(path: &str, text: &str, needles: &[[&str; 2]]) -> Vec<String> {
    let needles: Vec<String> = needles.iter().map(|parts| parts.concat()).collect();
    text.lines()
        .enumerate()
        .filter(|(_, line)| needles.iter().any(|needle| line.contains(needle)))
        .map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_of_code_is_found_and_a_generated_one_is_not() {
        let long = "x\n".repeat(LINES_MAX + 1);
        assert_eq!(too_long("src/a.rs", &long).len(), 1);
        assert_eq!(too_long("include/doorkey.h", &long).len(), 0);
        assert_eq!(too_long("README.md", &long).len(), 0);
    }

    #[test]
    fn unsafe_is_found_outside_its_folders_and_not_in_comments() {
        assert_eq!(
            unsafe_elsewhere("src/client.rs", "fn f() {\n  unsafe { g() }\n}").len(),
            1
        );
        assert_eq!(
            unsafe_elsewhere("src/client.rs", "// no unsafe { } here").len(),
            0
        );
        assert_eq!(
            unsafe_elsewhere("src/ffi/token.rs", "unsafe { g() }").len(),
            0
        );
    }

    #[test]
    fn an_unsafe_block_without_a_reason_is_found() {
        let with = "// SAFETY: because\nlet x = unsafe { g() };";
        assert_eq!(unsafe_without_reason("src/ffi/a.rs", with).len(), 0);
        assert_eq!(
            unsafe_without_reason("src/ffi/a.rs", "let x = unsafe { g() };"),
            ["src/ffi/a.rs:1"]
        );
    }

    #[test]
    fn machine_paths_and_registries_are_found_with_their_line() {
        let text = ["fine\ncd /ho", "me/somebody\n"].concat();
        let found = machine_paths("a.md", &text);
        assert!(found[0].starts_with("a.md:2: cd "), "{found:?}");
        let text = ["https://www.nuget", ".org/x"].concat();
        assert_eq!(registries("a.md", &text).len(), 1);
        assert_eq!(registries("Cargo.lock", &text).len(), 0);
    }
}
