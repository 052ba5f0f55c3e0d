//! What the papers in docs/ promise, held against the tree: the tests that they name, and that they leave nothing out.

/// Papers whose tables name tests, and the least number of such rows: as many kinds of hosts as there are, and as many
/// promises about vaults.
const WITH_TESTS: [(&str, usize); 2] = [("docs/identity.md", 11), ("docs/vault.md", 25)];

/// What a client has that is about no secret.
const NOT_ABOUT_SECRETS: [&str; 3] = [
    "doorkey_client_new",
    "doorkey_client_free",
    "doorkey_client_get_token",
];

fn text_of<'a>(files: &'a [(String, String)], wanted: &str) -> &'a str {
    let found = files.iter().find(|(path, _)| path == wanted);
    found.map_or("", |(_, text)| text.as_str())
}

/// The tests that papers name as `folder::file::test` and `tests/suite` does not have. A paper that names none where it
/// should is found by its own count.
pub fn absent_tests(files: &[(String, String)]) -> Vec<String> {
    let of = |(paper, rows): (&str, usize)| absent_tests_of(files, paper, rows);
    WITH_TESTS.into_iter().flat_map(of).collect()
}

fn absent_tests_of(files: &[(String, String)], paper: &str, rows_min: usize) -> Vec<String> {
    let text = text_of(files, paper);
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains("::"));
    if rows.count() < rows_min {
        return vec![format!("{paper} has fewer than {rows_min} rows with tests")];
    }
    let named = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.rsplit_once("::"))
        // A type's field is named in the same way.
        .filter(|(module, _)| !module.contains(char::is_uppercase));
    let is_absent = |(module, test): &(&str, &str)| {
        let path = module.replace("::", "/");
        let places = [
            format!("tests/suite/{path}.rs"),
            format!("tests/suite/{path}/mod.rs"),
        ];
        let wanted = format!("fn {test}(");
        !places
            .iter()
            .any(|place| text_of(files, place).contains(&wanted))
    };
    named
        .filter(is_absent)
        .map(|(module, test)| format!("{paper} names {module}::{test}"))
        .collect()
}

/// What C can do with secrets, and docs/vault.md does not tell of.
pub fn undocumented_exports(files: &[(String, String)]) -> Vec<String> {
    let vault = text_of(files, "docs/vault.md");
    text_of(files, "abi/exports.txt")
        .lines()
        .filter(|name| name.starts_with("doorkey_client_"))
        .filter(|name| !NOT_ABOUT_SECRETS.contains(name))
        .filter(|name| !vault.contains(&format!("`{name}`")))
        .map(|name| format!("docs/vault.md says nothing of {name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> (String, String) {
        (path.to_owned(), text.to_owned())
    }

    #[test]
    fn a_test_that_a_paper_names_and_nobody_wrote_is_found() {
        let files = [
            file("docs/a.md", "| `bulk::one` |\n| `vault::two` |\n"),
            file("tests/suite/bulk.rs", "fn one() {}"),
            file("tests/suite/vault/mod.rs", "fn three() {}"),
        ];
        let found = absent_tests_of(&files, "docs/a.md", 2);
        assert_eq!(found, ["docs/a.md names vault::two"]);
        assert_eq!(absent_tests_of(&files, "docs/a.md", 3).len(), 1);
    }

    #[test]
    fn an_export_that_the_paper_leaves_out_is_found() {
        let files = [
            file(
                "abi/exports.txt",
                "doorkey_client_new\ndoorkey_client_a\ndoorkey_client_b\n",
            ),
            file("docs/vault.md", "`doorkey_client_a`"),
        ];
        let found = undocumented_exports(&files);
        assert_eq!(found, ["docs/vault.md says nothing of doorkey_client_b"]);
    }
}
