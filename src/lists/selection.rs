//! Which list to read: its path filled in, and its filters.

// Knows their rules; sends nothing.

use std::borrow::Cow;

use super::ListEndpoint;
use crate::decode::ListShape;
use crate::{ArgumentError, PageRequest};

/// The parameters that paging itself sends.
const PAGING: [&str; 3] = ["limit", "marker", "offset"];
const LONGEST: usize = 256;

/// A path and filters as they were given: not checked yet.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    endpoint: ListEndpoint,
    parameters: Vec<(&'static str, String)>,
    filters: Vec<(Cow<'static, str>, String)>,
}

impl Selection {
    pub(crate) fn new(endpoint: ListEndpoint) -> Self {
        Self { endpoint, parameters: Vec::new(), filters: Vec::new() }
    }

    /// Fills in a parameter of the path.
    pub(crate) fn parameter(&mut self, name: &'static str, value: String) {
        self.parameters.push((name, value));
    }

    /// Adds a parameter of the query.
    pub(crate) fn filter(&mut self, name: Cow<'static, str>, value: String) {
        self.filters.push((name, value));
    }

    /// The path, where the rows have no id.
    pub(crate) fn without_ids(&self) -> Option<&'static str> {
        self.endpoint.shape().identity().is_none().then_some(self.endpoint.path())
    }

    pub(crate) fn checked(&self) -> Result<ResolvedList, ArgumentError> {
        Ok(ResolvedList { segments: self.segments()?, filters: self.checked_filters()?, shape: self.endpoint.shape() })
    }

    fn segments(&self) -> Result<Vec<String>, ArgumentError> {
        let path = self.endpoint.path();
        let mut left: Vec<_> = self.parameters.iter().collect();
        let segments = path.split('/').map(|segment| {
            let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) else {
                return checked_segment("list_endpoint", segment);
            };
            let given = left.iter().position(|(given, _)| *given == name).map(|place| left.swap_remove(place));
            let missing = || ArgumentError::new("list_endpoint", path, format!("used with a {name} for its path"));
            given.ok_or_else(missing).and_then(|(name, value)| checked_segment(name, value))
        });
        let segments = segments.collect::<Result<_, _>>()?;
        match left.first() {
            Some((name, value)) => Err(ArgumentError::new(name, value, format!("in the path, once: it is {path}"))),
            None => Ok(segments),
        }
    }

    fn checked_filters(&self) -> Result<Vec<(Cow<'static, str>, String)>, ArgumentError> {
        for (place, (name, value)) in self.filters.iter().enumerate() {
            if PAGING.contains(&&**name) {
                return Err(ArgumentError::new(
                    "query",
                    name,
                    "another than limit, marker and offset, which paging sends",
                ));
            }
            if self.filters[..place].iter().any(|(other, _)| other == name) {
                return Err(ArgumentError::new("query", name, "given once"));
            }
            checked_word("query", name, 64)?;
            match name {
                Cow::Borrowed("app_id") => checked_word("app_id", value, 36)?,
                Cow::Borrowed(name) => checked_text(name, value)?,
                Cow::Owned(name) => checked_text("query", value)
                    .map_err(|error| ArgumentError::new(error.name(), format_args!("{name}={value}"), error.rule()))?,
            };
        }
        let mut filters = self.filters.clone();
        filters.sort_unstable();
        Ok(filters)
    }
}

/// A list with everything that no page changes: its path, its filters by name, and the layout of its answers.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedList {
    pub(crate) segments: Vec<String>,
    pub(crate) filters: Vec<(Cow<'static, str>, String)>,
    pub(crate) shape: ListShape,
}

impl ResolvedList {
    /// All parameters of a page request.
    pub(crate) fn parameters(&self, request: &PageRequest) -> Vec<(&str, Cow<'_, str>)> {
        let filters = self.filters.iter().map(|(name, value)| (&**name, value.into()));
        request.parameters().map(|(name, value)| (name, value.into())).chain(filters).collect()
    }

    /// What the list is called in errors and checkpoints: other filters make another list. The batch tasks of a type are
    /// called by their type, whatever reads them.
    pub(crate) fn name(&self) -> String {
        let task_type = self.filters.iter().find(|(name, _)| self.segments == ["batchtasks"] && name == "task_type");
        if let Some((_, task_type)) = task_type {
            let others = self.filters.iter().filter(|(name, _)| name != "task_type");
            return others.fold(task_type.clone(), |list, (name, value)| {
                format!("{list} {name}={}", value.replace('%', "%25").replace(' ', "%20"))
            });
        }
        let mut name = self.segments.join("/");
        for (place, (filter, value)) in self.filters.iter().enumerate() {
            name.push(if place == 0 { '?' } else { '&' });
            name.push_str(filter);
            name.push('=');
            // Two lists must not have one name.
            name.push_str(&value.replace('%', "%25").replace('&', "%26"));
        }
        name
    }
}

/// A word in the service's alphabet for ids and names.
pub(crate) fn checked_word(name: &'static str, text: &str, longest: usize) -> Result<(), ArgumentError> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if (1..=longest).contains(&text.len()) && text.bytes().all(letter) {
        return Ok(());
    }
    Err(ArgumentError::new(name, text, format!("1 to {longest} of A-Z a-z 0-9 _ -")))
}

fn checked_text(name: &'static str, text: &str) -> Result<(), ArgumentError> {
    if (1..=LONGEST).contains(&text.chars().count()) && !text.contains(char::is_control) {
        return Ok(());
    }
    Err(ArgumentError::new(name, text, format!("1 to {LONGEST} characters, none of them a control character")))
}

/// One part of a path. What would lead elsewhere is refused, and the rest is percent-encoded when it is sent.
fn checked_segment(name: &'static str, text: &str) -> Result<String, ArgumentError> {
    checked_text(name, text)?;
    if matches!(text, "." | "..") || text.contains(['/', '\\', '{', '}']) {
        return Err(ArgumentError::new(name, text, r"one part of a path, without / \ { }, and neither . nor .."));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DETAILS: ListEndpoint = ListEndpoint::new("batchtasks/{task_id}", ListShape::new("task_details"));

    fn checked(
        parameters: &[(&'static str, &str)],
        filters: &[(&'static str, &str)],
    ) -> Result<ResolvedList, ArgumentError> {
        let mut selection = Selection::new(DETAILS);
        parameters.iter().for_each(|(name, value)| selection.parameter(name, (*value).to_owned()));
        filters.iter().for_each(|(name, value)| selection.filter((*name).into(), (*value).to_owned()));
        selection.checked()
    }

    #[test]
    fn a_path_is_filled_in_and_filters_stand_in_one_order() {
        let one = checked(&[("task_id", "a b")], &[("target", "t"), ("app_id", "a")]).unwrap();
        let other = checked(&[("task_id", "a b")], &[("app_id", "a"), ("target", "t")]).unwrap();
        assert_eq!(one.segments, ["batchtasks", "a b"]);
        assert_eq!(one.name(), "batchtasks/a b?app_id=a&target=t");
        assert_eq!(one.name(), other.name());
        assert_eq!(checked(&[("task_id", "a")], &[]).unwrap().name(), "batchtasks/a");
    }

    #[test]
    fn the_tasks_of_a_type_are_called_by_it() {
        let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
        for (name, value) in [("status", "Fail"), ("task_type", "createDevices"), ("app_id", "a")] {
            selection.filter(name.into(), value.to_owned());
        }
        assert_eq!(selection.checked().unwrap().name(), "createDevices app_id=a status=Fail");
    }

    #[test]
    fn two_lists_have_two_names() {
        let name = |filters: &[(&'static str, &str)]| checked(&[("task_id", "a")], filters).unwrap().name();
        assert_ne!(name(&[("a", "x&b=y")]), name(&[("a", "x"), ("b", "y")]));
        assert_ne!(name(&[("a", "x%26y")]), name(&[("a", "x&y")]));
    }

    #[test]
    fn every_argument_is_checked_with_its_name_and_value() {
        let task = ("task_id", "a");
        let long = "x".repeat(257);
        for (parameters, filters, name, value) in [
            (&[][..], &[][..], "list_endpoint", "batchtasks/{task_id}"),
            (&[task, task], &[], "task_id", "a"),
            (&[task, ("group_id", "g")], &[], "group_id", "g"),
            (&[("task_id", "")], &[], "task_id", ""),
            (&[("task_id", "..")], &[], "task_id", ".."),
            (&[("task_id", "a/b")], &[], "task_id", "a/b"),
            (&[("task_id", "a\nb")], &[], "task_id", "a\nb"),
            (&[task], &[("marker", "x")], "query", "marker"),
            (&[task], &[("app_id", "a b")], "app_id", "a b"),
            (&[task], &[("target", "a"), ("target", "b")], "query", "target"),
            (&[task], &[("target", "")], "target", ""),
            (&[task], &[("target", &long)], "target", &long),
            (&[task], &[("a b", "c")], "query", "a b"),
        ] {
            let error = checked(parameters, filters).unwrap_err();
            assert_eq!((error.name(), error.value()), (name, value), "{error}");
        }
    }

    #[test]
    fn an_error_names_a_filter_given_at_run_time_and_its_value() {
        let mut selection = Selection::new(ListEndpoint::BATCH_TASKS);
        selection.filter("target".to_owned().into(), "a\tb".to_owned());
        let error = selection.checked().unwrap_err();
        assert_eq!((error.name(), error.value()), ("query", "target=a\tb"));
    }
}
