//! What can be read out of a PowerShell module manifest without PowerShell: quoted strings and lists of them.
//! Enough to see that the manifest, the cmdlets' sources and the help speak of the same things.

/// The text of `Key = 'value'`.
pub fn string(manifest: &str, key: &str) -> Option<String> {
    let value = after(manifest, key)?;
    quoted(value).into_iter().next()
}

/// The texts of `Key = @('a', 'b')` or `Key = 'a', 'b'`.
pub fn list(manifest: &str, key: &str) -> Option<Vec<String>> {
    let value = after(manifest, key)?.trim_start();
    if let Some(inside) = value.strip_prefix("@(") {
        return Some(quoted(inside.split(')').next()?));
    }
    // Without parentheses the list goes on as long as lines end in a comma.
    let mut text = String::new();
    for line in value.lines() {
        text.push_str(line);
        if !line.trim_end().ends_with(',') {
            break;
        }
    }
    Some(quoted(&text))
}

/// What follows `Key =` at the beginning of a line.
fn after<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    let mut offset = 0;
    for line in manifest.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let value = trimmed
            .strip_prefix(key)
            .and_then(|rest| rest.trim_start().strip_prefix('='));
        if let Some(value) = value {
            let start = offset + line.len() - value.len();
            return Some(&manifest[start..]);
        }
        offset += line.len();
    }
    None
}

fn quoted(text: &str) -> Vec<String> {
    let quote = if text.contains('\'') { '\'' } else { '"' };
    text.split(quote)
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "@{\n    RootModule = 'Doorkey.PowerShell.dll'\n    ModuleVersion     = '0.1.0'\n\
        CmdletsToExport = @(\n        'Get-DoorkeySecret',\n        'Get-DoorkeyToken'\n    )\n    \
        FunctionsToExport = @()\n  AliasesToExport = 'a',\n 'b'\n}\n";

    #[test]
    fn a_string_is_read_by_its_key() {
        assert_eq!(string(MANIFEST, "ModuleVersion").as_deref(), Some("0.1.0"));
        assert_eq!(string(MANIFEST, "Module"), None);
    }

    #[test]
    fn lists_are_read_with_and_without_parentheses() {
        let cmdlets = list(MANIFEST, "CmdletsToExport").unwrap();
        assert_eq!(cmdlets, ["Get-DoorkeySecret", "Get-DoorkeyToken"]);
        assert_eq!(list(MANIFEST, "FunctionsToExport").unwrap().len(), 0);
        assert_eq!(list(MANIFEST, "AliasesToExport").unwrap(), ["a", "b"]);
    }
}
