//! The Windows side type-checks, so that it cannot rot on machines that never run it.

use super::report::Report;
use super::{Context, Suite, no_names};
use crate::{Result, check_windows};

pub const SUITE: Suite = Suite {
    name: "windows",
    inside: false,
    needs: &[crate::tools::Tool::WindowsCompiler],
    prepare: None,
    run,
    tests: no_names,
};

fn run(context: &Context, report: &mut Report) -> Result<()> {
    report.check(
        "the library type-checks for Windows",
        check_windows::check(context.workspace),
    );
    Ok(())
}
