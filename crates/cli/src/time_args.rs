//! Times as people type them.

// Knows calendars, not what the times are for.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// A time that may need a clock and a zone before it is one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TimeArg {
    /// With a time zone.
    Exact(Timestamp),
    /// Wherever the clock on the wall shows it.
    Civil(DateTime),
    /// So long before now.
    Ago(Span),
}

impl TimeArg {
    /// The time that it is at `now` in `zone`.
    ///
    /// # Errors
    /// When it lies beyond what a calendar holds.
    pub(crate) fn at(self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self {
            Self::Exact(time) => Ok(time),
            Self::Civil(time) => Ok(zone.to_zoned(time)?.timestamp()),
            Self::Ago(span) => Ok(now.to_zoned(zone.clone()).checked_sub(span)?.timestamp()),
        }
    }
}

/// The same moment is the same text, whenever it is shown.
impl fmt::Display for TimeArg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(time) => time.fmt(f),
            Self::Civil(time) => time.fmt(f),
            // As people type it: 7d.
            Self::Ago(span) => write!(f, "{span:#}"),
        }
    }
}

/// Reads a time from the command line.
pub(crate) fn time(text: &str) -> Result<TimeArg, String> {
    // A time with a zone is exact. One without is civil, and so is a date, at midnight.
    if let Ok(moment) = text.parse().map(TimeArg::Exact).or_else(|_| text.parse().map(TimeArg::Civil)) {
        return Ok(moment);
    }
    match text.parse::<Span>() {
        Ok(span) if span.is_positive() => Ok(TimeArg::Ago(span)),
        Ok(span) if span.is_negative() => Err(format!("an age counts back from now already: write {:#}", span.abs())),
        _ => Err("it must be an age such as 7d or 12h, a date such as 2026-11-15, or a time such as \
                  2026-11-15T08:30 or 2026-11-15T08:30:00Z"
            .to_owned()),
    }
}

/// Reads a length of time from the command line, in the same units as an age. A day is 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    const RULE: &str = "it must be a length of time such as 30s, 2m, 12h, 1d or 1w";
    let span: Span = text.parse().map_err(|_| RULE.to_owned())?;
    if span.is_negative() {
        return Err(format!("a length of time has no sign: write {:#}", span.abs()));
    }
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours());
    let length = length.map_err(|_| format!("{RULE}: how long a month or a year is depends on the calendar"))?;
    Duration::try_from(length).map_err(|_| RULE.to_owned())
}

/// Shows a length of time as it can be typed.
pub(crate) fn shown(length: Duration) -> String {
    SignedDuration::try_from(length).map_or_else(|_| format!("{length:?}"), |length| format!("{length:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> String {
        let now: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        time(text).unwrap().at(now, &TimeZone::posix(zone).unwrap()).unwrap().to_string()
    }

    #[test]
    fn an_age_counts_back_from_now() {
        assert_eq!(at("7d", "UTC0"), "2026-11-15T18:00:00Z");
        assert_eq!(at("12h", "UTC0"), "2026-11-22T06:00:00Z");
        assert_eq!(at("1w 30m", "UTC0"), "2026-11-15T17:30:00Z");
        assert_eq!(at("1mo", "UTC0"), "2026-10-22T18:00:00Z");
    }

    #[test]
    fn a_date_is_midnight_in_the_zone_and_a_zone_in_the_text_wins() {
        assert_eq!(at("2026-11-15", "UTC0"), "2026-11-15T00:00:00Z");
        assert_eq!(at("2026-11-15", "CST-8"), "2026-11-14T16:00:00Z");
        assert_eq!(at("2026-11-15T08:30", "CST-8"), "2026-11-15T00:30:00Z");
        assert_eq!(at("2026-11-15T08:30:00Z", "CST-8"), "2026-11-15T08:30:00Z");
        assert_eq!(at("2026-11-15T08:30:00+02:00", "CST-8"), "2026-11-15T06:30:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused_with_what_would_be_one() {
        for text in ["", "7", "-7d", "7d ago", "yesterday", "2026-13-01", "2026-11-15T25:00", "0d"] {
            assert!(time(text).unwrap_err().contains("7d"), "{text}");
        }
        assert!(time("19998y").unwrap().at(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_err());
    }

    #[test]
    fn a_moment_is_shown_as_it_can_be_typed() {
        for text in ["7d", "2026-11-15T08:30:00", "2026-11-15T08:30:00Z"] {
            assert_eq!(time(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_length_of_time_has_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2m 1s"), Ok(Duration::from_secs(121)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in ["30", "-1s", "soon", "", "1mo", "1y", "-7d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_of_time_may_be_of_days_and_weeks() {
        for (text, hours) in [("1d", 24), ("1w", 168), ("1d12h", 36), ("1w 2d", 216)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(hours * 3600)), "{text}");
        }
    }

    #[test]
    fn a_negative_age_or_length_gets_the_text_that_is_meant() {
        assert!(time("-7d").unwrap_err().contains("write 7d"));
        assert!(duration("-7d").unwrap_err().contains("write 7d"));
    }
}
