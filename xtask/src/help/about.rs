//! Writes an about topic as the plain text that Get-Help shows as it is: headings at the margin, all else indented and
//! wrapped to the width of a console.

use crate::help::markdown::{front_matter_gone, starts_item, unmarked};

/// What fits a console of 80 columns with room for its edge.
const WIDTH: usize = 76;
const INDENT: &str = "    ";

pub fn write(text: &str) -> String {
    let mut topic = Topic::default();
    for line in front_matter_gone(text).lines() {
        topic.add(line);
    }
    topic.end_paragraph();
    topic.out
}

#[derive(Default)]
struct Topic {
    out: String,
    paragraph: String,
    fenced: bool,
    below_heading: bool,
}

impl Topic {
    fn add(&mut self, line: &str) {
        let heading = line.trim_start_matches('#');
        if line.trim_start().starts_with("```") {
            self.end_paragraph();
            self.fenced = !self.fenced;
        } else if self.fenced || line.starts_with(INDENT) {
            self.end_paragraph();
            self.put(INDENT, line);
        } else if heading.len() != line.len() {
            self.end_paragraph();
            self.put("", heading.trim());
            self.below_heading = true;
        } else if line.trim().is_empty() {
            self.end_paragraph();
            // Get-Help takes the fifth line for the synopsis: the one right below the second heading.
            if !self.below_heading && !self.out.is_empty() {
                self.put("", "");
            }
        } else {
            if starts_item(line) {
                self.end_paragraph();
            }
            self.paragraph.push_str(line.trim());
            self.paragraph.push(' ');
        }
    }

    fn put(&mut self, indent: &str, line: &str) {
        self.out.push_str(indent);
        self.out.push_str(line);
        self.out.push('\n');
        self.below_heading = false;
    }

    fn end_paragraph(&mut self) {
        let text = unmarked(std::mem::take(&mut self.paragraph).trim());
        // What goes on under an item stands below its text, not below its mark.
        let hanging = if starts_item(&text) { "      " } else { INDENT };
        let mut line = INDENT.to_owned();
        for word in text.split_whitespace() {
            let is_empty = line.trim().is_empty();
            if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.put("", &line);
                line = hanging.to_owned();
            } else if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
        }
        if !line.trim().is_empty() {
            self.put("", &line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_indented_right_below_its_heading() {
        let text = write("# TOPIC\n\nabout_X\n\n## SHORT\n\nSome `code`.\n\n    Get-X\n");
        assert_eq!(
            text,
            "TOPIC\n    about_X\n\nSHORT\n    Some code.\n\n        Get-X\n"
        );
    }

    #[test]
    fn lines_are_wrapped_and_items_hang() {
        let words = "word ".repeat(40);
        let text = write(&format!("{words}\n\n- {words}\n- next\n"));
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.matches("word").count(), 80);
        assert!(text.contains("\n    - word"), "{text}");
        assert!(text.contains("\n      word"), "{text}");
        assert!(text.ends_with("\n    - next\n"), "{text}");
    }

    #[test]
    fn a_fenced_block_keeps_its_lines() {
        let text = write("Before.\n\n```\nGet-X\nGet-Y\n```\n");
        assert_eq!(text, "    Before.\n\n    Get-X\n    Get-Y\n");
    }
}
