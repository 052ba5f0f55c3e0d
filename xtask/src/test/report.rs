//! What the tests came to: counts, the names of what failed and of what was skipped, and how they are put to a person
//! and handed from one process to another.

use serde_json::{Value, json};

use crate::Result;

#[derive(Debug, Default, PartialEq)]
pub struct Report {
    pub passed: u64,
    pub failed: Vec<String>,
    pub skipped: Vec<String>,
    /// What failing programs said, for whoever has to find out why.
    pub notes: Vec<String>,
}

impl Report {
    /// Counts one test that is done by a function; its error is shown where it failed.
    pub fn check(&mut self, name: &str, outcome: Result<String>) {
        match outcome {
            Ok(_) => self.passed += 1,
            Err(error) => self.fail(format!("{name}: {error}")),
        }
    }

    pub fn fail(&mut self, what: impl Into<String>) {
        self.failed.push(what.into());
    }

    /// Under CI nothing may be left out: there a missing tool is a failure.
    pub fn skip(&mut self, what: impl Into<String>, is_ci: bool) {
        let list = if is_ci {
            &mut self.failed
        } else {
            &mut self.skipped
        };
        list.push(what.into());
    }

    pub fn add(&mut self, other: Report) {
        self.passed += other.passed;
        self.failed.extend(other.failed);
        self.skipped.extend(other.skipped);
        self.notes.extend(other.notes);
    }

    /// "12 passed, 1 failed", with only what there is.
    pub fn short(&self) -> String {
        let mut parts = vec![format!("{} passed", self.passed)];
        if !self.failed.is_empty() {
            parts.push(format!("{} failed", self.failed.len()));
        }
        if !self.skipped.is_empty() {
            parts.push(format!("{} skipped", self.skipped.len()));
        }
        parts.join(", ")
    }

    /// The end of the run: what was skipped, what failed, and the counts alone on the last line.
    pub fn summary(&self) -> String {
        let mut text: String = self
            .notes
            .iter()
            .flat_map(|note| ["\n", note, "\n"])
            .collect();
        for (title, names) in [("skipped", &self.skipped), ("failed", &self.failed)] {
            if !names.is_empty() {
                text.push_str(&format!("\n{title}:\n"));
                for name in names {
                    text.push_str(&format!("  {}\n", name.trim_end().replace('\n', "\n    ")));
                }
            }
        }
        text.push_str(&format!(
            "\n{} passed, {} failed, {} skipped\n",
            self.passed,
            self.failed.len(),
            self.skipped.len()
        ));
        text
    }

    pub fn to_json(&self) -> String {
        json!({
            "passed": self.passed,
            "failed": self.failed,
            "skipped": self.skipped,
            "notes": self.notes,
        })
        .to_string()
    }

    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)?;
        let names = |key: &str| -> Vec<String> {
            let list = value[key].as_array().map_or(&[][..], Vec::as_slice);
            list.iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        Ok(Self {
            passed: value["passed"].as_u64().ok_or("a report has a count")?,
            failed: names("failed"),
            skipped: names("skipped"),
            notes: names("notes"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Report {
        let mut report = Report::default();
        report.check("one", Ok(String::new()));
        report.check("two", Err("why\nand how".into()));
        report.skip("three", false);
        report
    }

    #[test]
    fn the_counts_stand_alone_on_the_last_line() {
        let summary = sample().summary();
        assert_eq!(
            summary.lines().last(),
            Some("1 passed, 1 failed, 1 skipped")
        );
    }

    #[test]
    fn what_was_skipped_and_what_failed_is_named_before_them() {
        let summary = sample().summary();
        assert!(summary.contains("skipped:\n  three\n"));
        assert!(summary.contains("failed:\n  two: why\n    and how\n"));
    }

    #[test]
    fn under_ci_what_would_be_skipped_has_failed() {
        let mut report = Report::default();
        report.skip("a tool is missing", true);
        assert_eq!((report.skipped.len(), report.failed.len()), (0, 1));
    }

    #[test]
    fn a_report_survives_the_way_to_another_process() {
        let report = sample();
        assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
    }
}
