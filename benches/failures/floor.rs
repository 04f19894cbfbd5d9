//! A client that knows every request beforehand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// How long it takes to send these requests, so many at once, and to receive the answers.
pub(crate) async fn replay(endpoint: String, urls: Vec<String>, at_once: usize) -> Duration {
    let (http, urls, next) = (reqwest::Client::new(), Arc::new(urls), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let mut lanes = JoinSet::new();
    for _ in 0..at_once {
        let (http, urls, next, endpoint) = (http.clone(), Arc::clone(&urls), Arc::clone(&next), endpoint.clone());
        lanes.spawn(async move {
            while let Some(url) = urls.get(next.fetch_add(1, Ordering::Relaxed)) {
                let request = http.get(format!("{endpoint}{url}")).header("X-Auth-Token", "any");
                request.send().await.expect("an answer").bytes().await.expect("its body");
            }
        });
    }
    lanes.join_all().await;
    started.elapsed()
}
