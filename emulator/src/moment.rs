//! Moments in the calendar, as the services write them. The clock itself is in tokens.rs.

/// A moment of the proleptic Gregorian calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Civil {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Civil {
    /// The moment this many seconds after the start of 1970.
    pub(crate) fn of(unix: u64) -> Self {
        let (mut days, seconds) = (unix / 86_400, unix % 86_400);
        let mut year = 1970;
        while days >= days_in_year(year) {
            days -= days_in_year(year);
            year += 1;
        }
        let mut month = 1;
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day: days + 1,
            hour: seconds / 3_600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
        }
    }

    /// `06/20/2019 02:57:58 +00:00`
    pub(crate) fn linux(self) -> String {
        let (month, day, year) = (self.month, self.day, self.year);
        format!("{month:02}/{day:02}/{year} {} +00:00", self.clock())
    }

    /// `1/16/2020 5:24:12 AM +00:00`
    pub(crate) fn windows(self) -> String {
        let (month, day, year) = (self.month, self.day, self.year);
        let half = if self.hour < 12 { "AM" } else { "PM" };
        let hour = (self.hour + 11) % 12 + 1;
        let (minute, second) = (self.minute, self.second);
        format!("{month}/{day}/{year} {hour}:{minute:02}:{second:02} {half} +00:00")
    }

    /// `2024-10-18T19:51:37.0000000+00:00`
    pub(crate) fn iso(self) -> String {
        format!("{}T{}.0000000+00:00", self.date(), self.clock())
    }

    /// `2006-01-02 15:04:05`
    pub(crate) fn spaced(self) -> String {
        format!("{} {}", self.date(), self.clock())
    }

    /// `2024-06-04T11:40:28.0000000Z`
    pub(crate) fn zulu(self) -> String {
        format!("{}T{}.0000000Z", self.date(), self.clock())
    }

    fn date(self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn clock(self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u64::from(is_leap(year)),
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::Civil;

    #[test]
    fn every_format_is_the_one_that_was_observed() {
        assert_eq!(
            Civil::of(1_560_999_478).linux(),
            "06/20/2019 02:57:58 +00:00"
        );
        assert_eq!(
            Civil::of(1_579_152_252).windows(),
            "1/16/2020 5:24:12 AM +00:00"
        );
        assert_eq!(
            Civil::of(1_729_281_097).iso(),
            "2024-10-18T19:51:37.0000000+00:00"
        );
        assert_eq!(Civil::of(1_136_214_245).spaced(), "2006-01-02 15:04:05");
        assert_eq!(
            Civil::of(1_717_501_228).zulu(),
            "2024-06-04T11:40:28.0000000Z"
        );
    }

    #[test]
    fn noon_midnight_and_the_leap_day_are_right() {
        assert_eq!(
            Civil::of(951_782_400).windows(),
            "2/29/2000 12:00:00 AM +00:00"
        );
        assert_eq!(
            Civil::of(951_825_600).windows(),
            "2/29/2000 12:00:00 PM +00:00"
        );
        assert_eq!(Civil::of(951_868_800).spaced(), "2000-03-01 00:00:00");
        assert_eq!(Civil::of(0).spaced(), "1970-01-01 00:00:00");
        assert_eq!(Civil::of(4_102_444_799).spaced(), "2099-12-31 23:59:59");
    }
}
