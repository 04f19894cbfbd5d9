//! Words of the command line for values of the simulator.

use std::time::Duration;

use iotda_simulator::{CountForm, Fault, MarkerFault, MarkerForm, Markers, RowList, SignatureKind, TaskIds};

use crate::time_args;

/// Something that goes wrong, and with which requests.
#[derive(Clone, Debug)]
pub(crate) enum Spoilt {
    /// With each request by this chance.
    ByChance(f64, Fault),
    /// With one request, counted from 1.
    At(u64, Fault),
}

/// `NAME=CHANCE` or `NAME@NUMBER`.
pub(crate) fn spoilt(text: &str) -> Result<Spoilt, String> {
    let wrong = || "it must be NAME=CHANCE with a chance from 0.0 to 1.0, or NAME@N for request N, from 1".to_owned();
    // A text in the fault may hold these signs too: the last one counts.
    match text.rfind(['=', '@']).map(|at| (&text[..at], &text[at..])) {
        Some((name, tail)) if tail.starts_with('=') => {
            let chance = tail[1..].parse().ok().filter(|chance| (0.0..=1.0).contains(chance)).ok_or_else(wrong)?;
            Ok(Spoilt::ByChance(chance, fault(name)?))
        }
        Some((name, tail)) => {
            let number = tail[1..].parse().ok().filter(|&number| number > 0).ok_or_else(wrong)?;
            Ok(Spoilt::At(number, fault(name)?))
        }
        None => Err(wrong()),
    }
}

/// `NAME@NUMBER` alone.
pub(crate) fn spoilt_once(text: &str) -> Result<(u64, Fault), String> {
    match spoilt(text)? {
        Spoilt::At(number, fault) => Ok((number, fault)),
        Spoilt::ByChance(..) => Err("it must be NAME@N for request N, from 1".to_owned()),
    }
}

/// `NAME`, or `NAME:ARGUMENT`.
fn fault(text: &str) -> Result<Fault, String> {
    let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
    let given = || argument.ok_or_else(|| format!("{name} needs more: {name}:..."));
    let found = match name {
        "internal" => Fault::Internal,
        "congested" => Fault::Congested,
        "bad-gateway" => Fault::BadGateway,
        "throttled" => Fault::Throttled { retry_after: argument.map(str::to_owned) },
        "rate-limited" => Fault::RateLimited,
        "reset" => Fault::Reset,
        "close" => Fault::Close,
        "half-body" => Fault::HalfBody,
        "hang" => Fault::Hang,
        "endless-body" => Fault::EndlessBody,
        "huge-body" => Fault::HugeBody,
        "deep-nesting" => Fault::DeepNesting,
        "invalid-utf8" => Fault::InvalidUtf8,
        "slow" => Fault::Slow(time_args::duration(given()?)?),
        "redirect" => Fault::Redirect(given()?.to_owned()),
        "body" => Fault::Body(given()?.to_owned()),
        "error" => error(given()?)?,
        _ => return Err(format!("there is no fault named {name}; --help has the names")),
    };
    let takes_none = !matches!(name, "throttled" | "slow" | "redirect" | "body" | "error");
    if takes_none && argument.is_some() { Err(format!("{name} takes nothing after a colon")) } else { Ok(found) }
}

/// `STATUS:CODE`, or `STATUS:CODE:MESSAGE`.
fn error(text: &str) -> Result<Fault, String> {
    let mut parts = text.splitn(3, ':');
    let status = parts.next().and_then(|status| status.parse().ok()).filter(|status| (400..600).contains(status));
    let (Some(status), Some(code)) = (status, parts.next()) else {
        return Err("it must be error:STATUS:CODE:MESSAGE with a status from 400 to 599".to_owned());
    };
    Ok(Fault::Error { status, code: code.to_owned(), message: parts.next().unwrap_or(code).to_owned() })
}

/// A list beside the tasks, and how many rows it has.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    list: fn(&str) -> RowList,
    of: String,
    rows: usize,
}

impl Beside {
    pub(crate) fn list(&self) -> RowList {
        (self.list)(&self.of).rows(self.rows)
    }
}

/// `NAME=ROWS`, or `NAME:OF=ROWS` where the list is of something.
pub(crate) fn beside(text: &str) -> Result<Beside, String> {
    let wrong = || "it must be NAME=ROWS; --help has the names".to_owned();
    let (name, rows) = text.split_once('=').ok_or_else(wrong)?;
    let rows = rows.parse().map_err(|_| wrong())?;
    let (name, of) = name.split_once(':').unwrap_or((name, ""));
    let list: fn(&str) -> RowList = match (name, of) {
        ("devices", "") => |_| RowList::devices(),
        ("products", "") => |_| RowList::products(),
        ("device-groups", "") => |_| RowList::device_groups(),
        ("ota-packages", "") => |_| RowList::ota_packages(),
        ("rules", "") => |_| RowList::rules(),
        ("devices-in-group", group) if !group.is_empty() => RowList::devices_in_group,
        ("task-details", task) if !task.is_empty() => RowList::task_details,
        _ => return Err(wrong()),
    };
    Ok(Beside { list, of: of.to_owned(), rows })
}

/// A form of `page.count`, or a number for it.
pub(crate) fn count(text: &str) -> Result<CountForm, String> {
    Ok(match text {
        "total" => CountForm::Total,
        "below-marker" => CountForm::BelowMarker,
        "of-page" => CountForm::OfPage,
        "ten-times" => CountForm::TenTimes,
        "tenth" => CountForm::Tenth,
        "text" => CountForm::Text,
        "absent" => CountForm::Absent,
        "null" => CountForm::Null,
        number => CountForm::Fixed(number.parse().map_err(|_| {
            "it must be total, below-marker, of-page, ten-times, tenth, text, absent, null or a number".to_owned()
        })?),
    })
}

/// A form of `page.marker` at the end of the list.
pub(crate) fn marker(text: &str) -> Result<MarkerForm, String> {
    Ok(match text {
        "normal" => MarkerForm::Normal,
        "absent" => MarkerForm::Absent,
        "null" => MarkerForm::Null,
        "empty" => MarkerForm::Empty,
        "echo" => MarkerForm::Echo,
        _ => return Err("it must be normal, absent, null, empty or echo".to_owned()),
    })
}

/// What the markers are.
pub(crate) fn markers(text: &str) -> Result<Markers, String> {
    match text {
        "task-ids" => Ok(Markers::TaskIds),
        "two-above" => Ok(Markers::TwoAbove),
        "four-days-above" => Ok(Markers::FourDaysAbove),
        _ => Err("it must be task-ids, two-above or four-days-above".to_owned()),
    }
}

/// How the ids of tasks lie in the list.
pub(crate) fn task_ids(text: &str) -> Result<TaskIds, String> {
    match text {
        "in-order" => Ok(TaskIds::InOrder),
        "unordered-within-seconds" => Ok(TaskIds::UnorderedWithinSeconds),
        "unordered" => Ok(TaskIds::Unordered),
        _ => Err("it must be in-order, unordered-within-seconds or unordered".to_owned()),
    }
}

pub(crate) fn marker_fault(text: &str) -> Result<MarkerFault, String> {
    match text {
        "repeats" => Ok(MarkerFault::Repeats),
        "rises" => Ok(MarkerFault::Rises),
        _ => Err("it must be repeats or rises".to_owned()),
    }
}

pub(crate) fn signature(text: &str) -> Result<SignatureKind, String> {
    match text {
        "basic" => Ok(SignatureKind::Basic),
        "derived" => Ok(SignatureKind::Derived),
        "either" => Ok(SignatureKind::Either),
        _ => Err("it must be basic, derived or either".to_owned()),
    }
}

/// Somebody who may log in.
#[derive(Clone)]
pub(crate) struct IamUser {
    pub(crate) account: String,
    pub(crate) name: String,
    pub(crate) password: String,
}

/// `ACCOUNT:NAME:PASSWORD`.
pub(crate) fn iam_user(text: &str) -> Result<IamUser, String> {
    let parts: Vec<&str> = text.splitn(3, ':').collect();
    let [account, name, password] = parts[..] else { return Err("it must be ACCOUNT:NAME:PASSWORD".to_owned()) };
    Ok(IamUser { account: account.to_owned(), name: name.to_owned(), password: password.to_owned() })
}

pub(crate) fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_by_chance_or_at_a_request() {
        assert!(matches!(spoilt("half-body=0.25"), Ok(Spoilt::ByChance(0.25, Fault::HalfBody))));
        assert!(matches!(spoilt("reset@7"), Ok(Spoilt::At(7, Fault::Reset))));
        assert!(matches!(spoilt("slow:250ms@1"), Ok(Spoilt::At(1, Fault::Slow(time))) if time.as_millis() == 250));
        let Ok(Spoilt::At(3, Fault::Body(text))) = spoilt(r#"body:{"a":"b=c@d"}@3"#) else { panic!() };
        assert_eq!(text, r#"{"a":"b=c@d"}"#);
        let Ok(Spoilt::ByChance(_, Fault::Error { status, code, message })) = spoilt("error:403:IOTDA.1:a:b=1") else {
            panic!()
        };
        assert_eq!((status, code.as_str(), message.as_str()), (403, "IOTDA.1", "a:b"));
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in [
            "reset",
            "reset=2",
            "reset=-1",
            "reset@0",
            "reset:x=1",
            "slow=1",
            "error:200:A=1",
            "fire=1",
            "=1",
            "reset=NaN",
        ] {
            assert!(spoilt(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_list_has_a_name_and_rows() {
        assert!(beside("devices=3").is_ok() && beside("devices-in-group:g1=2").is_ok());
        for text in ["devices", "devices=many", "devices:x=1", "devices-in-group=1", "queues=1"] {
            assert!(beside(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_count_may_be_any_number() {
        assert!(matches!(count("-1"), Ok(CountForm::Fixed(-1))));
        assert!(matches!(count("below-marker"), Ok(CountForm::BelowMarker)));
        assert!(count("many").is_err());
    }
}
