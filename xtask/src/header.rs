//! `header`: include/doorkey.h, written from the exports in src/ffi by the cbindgen that xtask pins.
//! With `--check` nothing is written and a difference is an error that shows where it begins.

use std::fs;

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

/// The header that the sources ask for now.
fn generate(workspace: &Workspace) -> Result<String> {
    let config = cbindgen::Config::from_file(workspace.root.join("cbindgen.toml"))?;
    let bindings = cbindgen::Builder::new()
        .with_crate(&workspace.root)
        .with_config(config)
        .generate()?;
    let mut bytes = Vec::new();
    bindings.write(&mut bytes);
    Ok(String::from_utf8(bytes)?)
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
