//! The rules for query parameters (sections 1 and 3 of the API facts).

use hyper::StatusCode;
use percent_encoding::percent_decode_str;

use super::id::RecordId;
use super::marker::Spelling;
use super::refusal::Refusal;

/// Every task type that the service's pages, SDKs and OpenAPI description name.
pub const TASK_TYPES: [&str; 18] = [
    "firmwareUpgrade",
    "softwareUpgrade",
    "createDevices",
    "deleteDevices",
    "freezeDevices",
    "unfreezeDevices",
    "createCommands",
    "createAsyncCommands",
    "createMessages",
    "updateDeviceShadows",
    "updateDevices",
    "moduleUpgrade",
    "changeGateway",
    "sendEmails",
    "sendSmss",
    "addDevicesToGroup",
    "deviceConfig",
    "deviceJob",
];

/// Every status of a task, in the service's spelling.
pub const STATUSES: [&str; 8] =
    ["Initializing", "Waitting", "Processing", "Success", "Fail", "PartialSuccess", "Stopped", "Stopping"];

const DEFAULT_LIMIT: usize = 10;

/// Names and values of a query, decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let pair = |part: &str| match part.split_once('=') {
            Some((name, value)) => (decoded(name), decoded(value)),
            None => (decoded(part), String::new()),
        };
        Self(text.split('&').filter(|part| !part.is_empty()).map(pair).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Where in a list a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageQuery {
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The marker as it came, and by value.
    pub(super) marker: Option<(String, RecordId)>,
}

impl PageQuery {
    pub(super) fn of(query: &Query, spelling: Spelling) -> Result<Self, Refusal> {
        let limit = match whole(query, "limit")? {
            None => DEFAULT_LIMIT,
            Some(limit @ 1..=50) => limit as usize,
            Some(limit) => {
                let message = format!("The limit {limit} is out of range [1, 50].");
                return Err(Refusal::new(StatusCode::BAD_REQUEST, "IOTDA.000017", message));
            }
        };
        let offset = match whole(query, "offset")? {
            None => 0,
            Some(offset @ 0..=500) => offset as usize,
            Some(offset) => return Err(Refusal::invalid(format!("The offset {offset} is out of range [0, 500]."))),
        };
        let marker = match query.get("marker") {
            None => None,
            Some(text) => Some((text.to_owned(), spelling.read(text).ok_or_else(|| marker_refusal(text))?)),
        };
        Ok(Self { limit, offset, marker })
    }
}

pub(super) fn marker_refusal(text: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "IOTDA.000018", format!("The marker {text} is out of range."))
}

/// The parameters of a ListBatchTasks request, apart from the page_query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TaskQuery {
    pub(super) task_type: String,
    pub(super) status: Option<String>,
    pub(super) app_id: Option<String>,
}

impl TaskQuery {
    /// Checks the form of the filters. Which types and statuses are known, the caller says.
    pub(super) fn of(
        query: &Query,
        knows_type: impl Fn(&str) -> bool,
        knows_status: impl Fn(&str) -> bool,
    ) -> Result<Self, Refusal> {
        let task_type = query.get("task_type").ok_or_else(|| Refusal::invalid("task_type is required."))?;
        if !knows_type(task_type) {
            return Err(Refusal::invalid(format!("The task_type {task_type} is not supported.")));
        }
        let status = query.get("status");
        if let Some(status) = status.filter(|status| !knows_status(status)) {
            return Err(Refusal::invalid(format!("The status {status} is not supported.")));
        }
        let app_id = query.get("app_id");
        if let Some(app_id) = app_id.filter(|app_id| !is_app_id(app_id)) {
            return Err(Refusal::invalid(format!("The app_id {app_id} must match ^[a-zA-Z0-9_-]{{1,36}}$.")));
        }
        Ok(Self {
            task_type: task_type.to_owned(),
            status: status.map(str::to_owned),
            app_id: app_id.map(str::to_owned),
        })
    }
}

/// `^[a-fA-F0-9]{1,32}$`
pub(super) fn is_project_id(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Up to 36 of `a-f0-9-`
pub(super) fn is_instance_id(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'f' | b'0'..=b'9' | b'-'))
}

fn is_app_id(text: &str) -> bool {
    (1..=36).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

fn whole(query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.map(Some).ok_or_else(|| Refusal::invalid(format!("The {name} {text} is no whole number.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page_query(text: &str) -> Result<PageQuery, String> {
        PageQuery::of(&Query::parse(text), Spelling::Hexadecimal).map_err(|refusal| refusal.code.into_owned())
    }

    fn tasks(text: &str) -> Result<TaskQuery, String> {
        let knows_type = |task_type: &str| TASK_TYPES.contains(&task_type);
        let knows_status = |status: &str| STATUSES.contains(&status);
        TaskQuery::of(&Query::parse(text), knows_type, knows_status).map_err(|refusal| refusal.code.into_owned())
    }

    #[test]
    fn what_is_left_out_has_the_documented_default() {
        assert_eq!(page_query("").unwrap(), PageQuery { limit: 10, offset: 0, marker: None });
    }

    #[test]
    fn the_ends_of_each_range_are_inside() {
        assert_eq!(page_query("limit=1&offset=500").unwrap().offset, 500);
        assert_eq!(page_query("limit=50&offset=0").unwrap().limit, 50);
        assert_eq!(page_query("marker=ffffffffffffffffffffffff").unwrap().marker.unwrap().1, RecordId::HIGHEST);
    }

    #[test]
    fn each_rule_has_its_code() {
        for text in ["limit=0", "limit=51", "limit=-1"] {
            assert_eq!(page_query(text), Err("IOTDA.000017".to_owned()), "{text}");
        }
        for text in ["limit=", "limit=ten", "limit=+5", "limit=1.0", "limit=99999999999999999999"] {
            assert_eq!(page_query(text), Err("IOTDA.000006".to_owned()), "{text}");
        }
        for text in ["offset=501", "offset=-1", "offset=x"] {
            assert_eq!(page_query(text), Err("IOTDA.000006".to_owned()), "{text}");
        }
        for text in ["marker=", "marker=0", "marker=5c90fa7d3c4e4405e852507g"] {
            assert_eq!(page_query(text), Err("IOTDA.000018".to_owned()), "{text}");
        }
        for text in ["", "task_type=", "task_type=SoftwareUpgrade", "task_type=softwareUpgrade&status=Waiting"] {
            assert_eq!(tasks(text), Err("IOTDA.000006".to_owned()), "{text}");
        }
        for app_id in ["", "a%20b", "%E4%B8%80", "1234567890123456789012345678901234567"] {
            assert_eq!(
                tasks(&format!("task_type=softwareUpgrade&app_id={app_id}")),
                Err("IOTDA.000006".to_owned()),
                "{app_id}"
            );
        }
        assert_eq!(tasks("task_type=softwareUpgrade&app_id=app_A-1").unwrap().app_id.unwrap(), "app_A-1");
    }

    #[test]
    fn a_query_is_decoded_in_its_order() {
        let query = Query::parse("b=x%20y+z&&a=%E4%B8%80&b=2&c");
        let pairs: Vec<_> = query.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("b", "x y+z"), ("a", "一"), ("b", "2"), ("c", "")]);
        assert_eq!(query.get("b"), Some("x y+z"));
    }

    #[test]
    fn ids_in_path_and_headers_have_their_alphabets() {
        assert!(is_project_id("0123456789abcdefABCDEF0123456789") && is_project_id("a"));
        assert!(!is_project_id("") && !is_project_id("g") && !is_project_id(&"a".repeat(33)));
        assert!(is_instance_id("b9ab6d1c-0000-1111-2222-333344445555"));
        assert!(!is_instance_id("B9") && !is_instance_id(&"a".repeat(37)));
    }
}
