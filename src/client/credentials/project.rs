//! The id of the project that bears a region's name, as IAM lists it.

use http::Method;
use jiff::Timestamp;
use serde_json::Value;

use super::cache::in_time;
use super::iam_request::IamRequest;
use super::remote::Context;
use super::{Credentials, endpoint_url};
use crate::error::{FailureKind, SourceError};

const SHOWN: usize = 10;

/// 1 to 32 hexadecimal digits.
pub(crate) fn is_project_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Credentials {
    /// Whether a project can be looked up: some name is known.
    pub(crate) fn names_a_project(&self) -> bool {
        let settings = &self.0.settings;
        settings.project_name.is_some() || settings.region.is_some()
    }

    /// Looks up the project of the region at IAM, or for the one that was named.
    pub(crate) async fn look_up_project(&self, http: &reqwest::Client, now: Timestamp) -> Result<String, SourceError> {
        in_time("no project", FailureKind::Project, self.project(http, now)).await
    }

    async fn project(&self, http: &reqwest::Client, now: Timestamp) -> Result<String, SourceError> {
        let settings = &self.0.settings;
        let name = settings.project_name.as_deref().or(settings.region.as_deref()).unwrap_or_default();
        let mut url = endpoint_url::iam(settings, "/v3/projects").map_err(|error| failure(error.to_string()))?;
        url.query_pairs_mut().append_pair("name", name);
        let request = IamRequest { kind: FailureKind::Project, method: Method::GET, url: &url, body: String::new() };
        let answer = self.send_to_iam(&request, Context { settings, http, now }).await?;
        if !answer.answer.status.is_success() {
            let note = format!("; the project of {name} could not be looked up: give its id");
            return Err(answer.refusal(FailureKind::Project, &note));
        }
        exactly_one(&answer.answer.body, name).map_err(failure)
    }
}

fn exactly_one(body: &[u8], name: &str) -> Result<String, String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |project: &Value, field: &str| project.get(field).and_then(Value::as_str).map(str::to_owned);
    let projects = body.get("projects").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let found: Vec<(String, String)> = projects
        .iter()
        .filter_map(|project| Some((text(project, "id")?, text(project, "name").unwrap_or_default())))
        .filter(|(id, _)| is_project_id(id))
        .collect();
    match found.as_slice() {
        [(id, _)] => Ok(id.clone()),
        [] => Err(format!("IAM knows no project named {name}: give the project id")),
        several => {
            let several: Vec<String> =
                several.iter().take(SHOWN).map(|(id, name)| format!("{id} ({})", name.escape_debug())).collect();
            Err(format!("IAM knows several projects for {name}: give the id of one: {}", several.join(", ")))
        }
    }
}

fn failure(message: String) -> SourceError {
    SourceError::new(FailureKind::Project, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_project_is_expected_and_several_are_listed() {
        let one = |projects: &str| exactly_one(format!(r#"{{"projects":[{projects}]}}"#).as_bytes(), "cn-north-4");
        assert_eq!(one(r#"{"id":"0a1b","name":"cn-north-4"}"#), Ok("0a1b".to_owned()));
        assert!(one("").unwrap_err().contains("no project named cn-north-4"));
        assert!(one(r#"{"id":"no id/","name":"cn-north-4"}"#).is_err());
        let error = one(r#"{"id":"0a","name":"x"},{"id":"0b","name":"y\u001b"}"#).unwrap_err();
        assert!(error.contains("0a (x), 0b (y\\u{1b})"), "{error}");
        assert!(exactly_one(b"<html>", "r").is_err());
    }
}
