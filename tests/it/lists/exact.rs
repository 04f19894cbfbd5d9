//! Each shape read in one go, under edits, failures and every form of a page.

use futures::{StreamExt, TryStreamExt};
use iotda_batch_tasks::{Error, FailureKind};
use iotda_simulator::{CountForm, Fault, MarkerFault, MarkerForm, Simulator, SimulatorBuilder};

use super::fixture::{SHAPES, Shape, World, client, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shape_is_exact_while_rows_come_and_go() {
    for shape in SHAPES {
        for prefetch in [0, 11, 64] {
            let rows = if shape == Shape::TaskDetails { 1_500 } else { 4_000 };
            let world = World::start(shape, rows, |builder| builder).await;
            let arrived = shape.read(shape.query(&world.client()).prefetch(prefetch).stream().unwrap()).await;
            assert!(world.simulator.request_count() > 24, "hardly anything was edited");
            world.assert_exact(&arrived, &prefetch);
            assert!(world.simulator.most_in_flight() <= prefetch.max(1));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shape_is_read_whole_whatever_its_pages_say() {
    let forms = [MarkerForm::Normal, MarkerForm::Absent, MarkerForm::Null, MarkerForm::Empty, MarkerForm::Echo];
    let counts = [CountForm::Total, CountForm::BelowMarker, CountForm::Text, CountForm::Absent, CountForm::Null];
    for shape in SHAPES {
        for length in [0, 1, 2, 49, 50, 51, 60, 100, 540, 541, 551] {
            for (form, count, cap) in forms
                .into_iter()
                .zip(counts)
                .flat_map(|(form, count)| [(form, count, 50), (form, CountForm::Absent, 20)])
            {
                let builder = Simulator::builder().list(shape.list(length)).page_cap(cap).count(count);
                let simulator = start(builder.empty_page_marker(form).last_page_marker(form)).await;
                let arrived = shape.read(shape.query(&client(&simulator)).stream().unwrap()).await;
                assert!(arrived == shape.ids(&simulator), "{shape:?}, {length}, {form:?}, {count:?}, cap {cap}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capped_server_without_counts_is_exact_under_edits() {
    for shape in SHAPES {
        for cap in [1, 7, 33] {
            let capped = |builder: SimulatorBuilder| builder.page_cap(cap).count(CountForm::Absent);
            let world = World::start(shape, 20 * cap.clamp(5, 20), capped).await;
            let arrived = shape.read(shape.query(&world.client()).stream().unwrap()).await;
            world.assert_exact(&arrived, &cap);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_requests_cost_no_row() {
    let faults = [Fault::Internal, Fault::Reset, Fault::HalfBody, Fault::BadGateway, Fault::DeepNesting];
    for shape in SHAPES {
        let failing = |builder| {
            faults[..4].iter().fold(builder, |builder: SimulatorBuilder, fault| builder.faults(0.04, fault.clone()))
        };
        let world = World::start(shape, 1_200, failing).await;
        let mut rows = shape.query(&world.client()).stream().unwrap();
        let arrived: Vec<_> = rows.by_ref().map_ok(|row| shape.name(&row)).try_collect().await.unwrap();
        assert!(rows.progress().retries > 0, "{shape:?}: no request failed");
        world.assert_exact(&arrived, &"faults");
    }
    // A million levels are a row that cannot be read, not the end of the list: an answer of that row alone proves nothing.
    let simulator = start(Simulator::builder().list(Shape::Devices.list(60)).fault_at(1, faults[4].clone())).await;
    let items: Vec<_> = client(&simulator).devices().stream().unwrap().collect().await;
    assert!(items.iter().all(|item| matches!(item, Ok(_) | Err(Error::Record(_)))), "{items:?}");
    assert_eq!(items.iter().flatten().count(), 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_markers_of_ours_is_read_whole() {
    for shape in SHAPES {
        let simulator = start(Simulator::builder().list(shape.list(3_000)).refuse_foreign_markers()).await;
        let arrived = shape.read(shape.query(&client(&simulator)).prefetch(64).stream().unwrap()).await;
        assert!(arrived == shape.ids(&simulator), "{shape:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_that_comes_back_is_an_error_in_every_shape() {
    for shape in SHAPES {
        let builder = Simulator::builder().list(shape.list(2_000)).marker_fault(MarkerFault::Repeats);
        let simulator = start(builder).await;
        let read: Result<Vec<_>, _> =
            shape.query(&client(&simulator)).prefetch(1).stream().unwrap().try_collect().await;
        let error = read.unwrap_err();
        assert_eq!(error.failure().map(|failure| failure.kind()), Some(FailureKind::Paging), "{shape:?}: {error}");
        assert!(simulator.request_count() <= 5, "{shape:?}: {} requests", simulator.request_count());
    }
}
