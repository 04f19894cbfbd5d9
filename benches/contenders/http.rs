//! The HTTP that all contenders share: one configuration, one form of request.

use iotda_batch_tasks::{Client, Marker};

pub(crate) const PAGE: usize = 50;
const PROJECT: &str = "0123456789abcdef0123456789abcdef";
const TOKEN: &str = "token-of-the-benchmark";

/// What requests are made through: nothing was sent yet, so that every run pays for its own connections.
pub(crate) struct Http {
    pub(crate) bare: Bare,
    /// This crate's client over the same.
    pub(crate) ours: Client,
}

impl Http {
    pub(crate) fn new(endpoint: &str) -> Self {
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let http = builder.build().expect("a client");
        let ours = Client::builder().endpoint(endpoint).project_id(PROJECT).token(TOKEN).http_client(http.clone());
        let list = format!("{endpoint}/v5/iot/{PROJECT}/batchtasks?task_type=softwareUpgrade&limit={PAGE}");
        Self { bare: Bare { http, list }, ours: ours.build().expect("all arguments keep the rules") }
    }
}

/// Where a page begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) marker: Option<String>,
    pub(crate) offset: usize,
}

impl Place {
    pub(crate) fn after(marker: Option<String>) -> Self {
        Self { marker, offset: 0 }
    }
}

/// The bare list: bodies as they come.
#[derive(Clone)]
pub(crate) struct Bare {
    http: reqwest::Client,
    list: String,
}

impl Bare {
    pub(crate) async fn body(&self, place: &Place) -> Result<bytes::Bytes, reqwest::Error> {
        let mut url = self.list.clone();
        if let Some(marker) = &place.marker {
            url += "&marker=";
            url += marker;
        }
        if place.offset > 0 {
            url += &format!("&offset={}", place.offset);
        }
        self.http.get(url).header("X-Auth-Token", TOKEN).send().await?.error_for_status()?.bytes().await
    }

    /// Every marker of the list, by reading it once.
    pub(crate) async fn markers(&self) -> Vec<Option<Marker>> {
        let mut markers = vec![None];
        loop {
            let place = Place::after(markers[markers.len() - 1].map(|marker: Marker| marker.to_string()));
            let body = self.body(&place).await.expect("a body");
            let page = iotda_batch_tasks::Page::from_json(&body).expect("a page");
            if page.records.len() < PAGE {
                markers.truncate(markers.len() - usize::from(page.records.is_empty()));
                return markers;
            }
            markers.push(page.marker);
        }
    }
}
