//! Large pages over a link that all connections share: a page takes longer than any time limit, and comes all the same.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use iotda_batch_tasks::{Client, RetryPolicy, TaskType};
use iotda_simulator::Simulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::time::sleep_until;

/// What goes over the link at once. Connections take turns.
const PIECE: usize = 8 * 1024;
/// Timers are late: what the link has missed meanwhile it may still carry.
const LATE: Duration = Duration::from_millis(50);

/// A link of so many bytes a second, from the service to its clients.
struct Link {
    bytes_per_second: f64,
    /// When the link is free again, and what it has carried. Fair: the one who waits longest is next.
    state: Mutex<(tokio::time::Instant, u64)>,
}

impl Link {
    async fn carry(&self, bytes: usize) {
        let mut state = self.state.lock().await;
        let begins = state.0.max(tokio::time::Instant::now() - LATE);
        *state = (begins + Duration::from_secs_f64(bytes as f64 / self.bytes_per_second), state.1 + bytes as u64);
        sleep_until(state.0).await;
    }

    /// The address of a server beyond the link.
    async fn to(self: &Arc<Self>, server: std::net::SocketAddr) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let link = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let link = Arc::clone(&link);
                tokio::spawn(async move {
                    let server = TcpStream::connect(server).await.unwrap();
                    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
                        (client.into_split(), server.into_split());
                    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                    let mut piece = vec![0; PIECE];
                    while let Ok(bytes @ 1..) = from_server.read(&mut piece).await {
                        link.carry(bytes).await;
                        if to_client.write_all(&piece[..bytes]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        format!("http://{address}")
    }
}

/// By default a scan with small pages, a link as much faster, and time limits as much shorter.
///
/// `SLOW_LINK=full` takes pages of 9.8 MB at 2 Mbit/s with all settings as they are by default: four minutes.
#[tokio::test]
async fn pages_that_take_longer_than_every_time_limit_are_read_at_the_pace_of_the_link() {
    let is_full = std::env::var("SLOW_LINK").is_ok_and(|value| value == "full");
    let (tasks, targets, bytes_per_second) = if is_full { (300, 5_000, 250e3) } else { (600, 200, 1e6) };
    let builder = Simulator::builder().tasks(tasks).only("softwareUpgrade").targets_per_task(targets);
    let simulator = builder.start().await.unwrap();
    let link = Arc::new(Link { bytes_per_second, state: Mutex::new((tokio::time::Instant::now(), 0)) });
    let endpoint = link.to(simulator.address()).await;
    let client = Client::builder().endpoint(endpoint).project_id("0a").token("any");
    // A page is 0.4 s of the link, and 4 s where 11 share it.
    let shorter = RetryPolicy::default().max_elapsed(Duration::from_millis(2_500));
    let client = if is_full { client } else { client.request_timeout(Duration::from_secs(1)).retry(shorter) };
    let stream = client.build().unwrap().batch_tasks(TaskType::SoftwareUpgrade).prefetch(11).stream().unwrap();
    let started = Instant::now();
    let read = stream.try_fold(0, |read, _| async move { Ok(read + 1) }).await.unwrap();
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(read, tasks);
    let carried = link.state.lock().await.1 as f64 / bytes_per_second;
    let requests = simulator.requests().len();
    println!("{seconds:.2} s, {:.3} of the link's time; {requests} requests", seconds / carried);
    // Nothing comes twice, and the link is not idle.
    assert!(requests <= tasks.div_ceil(49) + 2, "{requests} requests");
    assert!(seconds <= 1.5 * carried, "{seconds} s for {carried} s of the link");
}
