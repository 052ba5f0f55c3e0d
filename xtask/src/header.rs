//! `header`: include/doorkey.h, written from the exports in src/ffi by the cbindgen that xtask pins.
//! With `--check` nothing is written and a difference is an error that shows where it begins.

use std::fs;
use std::path::PathBuf;

use crate::Result;
use crate::arguments::Arguments;
use crate::progress::step;
use crate::workspace::Workspace;

pub fn command(workspace: &Workspace, arguments: &mut Arguments) -> Result<()> {
    let only_check = arguments.flag("--check");
    arguments.finish()?;
    if only_check {
        return step("header", || check(workspace));
    }
    step("header", || {
        let path = workspace.header();
        fs::create_dir_all(workspace.root.join("include"))?;
        fs::write(&path, generate(workspace)?)?;
        Ok(workspace.shown(&path))
    })
}

/// The files of src/ffi in the order in which a C programmer wants to read what they declare.
const ORDER: &[&str] = &[
    "headline",
    "options",
    "client",
    "secrets",
    "writing",
    "call",
    "attributes",
    "operation",
    "pager",
    "token",
    "secret",
    "list",
    "blob",
    "error",
    "status",
    "version",
];

/// The header that the sources ask for now. Only src/ffi is read: constants of the rest are not C's business.
fn generate(workspace: &Workspace) -> Result<String> {
    let config = cbindgen::Config::from_file(workspace.root.join("cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for source in sources(workspace)? {
        builder = builder.with_src(source);
    }
    let mut bytes = Vec::new();
    builder.generate()?.write(&mut bytes);
    let header = for_c(&String::from_utf8(bytes)?);
    match header.chars().find(|c| !c.is_ascii()) {
        // Compilers on Windows read headers in whatever encoding the machine is set to.
        Some(c) => Err(format!("the header must be ASCII, and {c:?} is not").into()),
        None => Ok(header),
    }
}

fn sources(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(workspace.root.join("src/ffi"))? {
        let path = entry?.path();
        // mod.rs leads to all the others, which would then be declared twice.
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if is_source && !path.ends_with("mod.rs") {
            found.push(path);
        }
    }
    let place = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let known = ORDER.iter().position(|ordered| *ordered == name);
        (known.unwrap_or(ORDER.len()), name.into_owned())
    };
    found.sort_by_key(place);
    Ok(found)
}

/// The sources promise Rust callers something under `# Safety`; to a C programmer the rest already says it.
fn for_c(header: &str) -> String {
    let mut text = String::new();
    let mut skipped = false;
    for line in header.replace('…', "...").lines() {
        let inside = line.trim_start();
        if inside == "* # Safety" {
            skipped = true;
            let kept = text.trim_end_matches([' ', '*', '\n']).len();
            text.truncate(kept);
            text.push('\n');
        } else if inside.starts_with("*/") {
            skipped = false;
        }
        if !skipped {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

pub fn check(workspace: &Workspace) -> Result<String> {
    let shown = workspace.shown(&workspace.header());
    let checked_in = fs::read_to_string(workspace.header())
        .map_err(|error| format!("{shown}: {error}; `cargo xtask header` writes it"))?
        // A Windows checkout may have been told to convert line ends.
        .replace("\r\n", "\n");
    match first_difference(&checked_in, &generate(workspace)?) {
        None => Ok(format!("{shown} is what the sources say")),
        Some(difference) => Err(format!(
            "{shown} is not what the sources say; run `cargo xtask header` and commit it\n{difference}"
        )
        .into()),
    }
}

/// Where two texts part, with both lines.
pub fn first_difference(have: &str, want: &str) -> Option<String> {
    if have == want {
        return None;
    }
    let at = have
        .lines()
        .zip(want.lines())
        .take_while(|(have, want)| have == want)
        .count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    Some(format!(
        "line {}:\n  - {}\n  + {}",
        at + 1,
        line(have),
        line(want)
    ))
}

/// The names of the functions that a header declares, sorted.
pub fn declared_functions(header: &str) -> Vec<String> {
    let code = without_comments(header);
    let mut names: Vec<String> = code
        .split(';')
        .filter(|statement| !statement.contains("typedef"))
        .filter_map(|statement| {
            let before = statement
                .split('(')
                .next()
                .filter(|_| statement.contains('('))?;
            let name = before.rsplit(|c: char| !is_name(c)).next()?;
            Some(name.to_owned())
        })
        .filter(|name| name.starts_with("doorkey_") || name.starts_with("get_"))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The text without comments and preprocessor lines.
fn without_comments(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some(start) = rest.find("/*") {
        code.push_str(&rest[..start]);
        rest = rest[start..]
            .split_once("*/")
            .map_or("", |(_, after)| after);
    }
    code.push_str(rest);
    let mut continued = false;
    code.lines()
        .map(|line| line.split("//").next().unwrap_or_default().trim_end())
        .filter(|line| {
            let directive = continued || line.trim_start().starts_with('#');
            continued = directive && line.ends_with('\\');
            !directive
        })
        .flat_map(|line| [line, "\n"])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_sources_promise_to_rust_is_not_in_the_header() {
        let given =
            "/**\n * Frees it.\n *\n * # Safety\n * `x` must be live.\n */\nvoid f(int *x);\n";
        assert_eq!(for_c(given), "/**\n * Frees it.\n */\nvoid f(int *x);\n");
    }

    #[test]
    fn equal_texts_have_no_difference() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn a_difference_is_shown_with_its_line_and_both_sides() {
        let said = first_difference("a\nb\nc\n", "a\nx\nc\n").unwrap();
        assert_eq!(said, "line 2:\n  - b\n  + x");
    }

    #[test]
    fn a_text_that_only_ends_earlier_differs_too() {
        assert!(
            first_difference("a\n", "a\nb\n")
                .unwrap()
                .contains("(the end)")
        );
    }

    #[test]
    fn functions_are_found_whatever_stands_around_them() {
        let header = "/* doorkey_not_this(); */\n#define X doorkey_nor_this(a) \\\n  doorkey_nor_that(b)\n\
            typedef void (*doorkey_complete_fn)(void *, int32_t);\n\
            DOORKEY_API doorkey_status get_token(const char *resource,\n    doorkey_token **out);\n\
            const char *const *doorkey_environment_names(size_t *out); // doorkey_last(x);\n";
        assert_eq!(
            declared_functions(header),
            ["doorkey_environment_names", "get_token"]
        );
    }
}
