//! An HTTP server for tests that answers exactly the given bytes.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// What to do with one request.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// Answers these bytes; the connection stays open.
    Bytes(Vec<u8>),
    /// Answers these bytes and closes the connection.
    Break(Vec<u8>),
    /// Never answers.
    Hang,
}

impl Reply {
    pub(super) fn status(status: &str, headers: &[&str], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|header| text.push_str(&format!("{header}\r\n")));
        Self::Bytes(format!("{text}\r\n{body}").into_bytes())
    }

    /// A page with these ids.
    pub(super) fn page(ids: &[&str]) -> Self {
        let rows: Vec<_> = ids.iter().map(|id| serde_json::json!({ "task_id": id })).collect();
        let page = serde_json::json!({ "count": ids.len(), "marker": ids.last() });
        Self::status("200 OK", &[], &serde_json::json!({ "batchtasks": rows, "page": page }).to_string())
    }
}

/// A server on its own port; it is gone when dropped.
pub(super) struct TestServer {
    pub(super) url: String,
    heads: Arc<Mutex<Vec<String>>>,
    accepting: AbortHandle,
}

impl TestServer {
    /// Answers the n-th request, counted from 0 over all connections, with `reply(n)`.
    pub(super) async fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (seen, reply) = (heads.clone(), Arc::new(reply));
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.spawn(serve(connection, seen.clone(), reply.clone()));
            }
        });
        Self { url, heads, accepting: accepting.abort_handle() }
    }

    /// The heads of all requests so far: the request line and the headers.
    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(
    mut connection: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
    reply: Arc<impl Fn(usize) -> Reply + Send + Sync>,
) {
    while let Some(head) = head(&mut connection).await {
        let number = {
            let mut heads = heads.lock().unwrap();
            heads.push(head);
            heads.len() - 1
        };
        let (bytes, stays) = match reply(number) {
            Reply::Bytes(bytes) => (bytes, true),
            Reply::Break(bytes) => (bytes, false),
            Reply::Hang => std::future::pending().await,
        };
        if connection.write_all(&bytes).await.is_err() || !stays {
            return;
        }
    }
}

/// A GET has no body: the next request begins after the blank line.
async fn head(connection: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
