//! `Answer`: a status, the few headers that matter, and a body of bounded size in a buffer that is
//! wiped.

use std::time::Duration;

use reqwest::header::{
    CONTENT_ENCODING, DATE, HeaderMap, HeaderName, RETRY_AFTER, SERVER, WWW_AUTHENTICATE,
};
use zeroize::Zeroizing;

use crate::sensitive::Sensitive;
use crate::transport::failure::Failure;
use crate::transport::text;

/// A complete answer. The body may hold a token or a secret.
#[derive(Clone)]
pub(crate) struct Answer {
    pub status: u16,
    pub server: Option<String>,
    pub request_id: Option<String>,
    pub retry_after: Option<Duration>,
    /// What the server's clock said, in seconds since 1970.
    pub date_unix: Option<i64>,
    /// What ours said then.
    pub received_unix: i64,
    /// Every `WWW-Authenticate` line.
    pub challenges: Vec<String>,
    pub body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// One that says nothing but this.
    #[cfg(test)]
    pub fn of(status: u16, body: &str) -> Self {
        Self {
            status,
            server: None,
            request_id: None,
            retry_after: None,
            date_unix: None,
            received_unix: 0,
            challenges: Vec::new(),
            body: Zeroizing::new(body.as_bytes().to_vec()),
        }
    }

    /// Reads the whole answer; one with more than `bytes_max` bytes is nonsense. `held` are
    /// secrets that must not come back as a request id.
    pub async fn read(
        mut response: reqwest::Response,
        bytes_max: usize,
        now_unix: i64,
        held: &[&Sensitive],
    ) -> Result<Self, Failure> {
        let too_large =
            || Failure::nonsense(format!("the answer is larger than {bytes_max} bytes"));
        // None was asked for: whoever sends one all the same sends what cannot be read.
        if let Some(coding) = plain(response.headers(), &CONTENT_ENCODING)
            && !coding.eq_ignore_ascii_case("identity")
        {
            return Err(Failure::nonsense(
                "the answer is compressed although it must not be",
            ));
        }
        let announced = response.content_length().unwrap_or(0);
        if announced > bytes_max as u64 {
            return Err(too_large());
        }
        // The announced size is reserved at once, so that the buffer does not move and leave
        // copies; without one it grows, and each outgrown buffer is wiped here.
        let mut body = Zeroizing::new(Vec::with_capacity(announced.max(4096) as usize));
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > bytes_max {
                return Err(too_large());
            }
            append(&mut body, &chunk);
        }
        let headers = response.headers();
        let ask_id = headers
            .get("x-ms-request-id")
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            status: response.status().as_u16(),
            server: plain(headers, &SERVER),
            request_id: ask_id.and_then(|id| text::code(id, held)),
            retry_after: retry_after(headers, now_unix),
            date_unix: plain(headers, &DATE).and_then(|date| parse_date(&date)),
            received_unix: now_unix,
            challenges: headers
                .get_all(WWW_AUTHENTICATE)
                .iter()
                .filter_map(|value| value.to_str().ok().map(str::to_owned))
                .collect(),
            body,
        })
    }

    pub fn is_success(&self) -> bool {
        self.status == 200
    }
}

/// The headers in milliseconds are what the Azure SDKs read first.
fn retry_after(headers: &HeaderMap, now_unix: i64) -> Option<Duration> {
    let millis = ["retry-after-ms", "x-ms-retry-after-ms"]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find_map(|value| parse_whole(value.trim()).map(Duration::from_millis));
    let standard = || plain(headers, &RETRY_AFTER);
    millis.or_else(|| parse_retry_after(&standard()?, now_unix))
}

fn plain(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if body.len() + chunk.len() > body.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(
            (body.capacity() * 2).max(body.len() + chunk.len()),
        ));
        larger.extend_from_slice(body);
        // The outgrown buffer is wiped by its drop.
        *body = larger;
    }
    body.extend_from_slice(chunk);
}

/// `Retry-After` as whole seconds or as an HTTP date (RFC 9110 10.2.3); anything else is ignored.
fn parse_retry_after(value: &str, now_unix: i64) -> Option<Duration> {
    let value = value.trim();
    if let Some(number) = parse_whole(value) {
        return Some(Duration::from_secs(number));
    }
    let seconds = parse_date(value)?.saturating_sub(now_unix);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// A whole number; one that is too large is as large as can be, and not none.
fn parse_whole(value: &str) -> Option<u64> {
    let is_whole = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    is_whole.then(|| value.parse().unwrap_or(u64::MAX))
}

fn parse_date(value: &str) -> Option<i64> {
    let at = httpdate::parse_http_date(value.trim()).ok()?;
    let at = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(at.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let at = |value| parse_retry_after(value, 784_111_777 - 60);
        assert_eq!(at("3"), Some(Duration::from_secs(3)));
        assert_eq!(
            at("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(60))
        );
        assert_eq!(at("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(at("-1"), None);
        assert_eq!(
            at("99999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
        assert_eq!(at("soon"), None);
    }

    #[test]
    fn milliseconds_are_read_before_seconds() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            retry_after(&headers, 0)
        };
        let seconds = ("retry-after", "3");
        let five = Some(Duration::from_millis(5));
        assert_eq!(read(&[seconds, ("retry-after-ms", "5")]), five);
        assert_eq!(read(&[("x-ms-retry-after-ms", "5"), seconds]), five);
        let three = Some(Duration::from_secs(3));
        assert_eq!(read(&[("retry-after-ms", "-5"), seconds]), three);
        assert_eq!(read(&[]), None);
    }
}
