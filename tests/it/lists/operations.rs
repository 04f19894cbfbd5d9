//! What the sibling lists give besides a stream.

use iotda_batch_tasks::Error;
use iotda_simulator::Simulator;

use super::fixture::{SHAPES, Shape, client, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_shape_is_counted_and_split_into_parts_that_are_the_whole() {
    for shape in SHAPES {
        let simulator = start(Simulator::builder().list(shape.list(340))).await;
        let query = shape.query(&client(&simulator));
        let ids = shape.ids(&simulator);
        assert_eq!(query.clone().count().await.unwrap(), Some(340), "{shape:?}");
        let mut read = Vec::new();
        let mut filled = 0;
        for part in query.clone().split(3).await.unwrap() {
            // In another process, for example.
            let part = part.to_string().parse().unwrap();
            let records = shape.read(query.clone().resume(part).stream().unwrap()).await;
            filled += usize::from(!records.is_empty());
            read.extend(records);
        }
        assert_eq!(read, ids, "{shape:?}");
        // Markers of a wider alphabet have no order to split by.
        assert_eq!(filled, if shape == Shape::Certificates { 1 } else { 3 }, "{shape:?}");
        let mut unordered = shape.read(query.unordered(3).await.unwrap()).await;
        let mut sorted = ids;
        unordered.sort_unstable();
        sorted.sort_unstable();
        assert_eq!(unordered, sorted, "{shape:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_found_by_its_id_where_rows_have_one() {
    for shape in SHAPES {
        let simulator = start(Simulator::builder().list(shape.list(120))).await;
        let query = shape.query(&client(&simulator));
        let id = shape.ids(&simulator)[70].clone();
        let before = simulator.request_count();
        let found = query.clone().find(&id).await;
        if shape == Shape::TaskDetails {
            let error = found.unwrap_err();
            assert!(matches!(&error, Error::Argument(error) if error.name() == "list"), "{error}");
            assert_eq!(simulator.request_count(), before, "nothing was sent");
            continue;
        }
        assert_eq!(shape.name(&found.unwrap().expect("it is there")), id, "{shape:?}");
        assert!(query.find("5c8ba99030344005c02316ff").await.unwrap().is_none(), "{shape:?}");
    }
}

#[tokio::test]
async fn an_operation_reports_an_argument_that_breaks_a_rule() {
    let simulator = start(Simulator::builder().list(Shape::Devices.list(3))).await;
    let devices = client(&simulator).devices();
    assert!(matches!(devices.clone().app_id("a b").count().await, Err(Error::Argument(_))));
    assert!(matches!(devices.clone().app_id("a b").find("a").await, Err(Error::Argument(_))));
    assert!(matches!(devices.split(0).await, Err(Error::Argument(error)) if error.name() == "parts"));
    assert_eq!(simulator.request_count(), 0);
}
