//! Days laid side by side, or weeks, or months, so that they fit.

// Knows calendars, not what is counted or drawn.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

/// Weeks begin as this day did.
const MONDAY: Date = Date::constant(2024, 1, 1);

/// How much time one period takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Days(i64),
    Months(i64),
}

/// Periods of the same length without a gap between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Periods {
    pub(super) step: Step,
    /// The first day of each, and how many there are of what is counted.
    pub(super) counts: Vec<(Date, u64)>,
}

impl Periods {
    /// The shortest usual periods of which no more than `most`, 2 at least, hold all days.
    pub(super) fn of(days: &BTreeMap<Date, u64>, most: usize) -> Self {
        const USUAL: [Step; 5] = [Step::Days(1), Step::Days(7), Step::Months(1), Step::Months(3), Step::Months(12)];
        let (Some((&first, _)), Some((&last, _))) = (days.first_key_value(), days.last_key_value()) else {
            return Self { step: Step::Days(1), counts: Vec::new() };
        };
        // The year 0 begins a period of any length: days on both sides of it never share one.
        let most = i64::try_from(most.max(2)).unwrap_or(i64::MAX);
        let fits = |step: &Step| step.place(last) - step.place(first) < most;
        let step = USUAL.into_iter().find(fits).unwrap_or_else(|| {
            let years = (1..).find(|years| fits(&Step::Months(12 * years))).unwrap_or(1);
            Step::Months(12 * years)
        });
        let begin = step.place(first);
        let mut counts: Vec<_> =
            (begin..=step.place(last)).map(|place| (step.first_day(place).unwrap_or(first), 0)).collect();
        for (&day, count) in days {
            // Days ascend, so no place lies before the first.
            counts[usize::try_from(step.place(day) - begin).unwrap_or_default()].1 += count;
        }
        Self { step, counts }
    }
}

impl Step {
    /// The number of the period that holds the day.
    fn place(self, day: Date) -> i64 {
        match self {
            Self::Days(days) => (day.duration_since(MONDAY).as_hours() / 24).div_euclid(days),
            Self::Months(months) => (i64::from(day.year()) * 12 + i64::from(day.month()) - 1).div_euclid(months),
        }
    }

    /// `None` for a period that begins before the calendar does.
    fn first_day(self, place: i64) -> Option<Date> {
        match self {
            Self::Days(days) => MONDAY.checked_add((place * days).days()).ok(),
            Self::Months(months) => {
                let months = place * months;
                let year = i16::try_from(months.div_euclid(12)).ok()?;
                Date::new(year, months.rem_euclid(12) as i8 + 1, 1).ok()
            }
        }
    }

    /// What one period is called.
    pub(super) fn name(self) -> String {
        match self {
            Self::Days(1) => "day".to_owned(),
            Self::Days(7) => "week".to_owned(),
            Self::Days(days) => format!("{days} days"),
            Self::Months(1) => "month".to_owned(),
            Self::Months(3) => "quarter".to_owned(),
            Self::Months(12) => "year".to_owned(),
            Self::Months(months) => format!("{} years", months / 12),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(days: &[(&str, u64)], most: usize) -> (String, Vec<(String, u64)>) {
        let days = days.iter().map(|(day, count)| (day.parse().unwrap(), *count)).collect();
        let periods = Periods::of(&days, most);
        (periods.step.name(), periods.counts.iter().map(|(day, count)| (day.to_string(), *count)).collect())
    }

    fn expected(name: &str, counts: &[(&str, u64)]) -> (String, Vec<(String, u64)>) {
        (name.to_owned(), counts.iter().map(|(day, count)| ((*day).to_owned(), *count)).collect())
    }

    #[test]
    fn days_between_are_there_though_nothing_happened() {
        let days = [("2024-02-28", 5), ("2024-03-01", 2)];
        assert_eq!(periods(&days, 3), expected("day", &[("2024-02-28", 5), ("2024-02-29", 0), ("2024-03-01", 2)]));
    }

    #[test]
    fn a_longer_time_becomes_weeks_from_monday_then_months() {
        let days = [("2026-08-16", 5), ("2026-08-17", 2), ("2026-08-23", 1), ("2026-09-01", 4)];
        let weeks = [("2026-08-10", 5), ("2026-08-17", 3), ("2026-08-24", 0), ("2026-08-31", 4)];
        assert_eq!(periods(&days, 4), expected("week", &weeks));
        assert_eq!(periods(&days, 3), expected("month", &[("2026-08-01", 8), ("2026-09-01", 4)]));
        let days = [("2026-08-16", 5), ("2026-10-17", 2)];
        assert_eq!(periods(&days, 2), expected("quarter", &[("2026-07-01", 5), ("2026-10-01", 2)]));
    }

    #[test]
    fn any_time_fits_and_nothing_is_lost() {
        let all =
            [("-009999-01-01", 1), ("-000001-12-31", 2), ("1970-01-01", 4), ("2026-08-22", 8), ("9999-12-31", 16)];
        for most in [2, 3, 7, 40, 5000] {
            let (_, counts) = periods(&all, most);
            assert!(counts.len() <= most, "{most} {}", counts.len());
            assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 31);
        }
        assert_eq!(periods(&[], 9).1, []);
        assert_eq!(periods(&all[3..4], 0), expected("day", &[("2026-08-22", 8)]));
    }
}
