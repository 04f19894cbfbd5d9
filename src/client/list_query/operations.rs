//! What a query of a sibling list gives besides a stream: a record, a count, parts.

use super::ListQuery;
use crate::decode::Row;
use crate::stream::{Checkpoint, RecordStream};
use crate::{ArgumentError, Error};

impl<T: Row + Send + 'static> ListQuery<T> {
    /// The record of this id, if the query selects it: see [`Lists::find`](crate::Lists::find).
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let list = iotda_simulator::RowList::devices().rows(120);
    /// # let simulator = iotda_simulator::Simulator::builder().list(list).start().await?;
    /// # let id = simulator.edit_rows("devices", |rows| rows.ids()[70].clone());
    /// # let client = iotda_batch_tasks::Client::builder()
    /// #     .endpoint(simulator.endpoint()).project_id("0a").token("any").build()?;
    /// let devices = client.devices();
    /// assert_eq!(devices.clone().count().await?, Some(120));
    /// let device = devices.find(&id).await?;
    /// assert_eq!(device.map(|device| device.device_id), Some(id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When an argument breaks a rule, the rows of the list have no id, a request fails, or the record itself cannot be
    /// read.
    ///
    /// # Cancel safety
    /// Dropping the future aborts its requests.
    pub async fn find(self, id: &str) -> Result<Option<T>, Error> {
        if let Some(path) = self.selection.without_ids() {
            return Err(ArgumentError::new("list", path, "one whose rows have an id: read it and compare").into());
        }
        self.lists()?.find(id).await
    }

    /// How many records the service says there are, without reading them. A hint: see
    /// [`Lists::count`](crate::Lists::count).
    ///
    /// # Errors
    /// When an argument breaks a rule or a request fails.
    pub async fn count(self) -> Result<Option<u64>, Error> {
        self.lists()?.count().await
    }

    /// Splits the list into `parts` for several readers: see [`Lists::split`](crate::Lists::split). Give each part to
    /// [`resume`](Self::resume) of the same query, in any process.
    ///
    /// # Errors
    /// When an argument breaks a rule or a request fails.
    pub async fn split(self, parts: usize) -> Result<Vec<Checkpoint>, Error> {
        self.lists()?.split(parts).await
    }

    /// Reads the list in `parts` side by side, each record once, in no order: see
    /// [`Lists::unordered`](crate::Lists::unordered).
    ///
    /// # Errors
    /// As [`split`](Self::split).
    pub async fn unordered(self, parts: usize) -> Result<RecordStream<T>, Error> {
        self.lists()?.unordered(parts).await
    }
}
