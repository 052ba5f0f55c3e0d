//! The Rust version that we promise is not lower than what any locked dependency asks for.

use serde_json::Value;

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::Result;

pub const SUITE: Suite = Suite {
    name: "msrv",
    inside: false,
    needs: &[],
    prepare: None,
    run,
    tests: no_names,
};

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let metadata = context.workspace.metadata()?;
    report.check(
        "no dependency asks for a newer Rust than we do",
        check(&metadata),
    );
    Ok(())
}

fn check(metadata: &Value) -> Result<String> {
    let packages = metadata["packages"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let ours = packages
        .iter()
        .find(|package| package["name"] == "doorkey")
        .and_then(|package| package["rust_version"].as_str())
        .ok_or("doorkey states no rust-version")?;
    let too_new: Vec<String> = packages
        .iter()
        .filter_map(|package| Some((package, package["rust_version"].as_str()?)))
        .filter(|(_, version)| number(version) > number(ours))
        .map(|(package, version)| format!("{} asks for {version}", package["name"]))
        .collect();
    match too_new.is_empty() {
        true => Ok(ours.to_owned()),
        false => Err(format!("we promise {ours}, but {}", too_new.join(", ")).into()),
    }
}

/// 1.88 and 1.88.0 are the same.
fn number(version: &str) -> [u32; 3] {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_dependency_that_asks_for_more_is_named() {
        let metadata = |version: &str| {
            json!({"packages": [
                {"name": "doorkey", "rust_version": "1.88"},
                {"name": "silent", "rust_version": null},
                {"name": "other", "rust_version": version},
            ]})
        };
        assert!(check(&metadata("1.88.0")).is_ok());
        let error = check(&metadata("1.100")).unwrap_err().to_string();
        assert!(error.contains("\"other\" asks for 1.100"), "{error}");
    }
}
