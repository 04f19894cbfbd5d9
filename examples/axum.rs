//! A web service that streams the tasks as NDJSON while it reads them: no task waits for the last one, and when the
//! browser goes away the requests to the service end.
//!
//! `cargo run --example axum`, then `curl http://127.0.0.1:3000/tasks/softwareUpgrade`

use std::error::Error;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::TryStreamExt;
use iotda_batch_tasks::{BatchTask, Client};
use iotda_simulator::Simulator;
use tokio::net::TcpListener;

/// `GET /tasks/{task_type}`: a line of JSON for each task.
async fn tasks(State(client): State<Client>, Path(task_type): Path<String>) -> Response {
    let tasks = match client.batch_tasks(task_type.as_str()).stream() {
        Ok(tasks) => tasks,
        Err(error) => return (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    };
    // The status is sent before the first page is there. A failure later on cuts the body short, which the reader
    // notices: the end of a chunked body is marked.
    let lines = tasks.map_err(Box::<dyn Error + Send + Sync>::from).and_then(async |task| Ok(line(&task)?));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

fn line(task: &BatchTask) -> Result<Vec<u8>, serde_json::Error> {
    let mut line = serde_json::to_vec(task)?;
    line.push(b'\n');
    Ok(line)
}

pub(crate) fn app(client: Client) -> Router {
    Router::new().route("/tasks/{task_type}", get(tasks)).with_state(client)
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    // A simulator stands in for the service: see the example `loop` for a client of your account.
    let simulator = Simulator::builder().tasks(500).start().await?;
    let client = Client::builder().endpoint(simulator.endpoint()).project_id("0123abcd").token("any").build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/tasks/softwareUpgrade", listener.local_addr()?);
    axum::serve(listener, app(client)).await?;
    Ok(())
}
