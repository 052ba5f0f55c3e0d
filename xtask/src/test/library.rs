//! The built library against what was promised of it: how it was compiled, its size, its symbols, its header.

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::tools::Tool;
use crate::{Result, build, exports, header, process};

pub const SUITE: Suite = Suite {
    name: "library",
    inside: false,
    needs: &[Tool::Nm],
    prepare: None,
    run,
    tests: no_names,
};

fn run(context: &Context, report: &mut Report) -> Result<()> {
    let workspace = context.workspace;
    report.check(
        "the library is compiled alone and with fat LTO",
        build::verify_lto(workspace),
    );
    report.check(
        "the library keeps to its size",
        build::verify_size(workspace),
    );
    report.check(
        "the header is what the sources say",
        header::check(workspace),
    );
    report.check(
        "library, header and list name the same functions",
        exports::check(workspace),
    );
    report.check(
        "the crate compiles without the C ABI",
        process::capture(workspace.cargo().args([
            "check",
            "--quiet",
            "--locked",
            "--package",
            "doorkey",
            "--no-default-features",
        ])),
    );
    Ok(())
}
