//! `Writing`: in which ways a service may write what it was sent, so that a secret is found in its words
//! however they were escaped.

use self::Writing::{Html, Json, Percent, Plain};

#[derive(Clone, Copy)]
enum Writing {
    /// As it is, but for what an error does not show.
    Plain,
    /// As in URLs and forms, with either case of digits.
    Percent,
    /// With a backslash before what needs one, and any character as `\\u` and four digits.
    Json,
    /// With `&amp;` and its like, and any character as its number.
    Html,
}

/// How far a text and a secret are the same.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    /// So many bytes of the secret,
    pub secret: usize,
    /// which take up so many of the text.
    pub text: usize,
}

/// How much of a secret's beginning a text begins with, in the writing that has most of it. The text has
/// lost its odd characters already.
#[inline(never)]
pub(super) fn run(text: &str, secret: &str) -> Run {
    let mut longest = Run::default();
    for writing in [Plain, Percent, Json, Html] {
        let mut run = Run::default();
        for c in secret.chars() {
            let rest = &text[run.text..];
            let escaped = writing.escaped(rest, c);
            let Some(length) = escaped.or_else(|| unescaped(rest, c, run.secret > 0)) else {
                break;
            };
            run.secret += c.len_utf8();
            run.text += length;
        }
        longest = longest.max(run);
    }
    longest
}

/// Control characters, and those that break, reorder or hide text in a log.
pub(super) fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// How many bytes of the text are this character where it was not escaped, in whichever case. What has no
/// place in the text's encoding, or in an error, has become something else; but a question mark alone is
/// none. Base64 has two alphabets.
fn unescaped(text: &str, c: char, goes_on: bool) -> Option<usize> {
    let there = text.chars().next()?;
    let is_same = there.eq_ignore_ascii_case(&c)
        || (there == ' ' && is_odd(c))
        || (goes_on && matches!(there, '?' | '\u{fffd}') && !c.is_ascii())
        || matches!((there, c), ('+', '-') | ('/', '_'));
    is_same.then_some(there.len_utf8())
}

impl Writing {
    /// How many bytes of the text are this character, escaped.
    fn escaped(self, text: &str, c: char) -> Option<usize> {
        match self {
            Plain => None,
            Percent if c == ' ' && text.starts_with('+') => Some(1),
            Percent => {
                let mut utf8 = [0; 4];
                let bytes = c.encode_utf8(&mut utf8).bytes().map(u32::from);
                numbers(text, "%", 2, bytes)
            }
            Json => {
                let short = match c {
                    '\n' => 'n',
                    '\r' => 'r',
                    '\t' => 't',
                    '\u{8}' => 'b',
                    '\u{c}' => 'f',
                    c => c,
                };
                let is_short = !c.is_alphanumeric() && text.strip_prefix('\\')?.starts_with(short);
                let mut utf16 = [0; 2];
                let units = c
                    .encode_utf16(&mut utf16)
                    .iter()
                    .map(|unit| u32::from(*unit));
                is_short
                    .then_some(1 + short.len_utf8())
                    .or_else(|| numbers(text, "\\u", 4, units))
            }
            Html => {
                let end = text.bytes().take(12).position(|byte| byte == b';')?;
                let name = text[..end].strip_prefix('&')?;
                let is_same = match name {
                    "amp" => c == '&',
                    "lt" => c == '<',
                    "gt" => c == '>',
                    "quot" => c == '"',
                    "apos" => c == '\'',
                    name => number(name.strip_prefix('#')?) == Some(u32::from(c)),
                };
                is_same.then_some(end + 1)
            }
        }
    }
}

/// The length of these numbers in the text, each with so many hexadecimal digits behind a sign.
fn numbers(
    text: &str,
    sign: &str,
    digits: usize,
    mut expected: impl Iterator<Item = u32>,
) -> Option<usize> {
    let mut rest = text;
    expected
        .all(|expected| {
            let Some(at) = rest.strip_prefix(sign) else {
                return false;
            };
            let Some((number, behind)) = at.split_at_checked(digits) else {
                return false;
            };
            rest = behind;
            u32::from_str_radix(number, 16) == Ok(expected)
        })
        .then(|| text.len() - rest.len())
}

/// A number as HTML writes it.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
