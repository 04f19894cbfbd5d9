//! Embedding: the stream over your own transport, without this crate's HTTP client (`default-features = false`).
//!
//! `cargo run --no-default-features --example embed`

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use futures::TryStreamExt;
use iotda_batch_tasks::{
    BatchTask, BatchTaskStream, FailureKind, Page, PageRequest, PageSource, SourceError, StreamOptions,
};
use iotda_simulator::Simulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Your SDK: here, plain HTTP in a few lines. Yours signs, retries and limits its requests.
pub(crate) struct Sdk {
    pub(crate) address: SocketAddr,
}

impl Sdk {
    /// The status and the body of the answer.
    async fn get(&self, path: &str) -> io::Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let malformed = || io::Error::new(io::ErrorKind::InvalidData, "not an answer of HTTP");
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(malformed)?;
        let body = answer.split_off(end + 4);
        let status = answer.get(9..12).and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        Ok((status.ok_or_else(malformed)?, body))
    }
}

/// Everything that the stream needs: a page for a request.
impl PageSource<BatchTask> for Sdk {
    async fn fetch(&self, request: PageRequest) -> Result<Page<BatchTask>, SourceError> {
        let mut path = "/v5/iot/0123abcd/batchtasks?task_type=softwareUpgrade".to_owned();
        for (name, value) in request.parameters() {
            path += &format!("&{name}={value}");
        }
        match self.get(&path).await.map_err(SourceError::other)? {
            (200, body) => Page::from_json(&body),
            (status, _) => Err(SourceError::new(FailureKind::Status, format!("status {status}")).with_status(status)),
        }
    }
}

/// The ids of all tasks, newest first.
pub(crate) async fn ids(sdk: Sdk) -> Result<Vec<String>, iotda_batch_tasks::Error> {
    // The name goes into checkpoints, so that they resume this list and no other.
    let options = StreamOptions::new().prefetch(4).list("softwareUpgrade");
    BatchTaskStream::from_source(sdk, options)?.map_ok(|task| task.task_id).try_collect().await
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let simulator = Simulator::builder().tasks(500).only("softwareUpgrade").start().await?;
    let ids = ids(Sdk { address: simulator.address() }).await?;
    println!("{} tasks, the newest {}", ids.len(), ids[0]);
    Ok(())
}
