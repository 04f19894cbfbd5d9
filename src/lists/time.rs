//! Times in lists: as in tasks, but a text that is no time, or no text at all, is no time. For serde's `with`.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::task::Json;
pub(super) use crate::task::time::serialize;

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = |json: Json| json.decode::<Cow<'_, str>>().ok().map(Cow::into_owned);
    Ok(Option::<Json>::deserialize(deserializer)?.and_then(text).and_then(|text| text.parse().ok()))
}
