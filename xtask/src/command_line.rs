//! How rustc was called: taken out of what `cargo … -v` prints. The shipped library must have been compiled with fat
//! LTO, which cargo drops without a word when an rlib is among the crate types.

/// The command line with which `cargo -v` says it compiled a crate's library, if it did.
pub fn of_library<'a>(verbose: &'a str, crate_name: &str) -> Option<&'a str> {
    verbose.lines().map(str::trim).find(|line| {
        line.starts_with("Running `") && {
            let arguments = words(line);
            value(&arguments, "--crate-name") == Some(crate_name)
                && arguments.contains(&"--crate-type")
        }
    })
}

/// Whether the command asks for whole-program optimisation over all crates.
pub fn has_fat_lto(line: &str) -> bool {
    codegen_options(&words(line)).any(|option| matches!(option, "lto" | "lto=fat" | "lto=yes"))
}

pub fn crate_types<'a>(line: &'a str) -> Vec<&'a str> {
    let arguments = words(line);
    pairs(&arguments)
        .filter(|(name, _)| *name == "--crate-type")
        .map(|(_, value)| value)
        .collect::<Vec<&'a str>>()
}

/// What is wrong with the way the library was compiled: nothing, if it has exactly one crate type and fat LTO.
pub fn complaint(line: &str, crate_type: &str) -> Option<String> {
    let types = crate_types(line);
    if types != [crate_type] {
        return Some(format!(
            "was compiled as {types:?}, not as {crate_type} alone"
        ));
    }
    (!has_fat_lto(line)).then(|| "was compiled without fat LTO".to_owned())
}

fn words(line: &str) -> Vec<&str> {
    line.trim_matches(|c| c == '`')
        .split_whitespace()
        .map(|word| word.trim_matches(|c| c == '`' || c == '\''))
        .collect()
}

fn value<'a>(arguments: &[&'a str], name: &str) -> Option<&'a str> {
    pairs(arguments)
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

fn pairs<'a>(arguments: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    arguments.windows(2).map(|pair| (pair[0], pair[1]))
}

fn codegen_options<'a>(arguments: &[&'a str]) -> impl Iterator<Item = &'a str> {
    pairs(arguments)
        .filter(|(name, _)| *name == "-C")
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = "   Compiling doorkey v0.1.0\n     Running `CARGO=/c CARGO_PKG_NAME=doorkey rustc --crate-name doorkey \
        --edition=2024 src/lib.rs --crate-type cdylib --emit=dep-info,link -C opt-level=s -C lto -C codegen-units=1 \
        --cfg 'feature=\"capi\"'`";

    #[test]
    fn the_line_that_compiled_the_library_is_found_among_others() {
        let text = format!(
            "     Running `rustc --crate-name serde src/lib.rs --crate-type lib -C linker-plugin-lto`\n{SHIPPED}"
        );
        assert!(
            of_library(&text, "doorkey")
                .unwrap()
                .contains("--crate-name doorkey ")
        );
        assert_eq!(of_library("       Fresh doorkey v0.1.0", "doorkey"), None);
    }

    #[test]
    fn a_build_script_is_not_the_library() {
        let text = "     Running `/t/release/build/doorkey-1/build-script-build`";
        assert_eq!(of_library(text, "doorkey"), None);
    }

    #[test]
    fn fat_lto_and_one_crate_type_are_what_is_asked_for() {
        let line = of_library(SHIPPED, "doorkey").unwrap();
        assert_eq!(complaint(line, "cdylib"), None);
    }

    #[test]
    fn an_rlib_beside_the_cdylib_is_complained_about() {
        let line = SHIPPED.replace(
            "--crate-type cdylib",
            "--crate-type lib --crate-type cdylib",
        );
        assert!(complaint(&line, "cdylib").unwrap().contains("alone"));
    }

    #[test]
    fn lto_that_cargo_dropped_is_complained_about() {
        for other in ["", "-C linker-plugin-lto", "-C lto=thin", "-C lto=off"] {
            let line = SHIPPED.replace("-C lto ", &format!("{other} "));
            assert!(
                complaint(&line, "cdylib").unwrap().contains("LTO"),
                "{other}"
            );
        }
    }
}
