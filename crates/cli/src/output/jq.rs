//! Records through a filter in the language of jq.

// Knows the filter and the forms of JSON, not records.

use std::marker::PhantomData;

use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, compile, data};
use jaq_json::{Val, read, write};

use super::{Json, Output, Yaml, ndjson};
use crate::subject::AsJson;

type Data = data::JustLut<Val>;

/// A filter that was read.
pub(crate) struct Filter(compile::Filter<jaq_core::Native<Data>>);

impl Filter {
    /// Reads a filter; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(definitions).load(&arena, File { code: text, path: () });
        let modules = modules.map_err(|errors| first(errors, unreadable))?;
        let filter = Compiler::default().with_funs(functions).compile(modules);
        filter.map(Self).map_err(|errors| {
            first(errors, |errors| {
                let (name, undefined) = errors.into_iter().next()?;
                Some(format!("there is no {} {name}", undefined.as_str()))
            })
        })
    }

    /// Hands out what the filter makes of a record. An error ends that.
    fn apply(&self, json: &[u8], mut each: impl FnMut(&Val)) -> Result<(), String> {
        let record = read::parse_single(json).map_err(|error| error.to_string())?;
        let context = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        for value in self.0.id.run((context, record)) {
            match value {
                Ok(value) => each(&value),
                Err(exception) => {
                    return Err(exception
                        .get_err()
                        .map_or_else(|_| "halt has no use".to_owned(), |error| error.to_string()));
                }
            }
        }
        Ok(())
    }
}

/// The first of the errors, as `describe` has it.
fn first<S, P, E>(errors: load::Errors<S, P, E>, describe: impl Fn(E) -> Option<String>) -> String {
    let described = errors.into_iter().find_map(|(_, error)| describe(error));
    described.unwrap_or_else(|| "it cannot be read".to_owned())
}

fn unreadable(error: load::Error<&str>) -> Option<String> {
    let at = |expected: &str, rest: &str| match rest {
        "" => format!("expected {expected} at its end"),
        rest => format!("expected {expected} at {rest:?}"),
    };
    Some(match error {
        load::Error::Io(errors) => errors.into_iter().next()?.1,
        load::Error::Lex(errors) => {
            let (expected, rest) = errors.into_iter().next()?;
            at(expected.as_str(), rest)
        }
        load::Error::Parse(errors) => {
            let (expected, rest) = errors.into_iter().next()?;
            at(expected.as_str(), rest)
        }
    })
}

/// In which form the values of a filter are written.
#[derive(Debug)]
pub(crate) enum Form {
    /// One a line; a text without its quotes.
    Lines,
    Json(Json<()>),
    Yaml(Yaml<()>),
}

/// Writes what a filter makes of the records.
pub(crate) struct Filtered<R> {
    filter: Filter,
    form: Form,
    problem: Option<String>,
    records: PhantomData<fn(R)>,
}

impl<R> Filtered<R> {
    pub(crate) fn new(filter: Filter, form: Form) -> Self {
        Self { filter, form, problem: None, records: PhantomData }
    }
}

impl Form {
    fn value(&mut self, value: &Val, out: &mut Vec<u8>) {
        let json = |out: &mut Vec<u8>| {
            // Writing to memory does not fail.
            let _ = write::write(out, &write::Pp::default(), 0, value);
        };
        match self {
            Self::Lines => {
                match value {
                    Val::TStr(text) => out.extend_from_slice(text),
                    _ => json(out),
                }
                out.push(b'\n');
            }
            Self::Json(array) => {
                array.separate(out);
                json(out);
            }
            Self::Yaml(sequence) => {
                let mut element = Vec::new();
                json(&mut element);
                sequence.element(&element, out);
            }
        }
    }
}

impl<R: AsJson> Output for Filtered<R> {
    type Record = R;

    fn begin(&mut self, out: &mut Vec<u8>) {
        if let Form::Json(array) = &mut self.form {
            array.first(out);
        }
    }

    fn record(&mut self, record: &R, profile: Option<&str>, out: &mut Vec<u8>) {
        let mut json = Vec::new();
        ndjson::write_sourced(&record.json(), profile, &mut json);
        let form = &mut self.form;
        if let Err(error) = self.filter.apply(&json, |value| form.value(value, out)) {
            self.problem = Some(format!("--jq: {error}"));
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        match &mut self.form {
            Form::Lines => {}
            Form::Json(array) => array.last(out),
            Form::Yaml(sequence) => sequence.last(out),
        }
    }

    fn problem(&mut self) -> Option<String> {
        self.problem.take()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    struct Record(&'static str);

    impl AsJson for Record {
        fn json(&self) -> Cow<'_, str> {
            self.0.into()
        }
    }

    fn filtered(filter: &str, form: Form, records: &[&'static str]) -> Result<String, String> {
        let (mut output, mut out) = (Filtered::new(Filter::parse(filter)?, form), Vec::new());
        output.begin(&mut out);
        for record in records {
            output.record(&Record(record), None, &mut out);
            if let Some(problem) = output.problem() {
                return Err(problem);
            }
        }
        output.end(&mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    const TWO: [&str; 2] = [r#"{"id":"a","n":12345678901234567890123,"l":[1,2]}"#, r#"{"id":"b \"c\"","l":[]}"#];

    #[test]
    fn a_record_may_become_several_values_or_none_in_each_form() {
        let lines = |filter: &str| filtered(filter, Form::Lines, &TWO).unwrap();
        assert_eq!(lines(".id"), "a\nb \"c\"\n");
        assert_eq!(lines(".l[]"), "1\n2\n");
        assert_eq!(lines("select(.n) | {id, n}"), "{\"id\":\"a\",\"n\":12345678901234567890123}\n");
        assert_eq!(filtered(".id", Form::Json(Json::default()), &TWO).unwrap(), "[\n\"a\",\n\"b \\\"c\\\"\"\n]\n");
        assert_eq!(filtered("empty", Form::Json(Json::default()), &TWO).unwrap(), "[]\n");
        assert_eq!(filtered("{id}", Form::Yaml(Yaml::default()), &TWO[..1]).unwrap(), "- id: a\n");
        assert_eq!(filtered("empty", Form::Yaml(Yaml::default()), &TWO).unwrap(), "[]\n");
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_said() {
        for (filter, part) in
            [(".a |", "at its end"), ("fo(1)", "no filter fo"), (".a ]", "\"]\""), ("$x", "variable $x")]
        {
            let error = filtered(filter, Form::Lines, &TWO).unwrap_err();
            assert!(error.contains(part), "{filter}: {error}");
        }
        for filter in [".id + 1", "error(\"own\")", "halt"] {
            assert!(filtered(filter, Form::Lines, &TWO).unwrap_err().starts_with("--jq: "), "{filter}");
        }
    }
}
