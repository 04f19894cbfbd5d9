//! A server that sends exactly the given bytes, HTTP or not.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// Answers every request with `head`, then with `piece` again and again until the client goes.
pub(crate) struct RawServer {
    pub(crate) endpoint: String,
    accepting: AbortHandle,
}

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) head: Vec<u8>,
    pub(crate) piece: &'static [u8],
    pub(crate) pause: std::time::Duration,
}

impl RawServer {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.spawn(answer(connection, script.clone()));
            }
        });
        Self { endpoint, accepting: accepting.abort_handle() }
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(mut connection: TcpStream, script: Script) -> std::io::Result<()> {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(connection.read_u8().await?);
        }
        connection.write_all(&script.head).await?;
        while !script.piece.is_empty() {
            connection.write_all(script.piece).await?;
            tokio::time::sleep(script.pause).await;
        }
    }
}
