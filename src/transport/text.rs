//! What a service says, made fit for an error: bounded, without control characters, and with every
//! token or secret masked, even when a server echoes the request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::limits;
use crate::sensitive::Sensitive;
use crate::transport::writing::{is_odd, run};

const MASK: &str = "****";

/// What stands for a service's words when a value that anybody could guess is among them: a mask would tell
/// which of the words it is.
const LEFT_OUT: &str = "(the words are left out, because the value is among them)";

/// A service's message: held secrets and anything that looks like a bearer token masked, control
/// characters replaced, at most [`limits::ERROR_MESSAGE_BYTES_MAX`] bytes.
pub(crate) fn message(text: &str, held: &[&Sensitive]) -> String {
    let is_cut = text.len() > limits::ERROR_MESSAGE_WINDOW;
    let mut text = plain(cut(text, limits::ERROR_MESSAGE_WINDOW));
    // Masked before it is shortened: a cut must not leave half a token unrecognised.
    for secret in held {
        text = match guessable(secret) {
            Some(secret) if holds_word(&text, secret) => return LEFT_OUT.to_owned(),
            Some(_) => text,
            None => mask_held(&text, secret),
        };
    }
    let mut text = mask_tokens(&text);
    if is_cut && text.len() <= limits::ERROR_MESSAGE_BYTES_MAX {
        // So much was masked that the cut shows: what stands behind the last mask may be half a secret.
        let end = text.rfind(MASK).map_or(0, |at| at + MASK.len());
        text.truncate(end);
        text.push('…');
    }
    if text.len() > limits::ERROR_MESSAGE_BYTES_MAX + '…'.len_utf8() {
        text = cut(&text, limits::ERROR_MESSAGE_BYTES_MAX).to_owned();
        text.push('…');
    }
    text.trim().to_owned()
}

/// At most so many bytes of a text, and no half character.
fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// A service's code or request id: `[A-Za-z0-9_.-]`, at most
/// [`limits::ERROR_CODE_LENGTH_MAX`] characters, not one of the held secrets; else nothing.
pub(crate) fn code(text: &str, held: &[&Sensitive]) -> Option<String> {
    let fits = !text.is_empty()
        && text.len() <= limits::ERROR_CODE_LENGTH_MAX
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    let leaks = |secret: &&Sensitive| match guessable(secret) {
        Some(secret) => holds_word(text, secret),
        None => mask_held(text, secret) != text,
    };
    let leaks = held.iter().any(leaks);
    (fits && !leaks && mask_tokens(text) == text).then(|| text.to_owned())
}

/// A secret that could be one of the service's own words: one that is short, or all letters.
fn guessable(secret: &Sensitive) -> Option<&str> {
    let secret = secret.as_str()?;
    let is_word = |c: char| c.is_ascii_alphabetic() || " -'_".contains(c);
    (secret.len() < PIECE_MIN || (secret.len() < WORDS_MAX && secret.chars().all(is_word)))
        .then_some(secret)
        .filter(|secret| !secret.is_empty())
}

/// Whether a secret, or enough of its beginning, stands in a text by itself, in any writing: the letter p is
/// part of every message.
fn holds_word(text: &str, secret: &str) -> bool {
    let coded = coded(secret.as_bytes());
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let goes_on = |at: usize| {
        let (before, behind) = text.split_at(at);
        is_part(before.chars().next_back()) && is_part(behind.chars().next())
    };
    text.char_indices().any(|(at, _)| {
        let is_there = |form: &str, least: usize| {
            let run = run(&text[at..], form);
            run.secret >= least && !goes_on(at + run.text)
        };
        // A few digits may be anything's.
        let is_coded = || coded.iter().any(|form| is_there(form, PIECE_MIN));
        !goes_on(at) && (is_there(secret, PIECE_MIN.min(secret.len())) || is_coded())
    })
}

/// Shortest piece of a held secret that is taken for one: a shorter one would hit plain words.
const PIECE_MIN: usize = 8;

/// Longest secret that could be words of the service's own; what is longer is nobody's phrase.
const WORDS_MAX: usize = 64;

/// Shortest part of a held JSON web token that is taken for one.
const PART_MIN: usize = 16;

/// Masks a held secret in every writing in which a service may repeat it, whole or cut off after
/// [`PIECE_MIN`] bytes or more; and what stays the same in any writing: the parts of a JSON web token, and
/// pieces between characters that are rewritten.
fn mask_held(text: &str, secret: &Sensitive) -> String {
    let Some(secret) = secret.as_str().filter(|secret| !secret.is_empty()) else {
        return text.to_owned();
    };
    let coded = coded(secret.as_bytes());
    let forms = [secret, &coded[0], &coded[1]];
    let mut text = mask_writings(text, &forms);
    if secret.len() > limits::SECRET_VALUE_BYTES_MAX {
        return mask_long_words(&text);
    }
    for part in secret.split('.').filter(|part| part.len() >= PART_MIN) {
        text = mask(&text, part);
    }
    let is_rewritten = |c: char| is_odd(c) || !c.is_ascii() || "\"'\\<>&".contains(c);
    for piece in secret
        .split(is_rewritten)
        .chain(secret.split(|c| c == '/' || is_rewritten(c)))
    {
        let piece = piece.trim();
        if piece.len() > text.len() {
            // All that can be there of it is its beginning.
            text = mask_writings(&text, &[piece]);
        } else if piece.len() >= PIECE_MIN {
            text = mask(&text, piece);
        }
    }
    text
}

/// As base64 and in hexadecimal digits.
fn coded(secret: &[u8]) -> [Zeroizing<String>; 2] {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or_default();
    let digits = secret.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut hex = Zeroizing::new(String::with_capacity(2 * secret.len()));
    hex.extend(digits.map(digit));
    [Zeroizing::new(URL_SAFE_NO_PAD.encode(secret)), hex]
}

/// Masks the beginning of any of these, in whichever writing has most of it, wherever enough of it stands.
fn mask_writings(text: &str, forms: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut longest = 0;
        for form in forms {
            let run = run(rest, form);
            if run.secret >= PIECE_MIN.min(form.len()) {
                longest = longest.max(run.text);
            }
        }
        let (there, behind) = match longest {
            0 => rest.split_at(first.len_utf8()),
            longest => (MASK, &rest[longest..]),
        };
        out.push_str(there);
        rest = behind;
    }
    out
}

/// Of a backup, which is larger than any secret, its pieces are too many to look for: every long word may be
/// one.
fn mask_long_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (word, separator) in words(text) {
        out.push_str(if word.len() >= 2 * PART_MIN {
            MASK
        } else {
            word
        });
        out.push_str(separator);
    }
    out
}

/// Masks a word wherever it stands.
fn mask(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find(rest, word) {
        out.push_str(&rest[..at]);
        out.push_str(MASK);
        rest = &rest[at + word.len()..];
    }
    out.push_str(rest);
    out
}

/// Searching is the largest piece of code here, and stands in the library once.
#[inline(never)]
fn find(text: &str, word: &str) -> Option<usize> {
    match word.is_empty() {
        true => None,
        false => text.find(word),
    }
}

/// Without odd characters.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if is_odd(c) { ' ' } else { c })
        .collect()
}

/// Masks what follows `Bearer` or `Basic`, and every JSON web token, whole or cut off.
fn mask_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_scheme = false;
    for (word, separator) in words(text) {
        // `Bearer token`, `Bearer: token` and `Bearer=token` alike.
        let (scheme, glued) = word.split_once('=').unwrap_or((word, ""));
        let is_scheme = is_scheme(scheme);
        if is_scheme && glued.len() >= 16 {
            out.push_str(scheme);
            out.push('=');
            out.push_str(MASK);
            out.push_str(separator);
            after_scheme = false;
            continue;
        }
        // "Bearer token" in prose is no credential; a credential is long.
        match jwt_in(word) {
            _ if after_scheme && word.len() >= 16 => out.push_str(MASK),
            Some(at) => {
                out.push_str(&word[..at]);
                out.push_str(MASK);
            }
            None => out.push_str(word),
        }
        out.push_str(separator);
        after_scheme = is_scheme;
    }
    out
}

fn is_scheme(word: &str) -> bool {
    word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic")
}

/// Where a JSON web token begins in a word: base64url of `{"` begins every one.
fn jwt_in(word: &str) -> Option<usize> {
    let at = word.find("eyJ")?;
    (word.len() - at >= 16).then_some(at)
}

/// Splits into (word, what follows it up to the next word); a word is a run of the characters a
/// credential may hold.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word_end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(word_end);
        let gap_end = tail.find(is_word).unwrap_or(tail.len());
        let (gap, next) = tail.split_at(gap_end);
        rest = next;
        Some((word, gap))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_held_token_are_masked_by_themselves() {
        let token =
            Sensitive::new(b"eyJhbGciOiJSUzI1NiJ9.WXpzIG5vIG9iamVjdCBhdCBhbGw.c2lnbmF0dXJlLW9mLWE");
        for part in token.as_str().unwrap().split('.') {
            let said = message(&format!("cannot verify {part} at all"), &[&token]);
            assert_eq!(said, "cannot verify **** at all");
            assert_eq!(code(part, &[&token]), None);
        }
    }

    #[test]
    fn an_echoed_header_loses_its_token() {
        let token = Sensitive::new(b"opaque-token-1");
        let text = message("got Authorization: Bearer opaque-token-1\r\n", &[&token]);
        assert_eq!(text, "got Authorization: Bearer ****");
    }

    #[test]
    fn a_token_that_is_not_ours_is_masked_by_its_shape() {
        let text = message("x eyJhbGciOiJub25lIn0.eyJhIjoxfQ.sig y", &[]);
        assert_eq!(text, "x **** y");
    }

    #[test]
    fn tokens_are_masked_behind_any_separator_and_scheme() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.sig";
        for text in [
            format!("access_token={jwt}"),
            format!("/x/{jwt}"),
            format!("token~{jwt}"),
            "Bearer=opaque-opaque-opaque".to_owned(),
            "Bearer: opaque-opaque-opaque".to_owned(),
        ] {
            let masked = message(&text, &[]);
            assert!(
                masked.contains(MASK) && !masked.contains("eyJ") && !masked.contains("opaque"),
                "{masked}"
            );
        }
    }

    #[test]
    fn a_held_secret_is_masked_when_it_is_cut_off_or_percent_encoded() {
        let secret = Sensitive::new("p@ssw0rd+opaque/é=1".as_bytes());
        for text in [
            "'p@ssw0rd+op...'",
            "p%40ssw0rd%2Bopaque%2F%C3%A9%3D1",
            "p@ssw0rd+opaque/é=1",
        ] {
            assert!(!message(text, &[&secret]).contains("ssw0rd"), "{text}");
        }
    }

    /// Nothing of the value is left, whatever a service makes of it.
    #[test]
    fn a_held_secret_is_masked_to_its_end_in_every_writing() {
        for (value, said) in [
            ("Passwor1=Secret9;", "Passwor1%3DSecret9%3B"),
            ("Password&s3cr3t!x", "Password%26s3cr3t%21x"),
            ("k=Zx81+/Qw==;n=2", "k%3dZx81%2b%2fQw%3d%3d%3bn%3d2"),
            ("aB3$ dE5~fG7*hI9", "aB3%24%20dE5~fG7%2AhI9"),
            ("aB3$ dE5~fG7*hI9", "aB3%24+dE5%7EfG7*hI9"),
            ("abcdefgh\"ijk\"lmn", r#"abcdefgh\"ijk\"lmn"#),
            ("line1-aaaaaaaa\nxyz\n1", r"line1-aaaaaaaa\nxyz\n1"),
            ("line1-aaaaaaaa\nxyz\n1", "line1-aaaaaaaa\nxyz\n1"),
            (r"C:\new\pass", r"C:\new\pass"),
            (r"C:\new\pass", r"C:\\new\\pass"),
            ("a1/b2/c3/d4/e5", r"a1\/b2\/c3\/d4\/e5"),
            ("a1<b2&c3>d4\"e5'f6", "a1&lt;b2&amp;c3&gt;d4&quot;e5&#39;f6"),
            ("a1<b2&c3>d4\"e5'f6", "a1&#x3C;b2&#38;c3&gt;d4\"e5&apos;f6"),
            ("a1<b2&c3>d4\"e5'f6", r#"a1\u003cb2\u0026c3\u003Ed4\"e5'f6"#),
            ("p\u{e4}55w\u{f6}3rd\u{fc}9x", "p?55w?3rd?9x"),
            (
                "p\u{e4}55w\u{f6}3rd\u{fc}9x",
                r"p\u00e455w\u00F63rd\u00fc9x",
            ),
            ("p\u{1f511}55w3rd9x", r"p\ud83d\uDD1155w3rd9x"),
            ("p\u{1f511}55w3rd9x", "p%f0%9F%94%9155w3rd9x"),
            ("Tr0ub4dor&3-horse", "VHIwdWI0ZG9yJjMtaG9yc2U"),
            ("Tr0ub4dor&3~horse~>>", "VHIwdWI0ZG9yJjN+aG9yc2V+Pj4"),
            ("Tr0ub4dor&3-horse", "TR0UB4DOR&3-HORSE"),
            ("Tr0ub4dor&3-horse", "547230756234646f7226332d686f727365"),
            ("Tr0ub4dor&3-horse", "547230756234646F7226332D686F727365"),
        ] {
            let secret = Sensitive::new(value.as_bytes());
            let told = message(&format!("got '{said}' there"), &[&secret]);
            assert_eq!(told, "got '****' there", "{value:?} as {said}");
            assert_eq!(code(said, &[&secret]), None);
        }
    }

    #[test]
    fn a_value_that_looks_escaped_is_found_as_it_is() {
        for value in [
            "50%25-100%zz",
            "a&amp;b&lt;c&x",
            r"\\u0041\q\\",
            "a+b c%20d",
        ] {
            let secret = Sensitive::new(value.as_bytes());
            assert_eq!(message(&format!("<{value}>"), &[&secret]), "<****>");
        }
    }

    #[test]
    fn a_value_that_is_a_word_of_the_service_is_not_told_by_a_gap() {
        let said = "Secret db is currently in a deleted but recoverable state.";
        for value in ["deleted", "recoverable", "a", "in a deleted", "db"] {
            let value = Sensitive::new(value.as_bytes());
            assert_eq!(message(said, &[&value]), LEFT_OUT);
        }
    }

    #[test]
    fn a_short_value_leaves_words_that_hold_it_alone() {
        let said = "Caller is not authorized to perform action on resource.";
        for value in ["p", "act", "for", "resourc"] {
            let value = Sensitive::new(value.as_bytes());
            assert_eq!(message(said, &[&value]), said);
            assert_eq!(
                code("ForbiddenByRbac", &[&value]).as_deref(),
                Some("ForbiddenByRbac")
            );
        }
        let value = Sensitive::new(b"Conflict");
        assert_eq!(code("Conflict", &[&value]), None);
    }

    #[test]
    fn a_value_of_words_is_found_cut_off_and_coded() {
        let value = Sensitive::new(b"correcthorsebatterystaple");
        for said in [
            "'correcthorsebatterysta...'",
            "correcthorsebatterystaple",
            "Y29ycmVjdGhvcnNlYmF0dGVyeXN0YXBsZQ==",
            "636F7272656374686F7273656261747465727973746170",
        ] {
            assert_eq!(message(said, &[&value]), LEFT_OUT, "{said}");
            assert_eq!(code(said, &[&value]), None, "{said}");
        }
        let short = Sensitive::new(b"pa55wd!");
        assert_eq!(message("got cGE1NXdkIQ==", &[&short]), LEFT_OUT);
        let one = Sensitive::new("\u{e9}".as_bytes());
        let said = "see fwlink/?linkid=1 ? no";
        assert_eq!(message(said, &[&one]), said);
    }

    #[test]
    fn a_short_value_is_found_in_every_writing() {
        let value = Sensitive::new(b"a\"\xc3\xa9");
        for said in ["got 'a\"\u{e9}'", "got a%22%C3%A9.", r#"got "a\"\u{e9}""#] {
            assert_eq!(
                message(&said.replace("\\u{e9}", "\u{e9}"), &[&value]),
                LEFT_OUT,
                "{said}"
            );
        }
    }

    #[test]
    fn a_message_of_megabytes_is_not_looked_through_for_a_backup_of_thousands_of_pieces() {
        let backup = Sensitive::new("abcdefgh/".repeat(300_000).as_bytes());
        let said = format!("no: {}", "ABCDEFGH/".repeat(400_000));
        assert!(message(&said, &[&backup]).len() <= limits::ERROR_MESSAGE_BYTES_MAX + 3);
    }

    #[test]
    fn what_a_long_message_ends_with_is_no_half_secret() {
        let secret = "s3cr\u{e9}t-".to_owned() + &"0123456789".repeat(1700);
        let value = Sensitive::new(secret.as_bytes());
        let said = message(
            &format!("got {} here", secret.replace('\u{e9}', "?")),
            &[&value],
        );
        assert!(!said.contains("0123456789"), "{said}");
    }

    #[test]
    fn characters_that_forge_a_log_are_replaced() {
        assert_eq!(
            message("a\u{2028}b\u{202e}c\u{200b}d\r\ne", &[]),
            "a b c d  e"
        );
    }

    #[test]
    fn a_token_is_masked_although_the_message_is_cut_inside_it() {
        let token = Sensitive::new("t0ken".repeat(100).as_bytes());
        let filler = "a ".repeat(500);
        let text = message(&format!("{filler}{}", token.as_str().unwrap()), &[&token]);
        assert!(!text.contains("t0ken"), "{text}");
    }

    #[test]
    fn real_service_messages_stay_readable() {
        let text = "AKV10000: Request is missing a Bearer or PoP token.";
        assert_eq!(message(text, &[]), text);
    }

    #[test]
    fn the_limit_falls_on_a_character_boundary() {
        let text = message(&"é ".repeat(1000), &[]);
        assert!(text.len() <= limits::ERROR_MESSAGE_BYTES_MAX + 3);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn a_code_with_other_characters_or_a_secret_is_dropped() {
        let secret = Sensitive::new(b"hunter2");
        assert_eq!(
            code("ForbiddenByRbac", &[]).as_deref(),
            Some("ForbiddenByRbac")
        );
        assert_eq!(code("a b", &[]), None);
        assert_eq!(code("x-hunter2", &[&secret]), None);
        assert_eq!(code(&"a".repeat(65), &[]), None);
    }
}
