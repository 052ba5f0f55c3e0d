//! `NulEnded`: a text with one NUL behind it, so that the C ABI can hand it out as it is. What is
//! secret lives in `Sensitive` instead.

/// An immutable text without a NUL in it, and one behind it.
pub(crate) struct NulEnded(Box<str>);

impl NulEnded {
    /// A NUL inside would end the text early for C, so that it becomes a space.
    pub fn new(text: &str) -> Self {
        let mut ended = String::with_capacity(text.len() + 1);
        ended.extend(text.chars().map(|c| if c == '\0' { ' ' } else { c }));
        ended.push('\0');
        Self(ended.into_boxed_str())
    }

    pub fn as_str(&self) -> &str {
        self.0.strip_suffix('\0').unwrap_or(&self.0)
    }

    /// The text with its NUL.
    #[cfg(feature = "capi")]
    pub fn with_nul(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_itself_and_ends_where_c_ends_it() {
        let text = NulEnded::new("a\0é");
        assert_eq!(text.as_str(), "a é");
        assert_eq!(NulEnded::new("").as_str(), "");
    }
}
