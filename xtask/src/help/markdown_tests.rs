//! What the reader of a cmdlet's markdown takes out of it, and what it refuses.

use super::*;

const SAMPLE: &str = include_str!("sample.md");

#[test]
fn the_headings_become_the_parts_of_the_topic() {
    let topic = read(SAMPLE).unwrap();
    assert_eq!(topic.name, "Get-DoorkeyThing");
    assert_eq!(topic.synopsis, ["Gets a thing & more."]);
    assert_eq!(topic.syntax.len(), 2);
    assert_eq!(topic.notes, ["A note."]);
    assert_eq!(topic.inputs[0].name, "System.String");
    assert_eq!(topic.outputs[0].description, ["One per name."]);
}

#[test]
fn lines_of_a_paragraph_are_joined_and_marks_are_gone() {
    let topic = read(SAMPLE).unwrap();
    assert_eq!(
        topic.description,
        [
            "The first paragraph goes over two lines, see the docs (https://example.com/x).",
            "- an item that goes on",
            "- another"
        ]
    );
}

#[test]
fn an_example_has_its_code_and_the_text_around_it() {
    let examples = read(SAMPLE).unwrap().examples;
    assert_eq!(examples[0].title, "Example 1: on a VM");
    assert_eq!(
        examples[0].code,
        "# a comment, no heading\nGet-DoorkeyThing x\n"
    );
    assert_eq!(
        examples[0].remarks,
        ["Before.", "After.", "a second block\nof two lines"]
    );
}

#[test]
fn a_parameter_may_have_a_table_for_each_parameter_set() {
    let topic = read(SAMPLE).unwrap();
    let name = &topic.parameters[0];
    assert_eq!(name.name, "Name");
    assert_eq!(name.description, ["The name."]);
    assert!(name.table("ByName").required);
    assert!(!name.table("ById").required);
    assert_eq!(name.table("ByName").aliases, "ThingName");
    assert_eq!(name.table("unknown").pipeline, "True (ByValue)");
}

#[test]
fn links_are_read_with_and_without_an_address() {
    let links = read(SAMPLE).unwrap().links;
    assert_eq!(
        links[0],
        ("Online".to_owned(), "https://example.com/".to_owned())
    );
    assert_eq!(links[1], ("about_Doorkey".to_owned(), String::new()));
    assert_eq!(links[2], ("Other".to_owned(), String::new()));
}

#[test]
fn a_parameter_that_is_not_explained_is_refused() {
    let text = SAMPLE.replace("### -Name", "### -Other");
    assert!(read(&text).unwrap_err().to_string().contains("-Name"));
}

#[test]
fn an_unknown_part_and_a_missing_part_are_refused() {
    let unknown = SAMPLE.replace("## NOTES", "## REMARKS");
    assert!(read(&unknown).unwrap_err().to_string().contains("REMARKS"));
    let missing = SAMPLE.replace("## SYNOPSIS\n\nGets a thing & more.", "## SYNOPSIS");
    assert!(read(&missing).unwrap_err().to_string().contains("SYNOPSIS"));
}
