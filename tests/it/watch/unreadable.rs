//! Tasks that cannot be read for a while are there all the same.

use iotda_batch_tasks::TaskStatus;

use super::service::{Markers, Service, Spoilt, state};

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_read_is_not_gone() {
    for (markers, spoilt) in
        Markers::ALL.into_iter().flat_map(|markers| [(markers, Spoilt::WithId), (markers, Spoilt::WithoutId)])
    {
        for (length, looks) in [(25, 1), (25, 5), (120, 4)] {
            let service = Service::of(markers, length, |_| TaskStatus::Processing);
            let mut watch = service.watch();
            watch.look().await;
            service.world().spoilt.insert(16, spoilt);
            for _ in 0..looks {
                assert_eq!(watch.look().await, [], "{markers:?} {spoilt:?}");
            }
            watch = watch.restart(&service);
            assert_eq!(watch.look().await, [], "{markers:?} {spoilt:?}");
            service.world().spoilt.clear();
            service.set(16, TaskStatus::Success);
            let changed = (16, Some(state(TaskStatus::Processing)), Some(state(TaskStatus::Success)));
            assert_eq!(watch.look().await, [changed], "{markers:?} {spoilt:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_could_never_be_read_hides_no_deletion() {
    for spoilt in [Spoilt::WithId, Spoilt::WithoutId] {
        let service = Service::of(Markers::TwoAbove, 25, |_| TaskStatus::Processing);
        service.world().spoilt.insert(10 * 16, spoilt);
        let mut watch = service.watch();
        watch.look().await;
        watch.look().await;
        service.delete(16);
        assert_eq!(watch.look().await, []);
        assert_eq!(watch.look().await, [(16, Some(state(TaskStatus::Processing)), None)], "{spoilt:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_task_is_reported_once_it_can_be_read() {
    let service = Service::of(Markers::TwoAbove, 100, |_| TaskStatus::Success);
    let mut watch = service.watch();
    watch.look().await;
    let new = service.create(state(TaskStatus::Waitting));
    service.world().spoilt.insert(new, Spoilt::WithId);
    assert_eq!(watch.look().await, []);
    for _ in 0..80 {
        service.create(state(TaskStatus::Success));
    }
    assert_eq!(watch.look().await.len(), 80);
    watch = watch.restart(&service);
    assert_eq!(watch.look().await, []);
    service.world().spoilt.clear();
    assert_eq!(watch.look().await, [(new, None, Some(state(TaskStatus::Waitting)))]);
    service.set(new, TaskStatus::Success);
    assert_eq!(watch.look().await.len(), 1);
    assert_eq!(watch.look().await, []);
}
