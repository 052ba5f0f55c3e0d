//! The query string of a request, decoded, with its order and its duplicates kept:
//! the token endpoint refuses a parameter that comes twice, so a map will not do.

/// The parameters of one request.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes what stands behind the question mark; nothing at all is an empty query.
    pub(crate) fn parse(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The name of a parameter that is given more than once, in whatever case.
    pub(crate) fn duplicate(&self) -> Option<&str> {
        self.0.iter().enumerate().find_map(|(index, (name, _))| {
            let twice = |(other, _): &(String, String)| other.eq_ignore_ascii_case(name);
            self.0[..index].iter().any(twice).then_some(name.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn values_are_decoded() {
        let query = Query::parse(Some("resource=https%3A%2F%2Fvault.localhost&empty="));
        assert_eq!(query.get("resource"), Some("https://vault.localhost"));
        assert_eq!(query.get("empty"), Some(""));
        assert_eq!(query.get("absent"), None);
    }

    #[test]
    fn a_duplicate_is_found_in_any_case() {
        let duplicate = |text| Query::parse(Some(text)).duplicate().map(str::to_owned);
        assert_eq!(duplicate("a=1&b=2"), None);
        assert_eq!(duplicate("a=1&b=2&A=3").as_deref(), Some("A"));
        assert_eq!(
            Query::parse(None).duplicate(),
            None,
            "no query, no duplicate"
        );
    }
}
