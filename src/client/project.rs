//! The project whose lists are read: given, or looked up once.

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::transport::Transport;
use crate::SourceError;

/// A project id, at the latest when the first request needs it.
#[derive(Debug)]
pub(super) struct Project(OnceCell<String>);

impl Project {
    /// `None` is looked up at IAM, by the region's name.
    pub(super) fn new(id: Option<String>) -> Self {
        Self(id.map_or_else(OnceCell::new, OnceCell::from))
    }

    /// One request looks it up, and the others wait for it; where that fails, each next one tries again.
    pub(super) async fn id(&self, transport: &Transport) -> Result<&str, SourceError> {
        let look_up = || transport.credentials.look_up_project(&transport.http, Timestamp::now());
        self.0.get_or_try_init(look_up).await.map(String::as_str)
    }

    pub(super) fn known(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}
