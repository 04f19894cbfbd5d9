//! Each shape read in pieces.

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Checkpoint, Client};
use iotda_simulator::Simulator;

use super::fixture::{SHAPES, Shape, World, client, start};

/// Reads in pieces of a few rows, each by a new stream that the checkpoint before it resumes.
async fn in_pieces(shape: Shape, client: &Client, piece: usize) -> Vec<String> {
    let mut arrived = Vec::new();
    let mut checkpoint: Option<Checkpoint> = None;
    loop {
        let mut query = shape.query(client);
        if let Some(checkpoint) = checkpoint.take() {
            query = query.resume(checkpoint.to_string().parse().unwrap());
        }
        let mut rows = query.stream().unwrap();
        let read: Vec<_> = rows.by_ref().take(piece).map_ok(|row| shape.name(&row)).try_collect().await.unwrap();
        arrived.extend(read.iter().cloned());
        if read.len() < piece {
            return arrived;
        }
        checkpoint = Some(rows.checkpoint());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_with_ids_resume_in_mid_page_while_rows_come_and_go() {
    for shape in SHAPES.into_iter().filter(|shape| *shape != Shape::TaskDetails) {
        for piece in [1, 13, 50, 77] {
            let rows = 170.min(60 * piece);
            let world = World::start(shape, rows, |builder| builder).await;
            let arrived = in_pieces(shape, &world.client(), piece).await;
            world.assert_exact(&arrived, &piece);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_without_ids_resume_in_mid_page_of_a_list_that_stays() {
    for piece in [1, 13, 50, 77] {
        // Some of them are the same to the byte.
        let same = |target: &str, number: u64| match number % 3 {
            0 => r#"{"target":"the same"}"#.to_owned(),
            _ => format!(r#"{{"target":"{target}"}}"#),
        };
        let simulator = start(Simulator::builder().list(Shape::TaskDetails.list(170).written_by(same))).await;
        let whole = Shape::TaskDetails.read(Shape::TaskDetails.query(&client(&simulator)).stream().unwrap()).await;
        assert_eq!(whole.iter().filter(|target| *target == "the same").count(), 170 / 3);
        assert!(in_pieces(Shape::TaskDetails, &client(&simulator), piece).await == whole, "{piece}");
    }
}

/// What the docs of `TaskDetail` say of edits: between pages they do nothing, within the page that was begun each
/// deletion hides a row and each row that came brings one again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_without_ids_are_counted_within_the_page_that_was_begun() {
    let shape = Shape::TaskDetails;
    for (taken, deleted, expected) in [(50, 3, 50), (60, 3, 60), (60, 52, 61), (60, 70, 60)] {
        let simulator = start(Simulator::builder().list(shape.list(170))).await;
        let all = shape.ids(&simulator);
        let mut rows = shape.query(&client(&simulator)).stream().unwrap();
        let read: Vec<_> = rows.by_ref().take(taken).map_ok(|row| shape.name(&row)).try_collect().await.unwrap();
        assert_eq!(read, all[..taken]);
        simulator.edit_rows(shape.path(), |list| assert!(list.delete(&all[deleted])));
        let resumed = shape.query(&client(&simulator)).resume(rows.checkpoint()).stream().unwrap();
        let rest = shape.read(resumed).await;
        let there: Vec<_> = all[expected..].iter().filter(|id| **id != all[deleted]).cloned().collect();
        assert_eq!(rest, there, "{taken} taken, {deleted} deleted");
    }
}
