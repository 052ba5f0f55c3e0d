//! The command line, taken apart word by word. An option nobody asked for is an error, so that a typing mistake
//! never looks like success.

use crate::Result;

pub struct Arguments {
    words: Vec<String>,
}

impl Arguments {
    pub fn from_process() -> Self {
        Self {
            words: std::env::args().skip(1).collect(),
        }
    }

    /// The next word that is not an option.
    pub fn next_word(&mut self) -> Option<String> {
        let at = self.words.iter().position(|word| !word.starts_with('-'))?;
        Some(self.words.remove(at))
    }

    /// Whether `--name` was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// The value of `--name VALUE` or `--name=VALUE`.
    pub fn value(&mut self, name: &str) -> Result<Option<String>> {
        let with_equals = format!("{name}=");
        let Some(at) = self
            .words
            .iter()
            .position(|word| word == name || word.starts_with(&with_equals))
        else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        if let Some(value) = word.strip_prefix(&with_equals) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.words.len() || self.words[at].starts_with('-') {
            return Err(format!("{name} needs a value").into());
        }
        Ok(Some(self.words.remove(at)))
    }

    /// To be called when everything expected has been taken out.
    pub fn finish(&self) -> Result<()> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => {
                Err(format!("{word:?} is not understood; `cargo xtask` lists what is").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    #[test]
    fn options_may_stand_before_and_after_words() {
        let mut given = arguments(&["--check", "cold", "--runs", "7", "--only=c"]);
        assert!(given.flag("--check"));
        assert_eq!(given.value("--runs").unwrap().as_deref(), Some("7"));
        assert_eq!(given.value("--only").unwrap().as_deref(), Some("c"));
        assert_eq!(given.next_word().as_deref(), Some("cold"));
        given.finish().unwrap();
    }

    #[test]
    fn an_unknown_option_is_an_error_that_names_it() {
        let error = arguments(&["--chekc"]).finish().unwrap_err();
        assert!(error.to_string().contains("--chekc"));
    }

    #[test]
    fn an_option_without_its_value_is_an_error() {
        assert!(arguments(&["--only"]).value("--only").is_err());
        assert!(arguments(&["--only", "--check"]).value("--only").is_err());
    }
}
