//! Reads the results out of what test programs print: cargo's, those of `dotnet test`, and the lines
//! `ok - …`, `not ok - …`, `skip - …` and `1..N` of our own C and C# programs.

use super::report::Report;

/// `cargo test`: a line per test, and a line of counts per program. The counts are what is believed.
pub fn cargo(output: &str) -> Report {
    let mut report = Report::default();
    let mut failed = 0;
    for line in output.lines() {
        let line = line.trim();
        if let Some(counts) = line.strip_prefix("test result: ") {
            report.passed += number_before(counts, " passed");
            failed += number_before(counts, " failed");
        } else if let Some(test) = line.strip_prefix("test ") {
            if let Some(name) = test.strip_suffix(" ... FAILED") {
                report.fail(format!("rust: {name}"));
            } else if let Some((name, _)) = test.split_once(" ... ignored") {
                report.skipped.push(format!("rust: {name}: ignored"));
            }
        }
    }
    // A test that died with its program may have a count and no line.
    while (report.failed.len() as u64) < failed {
        report.fail("rust: a test whose name was not printed");
    }
    report
}

/// `dotnet test`: "Failed:  0, Passed:  12, Skipped:  0", with names of what did not pass.
pub fn dotnet(output: &str) -> Report {
    let mut report = Report::default();
    let (mut failed, mut skipped) = (0, 0);
    for line in output.lines().map(str::trim) {
        if line.contains("Failed:") && line.contains("Passed:") {
            report.passed += number_after(line, "Passed:");
            failed += number_after(line, "Failed:");
            skipped += number_after(line, "Skipped:");
        } else if let Some(name) = timed(line, "Failed ") {
            report.fail(format!("C#: {name}"));
        } else if let Some((name, _)) = line.split_once(" [SKIP]") {
            let name = name.rsplit(' ').next().unwrap_or(name);
            report.skipped.push(format!("C#: {name}"));
        }
    }
    while (report.failed.len() as u64) < failed {
        report.fail("C#: a test whose name was not printed");
    }
    report.skipped.truncate(skipped as usize);
    report
}

/// "Failed Some.Test [3 ms]"
fn timed<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (name, time) = line.strip_prefix(word)?.rsplit_once(" [")?;
    (time.ends_with("s]")).then_some(name)
}

/// Our own programs: a line per test, and at the end how many there were, so that an early end is seen.
pub fn lines(program: &str, output: &str) -> Report {
    let mut report = Report::default();
    let mut planned = None;
    for line in output.lines() {
        if line.starts_with("ok - ") {
            report.passed += 1;
        } else if let Some(what) = line.strip_prefix("not ok - ") {
            report.fail(format!("{program}: {what}"));
        } else if let Some(what) = line.strip_prefix("skip - ") {
            report.skipped.push(format!("{program}: {what}"));
        } else if let Some(count) = line.strip_prefix("1..") {
            planned = count.trim().parse::<u64>().ok();
        }
    }
    let seen = report.passed + (report.failed.len() + report.skipped.len()) as u64;
    if planned != Some(seen) {
        report.fail(format!(
            "{program}: ended after {seen} tests, without its count"
        ));
    }
    report
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split(word)
        .next()
        .and_then(|before| before.rsplit(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

fn number_after(text: &str, word: &str) -> u64 {
    text.split(word)
        .nth(1)
        .map(str::trim_start)
        .and_then(|after| after.split(|c: char| !c.is_ascii_digit()).next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_counts_over_all_programs_and_names_what_failed() {
        let report = cargo(
            "test a::b ... ok\ntest c ... FAILED\ntest d ... ignored, needs x\n\
             test result: FAILED. 3 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out\n\
             test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured\n",
        );
        assert_eq!(report.passed, 15);
        assert_eq!(report.failed, ["rust: c"]);
        assert_eq!(report.skipped, ["rust: d: ignored"]);
    }

    #[test]
    fn a_failure_without_a_name_is_counted_all_the_same() {
        let report = cargo("test result: FAILED. 3 passed; 2 failed; 0 ignored\n");
        assert_eq!(report.failed.len(), 2);
    }

    #[test]
    fn dotnet_counts_and_names_are_read() {
        let report = dotnet(
            "  Failed Doorkey.Tests.A.One_two [3 ms]\n[xUnit.net 00:00:00.31]     Doorkey.Tests.B.Three [SKIP]\n\
             Failed!  - Failed:     1, Passed:    12, Skipped:     1, Total:    14, Duration: 1 s\n",
        );
        assert_eq!(report.passed, 12);
        assert_eq!(report.failed, ["C#: Doorkey.Tests.A.One_two"]);
        assert_eq!(report.skipped, ["C#: Doorkey.Tests.B.Three"]);
    }

    #[test]
    fn our_own_programs_are_read_line_by_line() {
        let report = lines("x.c", "ok - a\nnot ok - b\nskip - c\n# note\n1..3\n");
        assert_eq!(report.passed, 1);
        assert_eq!(report.failed, ["x.c: b"]);
        assert_eq!(report.skipped, ["x.c: c"]);
    }

    #[test]
    fn a_program_that_ends_early_has_failed() {
        assert_eq!(lines("x.c", "ok - a\n").failed.len(), 1);
        assert_eq!(lines("x.c", "").failed.len(), 1);
    }
}
