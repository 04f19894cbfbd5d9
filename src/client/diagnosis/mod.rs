//! Whether an endpoint can be read, and whether it behaves as this crate relies on.
//!
//! This crate is built from the service's documents. What they leave open it treats with care, and [`Client::diagnose`]
//! shows how a service really behaves: [`Diagnosis`] has one line for each [`ConnectionCheck`] and each [`Assumption`].

mod answer;
mod connection;
mod hashed;
mod judge;
mod pages;
mod report;

pub use report::{Assumption, ConnectionCheck, Diagnosis, Finding, Observation};

use super::transport::Observed;
use super::{BatchTaskQuery, Client};
use crate::lists::ResolvedList;
use crate::{Error, FailureKind, PageRequest, PageSize, SourceError};
use answer::Answer;
use connection::Connecting;
use pages::Pages;

impl Client {
    /// Checks the connection and how the service pages, with some twenty read-only requests.
    ///
    /// The list of each [known](crate::TaskType::KNOWN) type is tried until one fills a page, and the longest is examined.
    /// What fails is in the report; there is no error. Requests are tried again as those of a stream are.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let simulator = iotda_simulator::Simulator::builder().tasks(700).start().await?;
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// use iotda_batch_tasks::diagnosis::{Assumption, Finding};
    ///
    /// let diagnosis = client.diagnose().await;
    /// println!("{diagnosis}"); // for an issue: it has no secret, and ids are hashed
    /// assert!(diagnosis.is_exact());
    /// assert_eq!(diagnosis.finding(Assumption::MarkerIsLastId), Finding::Holds);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping the future aborts its request.
    pub async fn diagnose(&self) -> Diagnosis {
        // Known types break no rule.
        let lists = self.all_batch_tasks().resolved().unwrap_or_default();
        diagnose(self, lists).await
    }
}

impl BatchTaskQuery {
    /// As [`Client::diagnose`], for the lists of this query: its types, its status and its resource space.
    ///
    /// # Errors
    /// [`Error::Argument`] when an argument breaks a rule of the service.
    ///
    /// # Cancel safety
    /// Dropping the future aborts its request.
    pub async fn diagnose(self) -> Result<Diagnosis, Error> {
        let lists = self.resolved()?;
        Ok(diagnose(&self.client, lists).await)
    }
}

async fn diagnose(client: &Client, lists: Vec<ResolvedList>) -> Diagnosis {
    let (mut longest, mut requests) = (None::<(Pages, Answer)>, 0);
    let mut outcome = Outcome::default();
    for list in lists {
        let mut pages = Pages::new(client.clone(), list);
        let (first, observed) = pages.fetch_observed(PageRequest::after(None, PageSize::MAX)).await;
        requests += std::mem::take(&mut pages.requests);
        outcome.note(&first, observed);
        match first {
            Ok(first) => {
                let is_full = first.rows.len() >= PageSize::MAX.get();
                if longest.as_ref().is_none_or(|(_, other)| other.rows.len() < first.rows.len()) {
                    longest = Some((pages, first));
                }
                if is_full {
                    break;
                }
            }
            Err(error) if error.is_bad_request() => {}
            Err(_) => break,
        }
    }
    let connecting = Connecting::new(client).await.answered(outcome.error.as_ref(), outcome.observed.as_ref());
    let (list, mut behaviour) = match longest {
        Some((mut pages, first)) => {
            let behaviour = pages.observe(&first).await;
            requests += pages.requests;
            (Some(pages.task_type().to_owned()), behaviour)
        }
        None => {
            let unseen =
                |assumption: &Assumption| Observation::new(*assumption, Finding::NotSeen, "no list was answered");
            (None, Assumption::ALL.iter().map(unseen).collect())
        }
    };
    for observation in &mut behaviour {
        observation.note = connecting.shown(&observation.note);
    }
    Diagnosis { list, behaviour, requests, connection: connecting.into_found() }
}

/// What the first answer shows of the connection. An answer that a type is not known shows less than any other.
#[derive(Default)]
struct Outcome {
    error: Option<SourceError>,
    observed: Option<Observed>,
    is_settled: bool,
}

impl Outcome {
    fn note(&mut self, first: &Result<Answer, SourceError>, observed: Option<Observed>) {
        if self.is_settled {
            return;
        }
        let error = match first {
            Ok(page) if page.is_page => None,
            Ok(_) => Some(SourceError::new(
                FailureKind::Decode,
                "the answer has neither batchtasks nor page: something else answers at this endpoint",
            )),
            Err(error) => Some(error.clone()),
        };
        self.is_settled = error.as_ref().is_none_or(|error| !error.is_bad_request());
        (self.error, self.observed) = (error, observed);
    }
}
