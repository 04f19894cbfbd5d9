//! Connections: accepts them, answers on them, ends them.

use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::answer::Outcome;
use super::body::{Body, Cut};
use super::log::Log;
use super::service::{Request, Service};

const LARGEST_REQUEST: usize = 1024 * 1024;
const BACKLOG: u32 = 1024;
/// How long to wait where the system has no socket to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(20);

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) service: Service,
    pub(super) log: Arc<Log>,
}

/// Takes connections until it is dropped, and with it every connection.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) shared: Arc<Shared>,
    /// Whether the server is to be down.
    pub(super) wanted_down: watch::Receiver<bool>,
    /// Whether it is.
    pub(super) is_down: watch::Sender<bool>,
}

impl Server {
    pub(super) async fn run(mut self, mut listeners: Listeners) {
        let address = listeners.address;
        loop {
            self.up(listeners).await;
            let reserved = Reserved::now(address).await;
            self.is_down.send_replace(true);
            if self.wanted_down.wait_for(|down| !down).await.is_err() {
                return;
            }
            listeners = match reserved.listen(address) {
                Ok(listeners) => listeners,
                Err(error) => return tracing::error!(%error, "the simulator cannot listen again"),
            };
            self.is_down.send_replace(false);
        }
    }

    /// Takes connections until the server is to be down, and ends them all with it.
    async fn up(&self, listeners: Listeners) {
        let mut connections = JoinSet::new();
        let mut wanted_down = self.wanted_down.clone();
        loop {
            tokio::select! {
                accepted = listeners.accept() => match accepted {
                    Ok(stream) => {
                        connections.spawn(connection(stream, Arc::clone(&self.shared), self.wanted_down.clone()));
                    }
                    Err(_) => sleep(OUT_OF_SOCKETS).await,
                },
                Some(_) = connections.join_next() => {}
                () = turned(&mut wanted_down, true) => break,
            }
        }
        drop(listeners);
        while connections.join_next().await.is_some() {}
    }
}

/// Waits until the switch is as `wanted`, or has no owner any more.
async fn turned(switch: &mut watch::Receiver<bool>, wanted: bool) {
    let _ = switch.wait_for(|is| *is == wanted).await;
}

/// Sockets that keep the port from others and refuse connections.
struct Reserved {
    four: TcpSocket,
    six: Option<TcpSocket>,
}

impl Reserved {
    fn new(address: SocketAddr) -> io::Result<Self> {
        Ok(Self::with(bound(address)?, address))
    }

    /// The same port of IPv6 beside it, where there is one that is free.
    fn with(four: TcpSocket, address: SocketAddr) -> Self {
        Self { four, six: bound(SocketAddr::from((Ipv6Addr::LOCALHOST, address.port()))).ok() }
    }

    async fn now(address: SocketAddr) -> Self {
        loop {
            match Self::new(address) {
                Ok(reserved) => return reserved,
                Err(_) => sleep(OUT_OF_SOCKETS).await,
            }
        }
    }

    fn listen(self, address: SocketAddr) -> io::Result<Listeners> {
        let six = self.six.and_then(|six| six.listen(BACKLOG).ok());
        Ok(Listeners { address, four: self.four.listen(BACKLOG)?, six })
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Both loopback addresses, of which `localhost` may mean either: that of IPv6 where the machine has it and its port is
/// free.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) address: SocketAddr,
    four: TcpListener,
    six: Option<TcpListener>,
}

impl Listeners {
    pub(super) fn new(port: u16) -> io::Result<Self> {
        let socket = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let address = socket.local_addr()?;
        Reserved::with(socket, address).listen(address)
    }

    /// Cancel safe.
    async fn accept(&self) -> io::Result<TcpStream> {
        let six = async {
            match &self.six {
                Some(six) => six.accept().await,
                None => std::future::pending().await,
            }
        };
        let accepted = tokio::select! {
            accepted = self.four.accept() => accepted,
            accepted = six => accepted,
        };
        accepted.map(|(stream, _)| stream)
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Cut>> + Send>>;

async fn connection(stream: TcpStream, shared: Arc<Shared>, mut wanted_down: watch::Receiver<bool>) {
    // Otherwise a small answer waits for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| -> Answering { Box::pin(answer(Arc::clone(&shared), request)) });
    let mut connection =
        http1::Builder::new().header_read_timeout(None).serve_connection(TokioIo::new(stream), service);
    let reset = tokio::select! {
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => {
            ended.is_err_and(|error| error.source().and_then(|cause| cause.downcast_ref()) == Some(&Cut::Reset))
        }
        () = turned(&mut wanted_down, true) => true,
    };
    let mut stream = connection.into_parts().io.into_inner();
    if reset {
        let _ = stream.set_zero_linger();
    } else {
        let _ = stream.shutdown().await;
    }
}

async fn answer(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Result<Response<Body>, Cut> {
    let arrived = Instant::now();
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_REQUEST).collect().await.map_err(|_| Cut::Close)?.to_bytes();
    let request = Request { method: head.method, uri: head.uri, headers: head.headers, body, arrived };
    let (entry, decision) = shared.service.decide(&request, |seen| shared.log.enter(seen));
    if !decision.delay.is_zero() {
        // A timer waits for its next millisecond, also where the time has come.
        sleep_until(arrived + decision.delay).await;
    }
    match decision.outcome {
        Outcome::Answer(answer) => {
            entry.answered(answer.status.as_u16());
            let mut response = answer.into_response(&decision.request_id, &decision.date);
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = body.logged(entry);
            Ok(response)
        }
        Outcome::Cut(cut) => Err(cut),
        Outcome::Hang => std::future::pending().await,
    }
}
