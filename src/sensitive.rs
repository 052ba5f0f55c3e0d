//! `Sensitive`: the one home of tokens, secret values and header secrets in memory. Redacted in
//! Debug, without Display and Clone, wiped on drop.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use zeroize::Zeroize;

/// Bytes that must not leak. The buffer has exactly one NUL behind the value, so that the C ABI
/// can hand it out as it is; it never grows, so no copy is left behind by a reallocation.
pub struct Sensitive {
    with_nul: Box<[u8]>,
}

impl Sensitive {
    /// Copies `value`; wiping the original is the caller's business.
    pub fn new(value: &[u8]) -> Self {
        let mut with_nul = Vec::with_capacity(value.len() + 1);
        with_nul.extend_from_slice(value);
        with_nul.push(0);
        // The capacity is exact, so this does not reallocate.
        Self {
            with_nul: with_nul.into_boxed_slice(),
        }
    }

    /// The value, without the NUL behind it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.with_nul[..self.with_nul.len() - 1]
    }

    /// The value with exactly one NUL behind it.
    pub fn as_bytes_with_nul(&self) -> &[u8] {
        &self.with_nul
    }

    /// The value as text, when it is UTF-8 (what came out of JSON always is).
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(self.as_bytes()).ok()
    }

    /// Length in bytes, without the NUL.
    pub fn len(&self) -> usize {
        self.with_nul.len() - 1
    }

    /// Whether the value is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Sensitive {
    fn drop(&mut self) {
        self.with_nul.zeroize();
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sensitive(redacted)")
    }
}

impl<'de> Deserialize<'de> for Sensitive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Sensitive;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            // Borrowed and unescaped strings both arrive here: copied once, into a buffer of the
            // exact size. (The parser's own scratch buffer is wiped by the allocator.)
            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Sensitive, E> {
                Ok(Sensitive::new(value.as_bytes()))
            }
        }
        // A wrong type must not put the value into the error's text, as serde's own would.
        deserializer
            .deserialize_str(Text)
            .map_err(|_| D::Error::custom("expected a string"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let sensitive = Sensitive::new(b"p@ssw0rd!");
        assert!(!format!("{sensitive:?}").contains("p@ss"));
    }

    #[test]
    fn one_nul_stands_behind_the_value_and_is_not_counted() {
        let sensitive = Sensitive::new(b"a\0b");
        assert_eq!(sensitive.len(), 3);
        assert_eq!(sensitive.as_bytes_with_nul(), b"a\0b\0");
    }

    #[test]
    fn a_number_where_a_string_belongs_is_an_error_without_the_number() {
        let error = serde_json::from_str::<Sensitive>("424242").unwrap_err();
        assert!(!error.to_string().contains("424242"), "{error}");
    }

    #[test]
    fn escapes_are_decoded() {
        let sensitive: Sensitive = serde_json::from_str(r#""\u0000\"\ud83d\ude00""#).unwrap();
        assert_eq!(sensitive.as_str(), Some("\0\"😀"));
    }
}
