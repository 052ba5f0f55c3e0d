//! Writes help as MAML, the XML that Get-Help reads in Windows PowerShell 5.1 and in every PowerShell 7.
//! Only the writing: what there is to say has been read by markdown.rs.

use crate::help::markdown::{Example, Parameter, Topic, Typed};
use crate::help::syntax::{Syntax, Used};

const OPENING: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<helpItems schema=\"maml\" xmlns=\"http://msh\">\n";
const COMMAND: &str = "<command:command xmlns:maml=\"http://schemas.microsoft.com/maml/2004/10\" \
     xmlns:command=\"http://schemas.microsoft.com/maml/dev/command/2004/10\" \
     xmlns:dev=\"http://schemas.microsoft.com/maml/dev/2004/10\">\n";
/// Get-Help draws a line of about this length around an example's title.
const TITLE_WIDTH: usize = 64;

pub fn write(topics: &[Topic]) -> String {
    let mut xml = Xml(OPENING.to_owned());
    for topic in topics {
        write_topic(&mut xml, topic);
    }
    xml.0.push_str("</helpItems>\n");
    xml.0
}

/// Text that grows; every element goes through here, so nothing is left unescaped.
struct Xml(String);

impl Xml {
    fn within(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.with_attributes(name, &[], write);
    }

    fn with_attributes(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        write: impl FnOnce(&mut Self),
    ) {
        self.0.push_str(&format!("<{name}"));
        for (key, value) in attributes {
            self.0.push_str(&format!(" {key}=\"{}\"", escaped(value)));
        }
        self.0.push('>');
        write(self);
        self.0.push_str(&format!("</{name}>\n"));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.0.push_str(&escaped(text)));
    }

    fn paragraphs(&mut self, name: &str, paragraphs: &[String]) {
        self.within(name, |xml| {
            for paragraph in paragraphs {
                xml.text("maml:para", paragraph);
            }
        });
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn write_topic(xml: &mut Xml, topic: &Topic) {
    xml.0.push_str(COMMAND);
    let (verb, noun) = topic.name.split_once('-').unwrap_or((&topic.name, ""));
    xml.within("command:details", |xml| {
        xml.text("command:name", &topic.name);
        xml.text("command:verb", verb);
        xml.text("command:noun", noun);
        xml.paragraphs("maml:description", &topic.synopsis);
    });
    xml.paragraphs("maml:description", &topic.description);
    xml.within("command:syntax", |xml| {
        for syntax in &topic.syntax {
            write_syntax(xml, topic, syntax);
        }
    });
    xml.within("command:parameters", |xml| {
        for parameter in &topic.parameters {
            write_parameter(xml, parameter, "", None);
        }
    });
    xml.within("command:inputTypes", |xml| {
        write_typed(xml, "command:inputType", &topic.inputs)
    });
    xml.within("command:returnValues", |xml| {
        write_typed(xml, "command:returnValue", &topic.outputs);
    });
    xml.within("maml:alertSet", |xml| {
        xml.paragraphs("maml:alert", &topic.notes)
    });
    xml.within("command:examples", |xml| {
        for example in &topic.examples {
            write_example(xml, example);
        }
    });
    write_links(xml, &topic.links);
    xml.0.push_str("</command:command>\n");
}

fn write_syntax(xml: &mut Xml, topic: &Topic, syntax: &Syntax) {
    xml.within("command:syntaxItem", |xml| {
        xml.text("maml:name", &topic.name);
        for used in &syntax.parameters {
            let known = topic
                .parameters
                .iter()
                .find(|known| known.name == used.name);
            if let Some(parameter) = known {
                write_parameter(xml, parameter, &syntax.set, Some(used));
            }
        }
    });
}

/// In a command line (`used`) the line itself says what has to be given; elsewhere the parameter's table does.
fn write_parameter(xml: &mut Xml, parameter: &Parameter, set: &str, used: Option<&Used>) {
    let table = parameter.table(set);
    let kind = used.map_or(Some(table.kind.clone()), |used| used.kind.clone());
    let is_switch = kind.as_deref().is_none_or(|kind| kind == "SwitchParameter");
    let required = used.map_or(table.required, |used| used.required);
    let position = match used {
        Some(used) if !used.positional => "named",
        _ => table.position.as_str(),
    };
    let attributes = [
        ("required", yes_no(required)),
        ("variableLength", "true"),
        ("globbing", yes_no(table.wildcards)),
        ("pipelineInput", or(&table.pipeline, "False")),
        ("position", or(position, "named")),
        ("aliases", or(&table.aliases, "none")),
    ];
    xml.with_attributes("command:parameter", &attributes, |xml| {
        xml.text("maml:name", &parameter.name);
        xml.paragraphs("maml:description", &parameter.description);
        // In a command line a switch has no value to show; in the table Get-Help wants every type.
        if used.is_none() || !is_switch {
            let value = [
                ("required", yes_no(!is_switch)),
                ("variableLength", "false"),
            ];
            xml.with_attributes("command:parameterValue", &value, |xml| {
                xml.0
                    .push_str(&escaped(kind.as_deref().unwrap_or("SwitchParameter")));
            });
        }
        xml.within("dev:type", |xml| {
            xml.text("maml:name", kind.as_deref().unwrap_or("SwitchParameter"));
            xml.text("maml:uri", "");
        });
        xml.text("dev:defaultValue", or(&table.default, "None"));
    });
}

fn write_typed(xml: &mut Xml, element: &str, types: &[Typed]) {
    for typed in types {
        xml.within(element, |xml| {
            xml.within("dev:type", |xml| xml.text("maml:name", &typed.name));
            xml.paragraphs("maml:description", &typed.description);
        });
    }
}

fn write_example(xml: &mut Xml, example: &Example) {
    xml.within("command:example", |xml| {
        let title = format!(" {} ", example.title);
        xml.text("maml:title", &format!("{title:-^TITLE_WIDTH$}"));
        xml.text("dev:code", example.code.trim_end());
        // The empty one keeps the last line from the heading that follows.
        let remarks: Vec<String> = example
            .remarks
            .iter()
            .cloned()
            .chain([String::new()])
            .collect();
        xml.paragraphs("dev:remarks", &remarks);
    });
}

fn write_links(xml: &mut Xml, links: &[(String, String)]) {
    xml.within("command:relatedLinks", |xml| {
        for (text, address) in links {
            xml.within("maml:navigationLink", |xml| {
                xml.text("maml:linkText", text);
                xml.text("maml:uri", address);
            });
        }
    });
}

fn yes_no(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn or<'a>(value: &'a str, otherwise: &'a str) -> &'a str {
    if value.is_empty() { otherwise } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help::markdown;

    fn sample() -> String {
        write(&[markdown::read(include_str!("sample.md")).unwrap()])
    }

    #[test]
    fn what_means_something_in_xml_is_escaped() {
        assert!(sample().contains("<maml:para>Gets a thing &amp; more.</maml:para>"));
    }

    #[test]
    fn every_element_that_is_opened_is_closed_in_order() {
        let xml = sample();
        let mut open = Vec::new();
        for tag in xml.split('<').skip(1).filter(|tag| !tag.starts_with('?')) {
            let name = tag.split([' ', '>']).next().unwrap();
            match name.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed)),
                None => open.push(name),
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }

    #[test]
    fn there_is_a_command_line_for_each_parameter_set() {
        let xml = sample();
        assert_eq!(xml.matches("<command:syntaxItem>").count(), 2);
        let first = xml.split("</command:syntaxItem>").next().unwrap();
        assert!(first.contains("<maml:name>Name</maml:name>"));
        assert!(!first.contains("<maml:name>Id</maml:name>"));
    }

    #[test]
    fn a_switch_shows_no_value_in_a_command_line() {
        let xml = sample();
        let first = xml.split("</command:syntaxItem>").next().unwrap();
        let switch = first.split("<maml:name>Plain</maml:name>").nth(1).unwrap();
        assert!(!switch.contains("<command:parameterValue"), "{switch}");
    }

    #[test]
    fn a_parameter_shows_its_rules() {
        let xml = sample();
        let table = xml.split("<command:parameters>").nth(1).unwrap();
        assert!(table.contains(
            "required=\"true\" variableLength=\"true\" globbing=\"false\" \
             pipelineInput=\"True (ByValue)\" position=\"0\" aliases=\"ThingName\""
        ));
    }

    #[test]
    fn an_example_has_a_title_code_and_remarks() {
        let xml = sample();
        assert!(xml.contains("--- Example 1: on a VM ---"));
        assert!(xml.contains("<dev:code># a comment, no heading\nGet-DoorkeyThing x</dev:code>"));
        assert!(xml.contains("of two lines</maml:para>\n<maml:para></maml:para>\n</dev:remarks>"));
    }
}
