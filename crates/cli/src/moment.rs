//! Times as people type them. Knows calendars, not what the times are for.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

/// A time that may need a clock and a zone before it is one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// With a zone of its own.
    Exact(Timestamp),
    /// Wherever the clock on the wall shows it.
    Civil(DateTime),
    /// So long before now.
    Ago(Span),
}

impl Moment {
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
impl fmt::Display for Moment {
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
pub(crate) fn moment(text: &str) -> Result<Moment, String> {
    // A time with a zone is exact. One without is civil, and so is a date, at midnight.
    if let Ok(moment) = text.parse().map(Moment::Exact).or_else(|_| text.parse().map(Moment::Civil)) {
        return Ok(moment);
    }
    match text.parse::<Span>() {
        Ok(span) if span.is_positive() => Ok(Moment::Ago(span)),
        _ => Err("it must be an age such as 7d or 12h, a date such as 2026-11-15, or a time such as \
                  2026-11-15T08:30 or 2026-11-15T08:30:00Z"
            .to_owned()),
    }
}

/// Reads a length of time from the command line.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
    parsed.ok_or_else(|| "it must be a length of time such as 30s or 2m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> String {
        let now: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        moment(text).unwrap().at(now, &TimeZone::posix(zone).unwrap()).unwrap().to_string()
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
            assert!(moment(text).unwrap_err().contains("7d"), "{text}");
        }
        assert!(moment("19998y").unwrap().at(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_err());
    }

    #[test]
    fn a_moment_is_shown_as_it_can_be_typed() {
        for text in ["7d", "2026-11-15T08:30:00", "2026-11-15T08:30:00Z"] {
            assert_eq!(moment(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_length_of_time_has_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2m 1s"), Ok(Duration::from_secs(121)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for text in ["30", "-1s", "soon", ""] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
