//! Reads the markdown of one cmdlet: headings say what a part is, fenced blocks are code or a parameter's table.
//! What is not laid out as expected is an error, because a part that is silently lost is lost for good.

use crate::Result;
use crate::help::syntax::{self, Syntax};

#[derive(Debug, Default, PartialEq)]
pub struct Topic {
    pub name: String,
    pub synopsis: Vec<String>,
    pub syntax: Vec<Syntax>,
    pub description: Vec<String>,
    pub examples: Vec<Example>,
    pub parameters: Vec<Parameter>,
    pub inputs: Vec<Typed>,
    pub outputs: Vec<Typed>,
    pub notes: Vec<String>,
    pub links: Vec<(String, String)>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Example {
    pub title: String,
    pub code: String,
    pub remarks: Vec<String>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub description: Vec<String>,
    pub tables: Vec<Table>,
}

/// What holds for a parameter, in the parameter sets it names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub kind: String,
    pub sets: Vec<String>,
    pub aliases: String,
    pub required: bool,
    pub position: String,
    pub default: String,
    pub pipeline: String,
    pub wildcards: bool,
}

#[derive(Debug, Default, PartialEq)]
pub struct Typed {
    pub name: String,
    pub description: Vec<String>,
}

impl Parameter {
    /// The table that counts in a parameter set.
    pub fn table(&self, set: &str) -> &Table {
        self.tables
            .iter()
            .find(|table| table.sets.iter().any(|name| name == set))
            .unwrap_or(&self.tables[0])
    }
}

/// A heading of one level with everything below it.
struct Section<'a> {
    title: &'a str,
    body: Vec<&'a str>,
}

/// The part before the first heading of `level`, and the sections that follow. Headings in fenced blocks are code.
fn sections<'a>(lines: &[&'a str], level: usize) -> (Vec<&'a str>, Vec<Section<'a>>) {
    let mark = format!("{} ", "#".repeat(level));
    let (mut before, mut found, mut fenced) = (Vec::new(), Vec::<Section>::new(), false);
    for &line in lines {
        fenced ^= line.trim_start().starts_with("```");
        match line.strip_prefix(&mark).filter(|_| !fenced) {
            Some(title) => found.push(Section {
                title: title.trim(),
                body: Vec::new(),
            }),
            None => match found.last_mut() {
                Some(section) => section.body.push(line),
                None => before.push(line),
            },
        }
    }
    (before, found)
}

pub fn read(text: &str) -> Result<Topic> {
    let lines: Vec<&str> = front_matter_gone(text).lines().collect();
    let (_, titles) = sections(&lines, 1);
    let [title] = titles.as_slice() else {
        return Err("there must be one heading with the cmdlet's name".into());
    };
    let mut topic = Topic {
        name: title.title.to_owned(),
        ..Topic::default()
    };
    for section in sections(&title.body, 2).1 {
        let (before, below) = sections(&section.body, 3);
        match section.title {
            "SYNOPSIS" => topic.synopsis = paragraphs(&section.body),
            "SYNTAX" => topic.syntax = read_syntax(&before, &below)?,
            "DESCRIPTION" => topic.description = paragraphs(&section.body),
            "EXAMPLES" => topic.examples = below.iter().map(read_example).collect::<Result<_>>()?,
            "PARAMETERS" => topic.parameters = read_parameters(&below)?,
            "INPUTS" => topic.inputs = below.iter().map(read_typed).collect(),
            "OUTPUTS" => topic.outputs = below.iter().map(read_typed).collect(),
            "NOTES" => topic.notes = paragraphs(&section.body),
            "RELATED LINKS" => topic.links = read_links(&section.body),
            other => return Err(format!("nothing is known about the part {other:?}").into()),
        }
    }
    complete(topic)
}

/// A parameter in a command line without an explanation would be shown without its type and rules.
fn complete(topic: Topic) -> Result<Topic> {
    for (what, missing) in [
        ("SYNOPSIS", topic.synopsis.is_empty()),
        ("SYNTAX", topic.syntax.is_empty()),
        ("DESCRIPTION", topic.description.is_empty()),
        ("EXAMPLES", topic.examples.is_empty()),
    ] {
        if missing {
            return Err(format!("{what} is missing or empty").into());
        }
    }
    for used in topic.syntax.iter().flat_map(|syntax| &syntax.parameters) {
        if !topic.parameters.iter().any(|known| known.name == used.name) {
            return Err(format!("-{} is in SYNTAX and not in PARAMETERS", used.name).into());
        }
    }
    Ok(topic)
}

pub(super) fn front_matter_gone(text: &str) -> &str {
    text.strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(text, |(_, body)| body)
}

fn read_syntax(before: &[&str], below: &[Section]) -> Result<Vec<Syntax>> {
    if below.is_empty() {
        return Ok(vec![syntax::read("", &code_blocks(before).concat())?]);
    }
    let named = |section: &Section| {
        let set = section.title.trim_end_matches("(Default)").trim();
        syntax::read(set, &code_blocks(&section.body).concat())
    };
    below.iter().map(named).collect()
}

fn read_example(section: &Section) -> Result<Example> {
    let code = code_blocks(&section.body)
        .into_iter()
        .next()
        .ok_or_else(|| format!("{:?} has no code", section.title))?;
    let mut blocks = 0;
    let remarks: Vec<&str> = section
        .body
        .iter()
        .copied()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            blocks += usize::from(fence);
            // The first block is the example itself; one fence opens it, the next closes it.
            blocks > 2 || (blocks != 1 && !fence)
        })
        .collect();
    Ok(Example {
        title: section.title.to_owned(),
        code,
        remarks: paragraphs(&remarks),
    })
}

fn read_parameters(below: &[Section]) -> Result<Vec<Parameter>> {
    let mut found = Vec::new();
    for section in below {
        // "### CommonParameters" is text about what every cmdlet has.
        let Some(name) = section.title.strip_prefix('-') else {
            continue;
        };
        let tables: Vec<Table> = code_blocks(&section.body)
            .iter()
            .filter(|block| block.contains("Type:"))
            .map(|block| read_table(block))
            .collect();
        if tables.is_empty() {
            return Err(format!("-{name} has no table").into());
        }
        found.push(Parameter {
            name: name.to_owned(),
            description: paragraphs(&without_blocks(&section.body)),
            tables,
        });
    }
    Ok(found)
}

fn read_table(block: &str) -> Table {
    let value = |key: &str| {
        block
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    Table {
        kind: value("Type"),
        sets: value("Parameter Sets")
            .split(',')
            .map(|set| set.trim().to_owned())
            .collect(),
        aliases: value("Aliases"),
        required: value("Required").eq_ignore_ascii_case("true"),
        position: value("Position"),
        default: value("Default value"),
        pipeline: value("Accept pipeline input"),
        wildcards: value("Accept wildcard characters").eq_ignore_ascii_case("true"),
    }
}

fn read_typed(section: &Section) -> Typed {
    Typed {
        name: section.title.to_owned(),
        description: paragraphs(&section.body),
    }
}

/// `[text](address)`, one or more in a line.
fn read_links(lines: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in lines {
        let mut rest = *line;
        while let Some((text, address, after)) = next_link(rest) {
            // A file beside this one is a topic of its own, which Get-Help finds by its name alone.
            let address = Some(address).filter(|address| address.contains("://"));
            found.push((text.1.to_owned(), address.unwrap_or_default().to_owned()));
            rest = after;
        }
    }
    found
}

/// The text before a link and the link's own, its address, and what follows.
fn next_link(text: &str) -> Option<((&str, &str), &str, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (label, rest) = rest.split_once("](")?;
    let (address, after) = rest.split_once(')')?;
    Some(((before, label), address, after))
}

/// The contents of the fenced blocks.
fn code_blocks(lines: &[&str]) -> Vec<String> {
    let (mut found, mut fenced) = (Vec::<String>::new(), false);
    for line in lines {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            if fenced {
                found.push(String::new());
            }
        } else if let Some(block) = found.last_mut().filter(|_| fenced) {
            block.push_str(line);
            block.push('\n');
        }
    }
    found
}

fn without_blocks<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut fenced = false;
    lines
        .iter()
        .copied()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            fenced ^= fence;
            !fence && !fenced
        })
        .collect()
}

/// Text as Get-Help can show it: a paragraph per run of lines, list items and blocks of code each by themselves.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let (mut found, mut open, mut fenced) = (Vec::<String>::new(), false, false);
    for line in lines {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            (fenced, open) = (!fenced, false);
        } else if fenced && open {
            // One block is one paragraph: Get-Help puts an empty line after each.
            let last = found.last_mut().expect("an open block");
            last.push('\n');
            last.push_str(line);
        } else if fenced {
            found.push((*line).to_owned());
            open = true;
        } else if trimmed.is_empty() {
            open = false;
        } else if open && !starts_item(trimmed) {
            let last = found.last_mut().expect("an open paragraph");
            last.push(' ');
            last.push_str(&unmarked(trimmed));
        } else {
            found.push(unmarked(trimmed));
            open = true;
        }
    }
    found
}

pub(super) fn starts_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}

/// Marks that mean something only to a markdown reader go; a link keeps its address in parentheses.
pub(super) fn unmarked(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(((before, label), address, after)) = next_link(rest) {
        out.push_str(before);
        out.push_str(label);
        if address.contains("://") {
            out.push_str(&format!(" ({address})"));
        }
        rest = after;
    }
    out.push_str(rest);
    out.replace("**", "").replace('`', "")
}

#[cfg(test)]
#[path = "markdown_tests.rs"]
mod tests;
