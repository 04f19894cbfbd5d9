//! Faults: what each does to an answer.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};

use super::answer::{Answer, Outcome};
use super::body::{Body, Cut};
use super::log::SeenRequest;
use super::random::Random;
use super::refusal::Refusal;

const HUGE: u64 = 2 * 1024 * 1024 * 1024;
const NESTING: usize = 1_000_000;
const FILLER: Bytes = Bytes::from_static(&[b' '; 64 * 1024]);
const GATEWAY_PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// Something that goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// An error answer of the service with this status, `error_code` and `error_msg`.
    Error {
        /// The HTTP status; 500 where it is none.
        status: u16,
        /// The `error_code`.
        code: String,
        /// The `error_msg`.
        message: String,
    },
    /// 500 `IOTDA.000001`.
    Internal,
    /// 500 `IOTDA.014102`.
    Congested,
    /// 502 with a gateway's HTML page.
    BadGateway,
    /// 429 `APIGW.0308`.
    Throttled {
        /// The `Retry-After` header, verbatim: seconds, or a date; `None` for no such header.
        retry_after: Option<String>,
    },
    /// 403 `IOTDA.021101`: a rate limit that the service reports as 403.
    RateLimited,
    /// The connection is reset before an answer comes.
    Reset,
    /// The connection is closed before an answer comes.
    Close,
    /// The right answer, but the connection is closed after half of its body.
    HalfBody,
    /// No answer comes until the client goes.
    Hang,
    /// The right answer, so much later.
    Slow(Duration),
    /// 302 to this address.
    Redirect(String),
    /// 200 with this text for a body.
    Body(String),
    /// 200 with a body that never ends.
    EndlessBody,
    /// 200 with a `Content-Length` of 2 GiB, and as many bytes.
    HugeBody,
    /// 200 with a million lists, each inside the other.
    DeepNesting,
    /// The right answer, with a byte in the first record that is not UTF-8.
    InvalidUtf8,
}

impl Fault {
    /// How much later the answer comes.
    pub(super) fn delay(&self) -> Duration {
        if let Self::Slow(delay) = self { *delay } else { Duration::ZERO }
    }

    /// Whether records of the right answer can still be read from it.
    pub(super) fn leaves_records(&self) -> bool {
        matches!(self, Self::Slow(_) | Self::HalfBody | Self::InvalidUtf8)
    }

    /// What becomes of the right answer, whose rows are in the array `rows`.
    pub(super) fn apply(&self, answer: Answer, rows: &str, request_id: &str) -> Outcome {
        let refused = |status, code: &str, message: &str| {
            Answer::refused(&Refusal::new(status, code.to_owned(), message), request_id)
        };
        let spoiled = match self {
            Self::Error { status, code, message } => {
                refused(StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), code, message)
            }
            Self::Internal => refused(StatusCode::INTERNAL_SERVER_ERROR, "IOTDA.000001", "Internal server error."),
            Self::Congested => refused(StatusCode::INTERNAL_SERVER_ERROR, "IOTDA.014102", "The service is congested."),
            Self::BadGateway => {
                Answer::json(StatusCode::BAD_GATEWAY, vec![GATEWAY_PAGE.into()]).with(CONTENT_TYPE, "text/html")
            }
            Self::Throttled { retry_after } => throttled(retry_after.as_deref(), None, request_id),
            Self::RateLimited => rate_limited(None, None, request_id),
            Self::Reset => return Outcome::Cut(Cut::Reset),
            Self::Close => return Outcome::Cut(Cut::Close),
            Self::Hang => return Outcome::Hang,
            Self::Slow(_) => answer,
            Self::HalfBody => halved(answer),
            Self::Redirect(address) => Answer::json(StatusCode::FOUND, Vec::new()).with(LOCATION, address),
            Self::Body(text) => Answer::json(StatusCode::OK, vec![text.clone().into()]),
            Self::EndlessBody => filled(rows, u64::MAX),
            Self::HugeBody => {
                let mut answer = filled(rows, HUGE - opening(rows).len() as u64);
                answer.headers.insert(CONTENT_LENGTH, HUGE.into());
                answer
            }
            Self::DeepNesting => {
                let (open, close) = ("[".repeat(NESTING), "]".repeat(NESTING));
                Answer::json(StatusCode::OK, vec![opening(rows).into(), open.into(), close.into(), "]}".into()])
            }
            Self::InvalidUtf8 => misspelt(answer, rows),
        };
        Outcome::Answer(Box::new(spoiled))
    }
}

fn opening(rows: &str) -> String {
    format!("{{\"{rows}\":[")
}

/// 429 `APIGW.0308`, with the quota in its text where it is `stated`.
pub(super) fn throttled(retry_after: Option<&str>, stated: Option<&str>, request_id: &str) -> Answer {
    let stated = stated.map(|quota| format!(",{quota}")).unwrap_or_default();
    let message = format!("The throttling threshold has been reached: policy user over ratelimit{stated}");
    later(&Refusal::new(StatusCode::TOO_MANY_REQUESTS, "APIGW.0308", message), retry_after, request_id)
}

/// 403 `IOTDA.021101`, with the quota in its text where it is `stated`.
pub(super) fn rate_limited(retry_after: Option<&str>, stated: Option<&str>, request_id: &str) -> Answer {
    let stated = stated.map(|quota| format!(" policy user over ratelimit,{quota}")).unwrap_or_default();
    let message = format!("The request rate is over the limit.{stated}");
    later(&Refusal::new(StatusCode::FORBIDDEN, "IOTDA.021101", message), retry_after, request_id)
}

fn later(refusal: &Refusal, retry_after: Option<&str>, request_id: &str) -> Answer {
    let answer = Answer::refused(refusal, request_id);
    match retry_after {
        Some(value) => answer.with(RETRY_AFTER, value),
        None => answer,
    }
}

fn filled(rows: &str, bytes: u64) -> Answer {
    let answer = Answer::json(StatusCode::OK, Vec::new());
    Answer { body: Body::new(vec![opening(rows).into()]).filled(FILLER, bytes), ..answer }
}

fn halved(mut answer: Answer) -> Answer {
    let whole = Bytes::from(answer.body.into_pieces().concat());
    answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    answer.body = Body::new(vec![whole.slice(..whole.len() / 2)]).cut(Cut::Close);
    answer
}

fn misspelt(mut answer: Answer, rows: &str) -> Answer {
    // Of a task, a device, a rule.
    const NAME: &[u8] = b"name\":\"";
    let mut whole = answer.body.into_pieces().concat();
    match whole.windows(NAME.len()).position(|window| window == NAME) {
        Some(position) => whole.insert(position + NAME.len(), 0xff),
        None => whole = [opening(rows).as_bytes(), b"],\"page\":{\"marker\":\"\xff\"}}"].concat(),
    }
    answer.body = Body::new(vec![whole.into()]);
    answer
}

pub(super) type FaultRule = Box<dyn FnMut(&SeenRequest) -> Option<Fault> + Send>;

/// Which request gets which fault: one that is set by hand comes before a scripted one, and that before chance.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) standing: Option<Fault>,
    pub(super) next: VecDeque<Fault>,
    pub(super) at: BTreeMap<u64, Fault>,
    pub(super) rules: Vec<FaultRule>,
    pub(super) chances: Vec<(f64, Fault)>,
}

impl Faults {
    pub(super) fn choose(&mut self, request: &SeenRequest, random: &mut Random) -> Option<Fault> {
        // Every chance is drawn for every request, so that a scripted fault does not shift the chances after it.
        let mut by_chance = None;
        for (probability, fault) in &self.chances {
            if random.chance(*probability) && by_chance.is_none() {
                by_chance = Some(fault.clone());
            }
        }
        self.next
            .pop_front()
            .or_else(|| self.standing.clone())
            .or_else(|| self.at.get(&request.number).cloned())
            .or_else(|| self.rules.iter_mut().find_map(|rule| rule(request)))
            .or(by_chance)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("at", &self.at).field("chances", &self.chances).finish_non_exhaustive()
    }
}
