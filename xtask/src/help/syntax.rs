//! Reads a command line as help texts write it: `Get-X [-Name] <String[]> [-Version <String>] [-Plain]`.
//! Brackets around a name mean that it may be left out, brackets around all mean that the parameter may.

use crate::Result;

#[derive(Debug, PartialEq)]
pub struct Syntax {
    /// The parameter set; empty when there is only one.
    pub set: String,
    pub parameters: Vec<Used>,
}

/// A parameter as one command line uses it.
#[derive(Debug, PartialEq)]
pub struct Used {
    pub name: String,
    /// None for a switch.
    pub kind: Option<String>,
    pub required: bool,
    pub positional: bool,
}

pub fn read(set: &str, line: &str) -> Result<Syntax> {
    let chunks = chunks(line)?;
    let mut parameters: Vec<Used> = Vec::new();
    for chunk in chunks.iter().skip(1) {
        if chunk == "[<CommonParameters>]" {
            continue;
        }
        if let Some(kind) = chunk.strip_prefix('<') {
            attach(&mut parameters, kind)?;
        } else {
            parameters.push(parameter(chunk)?);
        }
    }
    if chunks.is_empty() {
        return Err(format!("the syntax of {set:?} has no command line").into());
    }
    Ok(Syntax {
        set: set.to_owned(),
        parameters,
    })
}

/// A type that stands after `-Name` or `[-Name]`: either way the parameter has to be given.
fn attach(parameters: &mut [Used], kind: &str) -> Result<()> {
    let last = parameters
        .last_mut()
        .filter(|last| last.kind.is_none())
        .ok_or_else(|| format!("<{kind} belongs to no parameter"))?;
    last.kind = Some(kind.trim_end_matches('>').to_owned());
    // `[-Name]` alone reads as an optional switch until its type shows that only the name is optional.
    last.positional = !last.required;
    last.required = true;
    Ok(())
}

/// `-Name`, `[-Name]`, `[-Name <Type>]` or `[[-Name] <Type>]`.
fn parameter(chunk: &str) -> Result<Used> {
    let optional = chunk
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let inside = optional.unwrap_or(chunk);
    let (name, kind) = match inside.split_once(" <") {
        Some((name, kind)) => (name, Some(kind.trim_end_matches('>').to_owned())),
        None => (inside, None),
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']').trim();
    let word = bare
        .strip_prefix('-')
        .ok_or_else(|| format!("{chunk:?} is no parameter"))?;
    Ok(Used {
        name: word.to_owned(),
        kind,
        required: optional.is_none(),
        positional: name.starts_with('['),
    })
}

/// Splits at spaces outside of brackets. A type in angle brackets may hold brackets of its own.
fn chunks(line: &str) -> Result<Vec<String>> {
    let (mut found, mut current, mut depth) = (Vec::new(), String::new(), 0_i32);
    for c in line.chars() {
        match c {
            '[' | '<' => depth += 1,
            ']' | '>' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return Err(format!("brackets do not match in {line:?}").into());
        }
        if c.is_whitespace() && depth == 0 {
            if !current.is_empty() {
                found.push(std::mem::take(&mut current));
            }
        } else {
            current.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    if depth != 0 {
        return Err(format!("brackets do not match in {line:?}").into());
    }
    if !current.is_empty() {
        found.push(current);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(name: &str, kind: Option<&str>, required: bool, positional: bool) -> Used {
        Used {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            required,
            positional,
        }
    }

    #[test]
    fn every_way_of_writing_a_parameter_is_understood() {
        let line = "Get-X [-Vault] <String> -Id <Uri> [-Version <String>] [[-Name] <String[]>] [-Plain]\n -Force [<CommonParameters>]";
        assert_eq!(
            read("S", line).unwrap().parameters,
            [
                used("Vault", Some("String"), true, true),
                used("Id", Some("Uri"), true, false),
                used("Version", Some("String"), false, false),
                used("Name", Some("String[]"), false, true),
                used("Plain", None, false, false),
                used("Force", None, true, false),
            ]
        );
    }

    #[test]
    fn what_does_not_match_up_is_refused() {
        for line in ["Get-X [-A", "Get-X -A]", "Get-X <String>", "Get-X Name", ""] {
            assert!(read("", line).is_err(), "{line:?}");
        }
    }
}
