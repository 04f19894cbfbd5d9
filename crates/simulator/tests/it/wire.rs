//! Raw HTTP/1.1 over a TCP stream.

use std::io;

use iotda_simulator::Simulator;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const LIST: &str = "/v5/iot/0123456789abcdef0123456789abcdef/batchtasks";

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let json = self.json();
        let records = json["batchtasks"].as_array().unwrap();
        records.iter().map(|record| record["task_id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn marker(&self) -> Option<String> {
        self.json()["page"]["marker"].as_str().map(str::to_owned)
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error_code"].as_str().unwrap().to_owned()
    }
}

/// The page of software upgrades that `query` requests.
pub(crate) async fn page(simulator: &Simulator, query: &str) -> Reply {
    get(simulator, &format!("{LIST}?task_type=softwareUpgrade&{query}")).await
}

pub(crate) async fn get(simulator: &Simulator, target: &str) -> Reply {
    send(simulator, "GET", target, &[], "").await.unwrap()
}

/// Sends one request on a new connection and reads until the server closes it.
pub(crate) async fn send(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let mut stream = open(simulator, method, target, headers, body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&answer)
}

/// Sends one request and leaves the answer unread.
pub(crate) async fn open(
    simulator: &Simulator,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(simulator.address()).await?;
    let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: {}\r\n", simulator.address()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
    Ok(stream)
}

fn parse(answer: &[u8]) -> io::Result<Reply> {
    let torn = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(torn)?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Ok(Reply { status, headers, body: answer[end + 4..].to_vec() })
}
