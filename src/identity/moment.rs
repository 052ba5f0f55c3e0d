//! When a token expires, in every form that a host was seen to write it: numbers, numbers as text,
//! nothing, ISO 8601, and the dates of two locales.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One field of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Not there, null or an empty text.
    #[default]
    Absent,
    /// A number of seconds, whatever they are counted from.
    Number(i64),
    /// A date, in seconds since 1970.
    Date(i64),
    /// Anything else.
    Nonsense,
}

/// A token that lives past the year 9999 is nonsense, and so is a time before 1970.
pub(crate) const LAST: i64 = 253_402_300_799;

impl Moment {
    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Moment::Absent;
        }
        let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if is_number {
            return text.parse().map_or(Moment::Nonsense, Moment::number);
        }
        match iso(text).or_else(|| locale(text)) {
            Some(at) if (0..=LAST).contains(&at) => Moment::Date(at),
            _ => Moment::Nonsense,
        }
    }

    fn number(value: f64) -> Self {
        // The cast is exact within these bounds.
        if (0.0..=LAST as f64).contains(&value) {
            Moment::Number(value as i64)
        } else {
            Moment::Nonsense
        }
    }
}

/// Never an error: a number that is none must not make the whole answer unreadable, and serde's
/// messages repeat values.
impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Field;
        impl<'de> Visitor<'de> for Field {
            type Value = Moment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_u64<E>(self, value: u64) -> Result<Moment, E> {
                Ok(Moment::number(value as f64))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Moment, E> {
                Ok(Moment::number(value as f64))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Moment, E> {
                Ok(Moment::number(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Moment, E> {
                Ok(Moment::parse(value))
            }

            fn visit_unit<E>(self) -> Result<Moment, E> {
                Ok(Moment::Absent)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Moment, E> {
                Ok(Moment::Nonsense)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Moment, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Moment::Nonsense)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Moment, A::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Moment::Nonsense)
            }
        }
        deserializer.deserialize_any(Field)
    }
}

/// `2024-10-18T19:51:37.0000000+00:00`, `2024-10-18T19:51:37Z`, `2006-01-02 15:04:05` (UTC).
fn iso(text: &str) -> Option<i64> {
    let mut rest = Rest(text);
    let year = rest.digits(4, 4)?;
    rest.expect("-")?;
    let month = rest.digits(2, 2)?;
    rest.expect("-")?;
    let day = rest.digits(2, 2)?;
    rest.expect("T")
        .or_else(|| rest.expect("t"))
        .or_else(|| rest.expect(" "))?;
    let hour = rest.digits(2, 2)?;
    let seconds = rest.minutes_and_seconds()?;
    if rest.expect(".").is_some() {
        // .NET writes seven of them, others nine; none matters here.
        rest.digits(1, 18)?;
    }
    let offset = rest.offset()?;
    at(year, month, day, hour, seconds, offset)
}

/// `06/20/2019 02:57:58 +00:00` (App Service on Linux), `1/16/2020 5:24:12 AM +00:00` (Windows).
fn locale(text: &str) -> Option<i64> {
    let mut rest = Rest(text);
    let month = rest.digits(1, 2)?;
    rest.expect("/")?;
    let day = rest.digits(1, 2)?;
    rest.expect("/")?;
    let year = rest.digits(4, 4)?;
    rest.space()?;
    let hour = rest.digits(1, 2)?;
    let seconds = rest.minutes_and_seconds()?;
    let hour = rest.half_day(hour)?;
    let offset = rest.offset()?;
    at(year, month, day, hour, seconds, offset)
}

/// What of a date has not been read yet.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn expect(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    /// One space; newer versions of ICU write a narrow one that does not break before AM and PM.
    fn space(&mut self) -> Option<()> {
        self.0 = self.0.strip_prefix([' ', '\u{a0}', '\u{202f}'])?;
        Some(())
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if count < least || count > most {
            return None;
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits.parse().ok()
    }

    /// `:24:12`, as seconds.
    fn minutes_and_seconds(&mut self) -> Option<i64> {
        self.expect(":")?;
        let minutes = self.digits(2, 2).filter(|minutes| *minutes < 60)?;
        self.expect(":")?;
        let seconds = self.digits(2, 2).filter(|seconds| *seconds < 60)?;
        Some(minutes * 60 + seconds)
    }

    /// ` AM` or ` PM`, which make one of 24 hours of one of twelve; or nothing.
    fn half_day(&mut self, hour: i64) -> Option<i64> {
        let before = self.0;
        let half = self.space().and_then(|()| self.0.get(..2));
        let afternoon = match half {
            Some(half) if half.eq_ignore_ascii_case("AM") => 0,
            Some(half) if half.eq_ignore_ascii_case("PM") => 12,
            _ => {
                self.0 = before;
                return Some(hour);
            }
        };
        self.0 = &self.0[2..];
        (1..=12).contains(&hour).then_some(hour % 12 + afternoon)
    }

    /// `Z`, ` +00:00`, `-0530` or nothing, which is UTC; in seconds, and then the end.
    fn offset(&mut self) -> Option<i64> {
        let _ = self.space();
        if self.expect("Z").or_else(|| self.expect("z")).is_some() || self.0.is_empty() {
            return self.0.is_empty().then_some(0);
        }
        let sign = match self.expect("+") {
            Some(()) => 1,
            None => self.expect("-").map(|()| -1)?,
        };
        let digits = self.0.replacen(':', "", 1);
        let shape_is_right = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
        let colon_is_right = self.0.len() == 4 || self.0.as_bytes().get(2) == Some(&b':');
        if !shape_is_right || !colon_is_right {
            return None;
        }
        let hours: i64 = digits[..2].parse().ok()?;
        let minutes: i64 = digits[2..].parse().ok()?;
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// Seconds since 1970, when there is such a date.
fn at(year: i64, month: i64, day: i64, hour: i64, seconds: i64, offset: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => return None,
    };
    if year < 1970 || !(1..=days_of_month).contains(&day) || hour > 23 {
        return None;
    }
    // A year that begins in March ends with the leap day; its months then have 153 days per five.
    let shifted_year = if month > 2 { year } else { year - 1 };
    let shifted_month = (month + 9) % 12;
    let leap_days = shifted_year / 4 - shifted_year / 100 + shifted_year / 400;
    // 719468: the days from 1 March of the year 0 to 1 January 1970.
    let days = shifted_year * 365 + leap_days + (153 * shifted_month + 2) / 5 + day - 1 - 719_468;
    Some(days * 86_400 + hour * 3600 + seconds - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_numbers_and_as_text() {
        let read = |json: &str| serde_json::from_str::<Moment>(json).unwrap();
        assert_eq!(read("3599"), Moment::Number(3599));
        assert_eq!(read("3599.0"), Moment::Number(3599));
        assert_eq!(read("\"3599\""), Moment::Number(3599));
        assert_eq!(read("\" 1506484173 \""), Moment::Number(1_506_484_173));
        assert_eq!(read("\"\""), Moment::Absent);
        assert_eq!(read("null"), Moment::Absent);
    }

    #[test]
    fn what_is_no_time_is_nonsense_but_no_error() {
        let huge = "9".repeat(400);
        for json in [
            "-5",
            "\"-5\"",
            "1e300",
            "true",
            "[1]",
            "{\"a\":[1]}",
            "\"soon\"",
            "\"1e3\"",
        ] {
            assert_eq!(
                serde_json::from_str::<Moment>(json).unwrap(),
                Moment::Nonsense,
                "{json}"
            );
        }
        assert_eq!(Moment::parse(&huge), Moment::Nonsense);
        assert_eq!(Moment::parse("253402300800"), Moment::Nonsense);
        assert_eq!(Moment::parse("."), Moment::Nonsense);
    }

    #[test]
    fn iso_dates_are_read_with_any_fraction_and_offset() {
        for (text, at) in [
            ("2024-10-18T19:51:37.0000000+00:00", 1_729_281_097),
            ("2024-10-18T19:51:37Z", 1_729_281_097),
            ("2024-10-18t19:51:37.123456789z", 1_729_281_097),
            ("2024-10-18T21:51:37+02:00", 1_729_281_097),
            ("2024-10-18T14:21:37-0530", 1_729_281_097),
            ("2024-10-18 19:51:37", 1_729_281_097),
            ("2006-01-02 15:04:05", 1_136_214_245),
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("9999-12-31T23:59:59Z", LAST),
        ] {
            assert_eq!(Moment::parse(text), Moment::Date(at), "{text}");
        }
    }

    #[test]
    fn the_dates_of_both_locales_are_read() {
        for (text, at) in [
            ("06/20/2019 02:57:58 +00:00", 1_560_999_478),
            ("06/20/2019 04:57:58 +02:00", 1_560_999_478),
            ("1/16/2020 5:24:12 AM +00:00", 1_579_152_252),
            ("1/16/2020 5:24:12 PM +00:00", 1_579_152_252 + 43_200),
            ("1/16/2020 12:24:12 AM +00:00", 1_579_134_252),
            ("1/16/2020 12:24:12 PM +00:00", 1_579_134_252 + 43_200),
            ("1/16/2020 5:24:12\u{202f}AM +00:00", 1_579_152_252),
            ("1/16/2020 1:24:12 AM -04:00", 1_579_152_252),
            ("12/31/2020 11:59:59 pm +00:00", 1_609_459_199),
        ] {
            assert_eq!(Moment::parse(text), Moment::Date(at), "{text}");
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_nonsense() {
        for text in [
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-02-31T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T25:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00+25:00",
            "2024-01-01T00:00:00+00:60",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00Zz",
            "2024-01-01T00:00:00+00:0",
            "2024-01-01T00:00:00+0:000",
            "2024-1-1T00:00:00Z",
            "2024-01-01",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "13/01/2020 5:24:12 AM +00:00",
            "2/30/2020 5:24:12 AM +00:00",
            "1/16/2020 13:24:12 AM +00:00",
            "1/16/2020 0:24:12 AM +00:00",
            "1/16/2020 25:24:12 +00:00",
            "1/16/20 5:24:12 AM +00:00",
            "1/16/2020 5:24:12 XM +00:00",
            "1/16/2020 5:24:12 AM é",
            "1/16/2020 5:24:12 é",
        ] {
            assert_eq!(Moment::parse(text), Moment::Nonsense, "{text}");
        }
    }

    #[test]
    fn every_day_of_four_centuries_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..2370 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(at) = at(year, month, day, 0, 0, 0) {
                        assert_eq!(at, expected, "{year}-{month}-{day}");
                        expected += 86_400;
                    }
                }
            }
        }
        // 400 years of the calendar are 146097 days.
        assert_eq!(expected, 146_097 * 86_400);
    }
}
