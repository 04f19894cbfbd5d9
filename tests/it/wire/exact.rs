//! Exact under edits, caps and every form of a page.

use iotda_batch_tasks::{TaskStatus, TaskType};
use iotda_simulator::{CountForm, Fault, MarkerForm, SeenRequest, Simulator};

use super::{ID_FORMS, IdForm, client, ids, start};
use crate::fixture::assert_exact_scan;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_deletion_every_seven_requests_nothing_is_missing_and_nothing_comes_twice() {
    for (form, prefetch) in ID_FORMS.into_iter().flat_map(|form| [(form, 11), (form, 64)]) {
        let simulator = start(form.builder().tasks(20_000).delete_every(7)).await;
        let arrived =
            ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(prefetch).stream().unwrap()).await;
        let verdict = assert_exact_scan(&simulator, &arrived, form);
        assert!(verdict.for_a_while > 50, "{verdict}");
        assert!(simulator.most_in_flight() <= prefetch, "{} in flight", simulator.most_in_flight());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_enter_and_leave_the_filter_change_nothing_for_others() {
    let statuses = ["Fail", "Success"];
    for form in ID_FORMS {
        let builder = form.builder().tasks(6_000).before_each(move |number, list| {
            let id = list.any().unwrap();
            list.set_status(&id, statuses[number as usize % 2]);
        });
        let simulator = start(builder).await;
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).status(TaskStatus::Fail);
        let arrived = ids(query.stream().unwrap()).await;
        let verdict = assert_exact_scan(&simulator, &arrived, form);
        assert!(verdict.throughout > 500 && verdict.for_a_while > 0, "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_created_and_deleted_below_the_head_change_nothing_for_others() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(5_000).create_every(2).delete_every(3)).await;
        let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
        let verdict = assert_exact_scan(&simulator, &arrived, form);
        assert!(verdict.for_a_while > 30, "{verdict}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_length_and_every_form_of_the_end_is_read_whole() {
    let forms = [MarkerForm::Normal, MarkerForm::Absent, MarkerForm::Null, MarkerForm::Empty, MarkerForm::Echo];
    let counts = [CountForm::Total, CountForm::BelowMarker, CountForm::Text, CountForm::Absent, CountForm::Fixed(7)];
    for length in [0, 1, 50, 51, 540, 541, 550, 551] {
        for form in forms {
            for (index, (cap, count)) in
                [(50, 0), (20, 3), (50, 0), (20, 1), (50, 4), (50, 2), (20, 0)].into_iter().enumerate()
            {
                let ids_form = ID_FORMS[(length + index) % ID_FORMS.len()];
                let builder = ids_form.builder().tasks(length).page_cap(cap).count(counts[count]);
                // Where ids are unrelated to markers, nothing but the marker of the last page can show that it is the
                // last: an echo could come from a server that ignores markers, and an id does not replace the marker.
                let last_page = if matches!(ids_form, IdForm::Unrelated) { MarkerForm::Normal } else { form };
                let simulator = start(builder.empty_page_marker(form).last_page_marker(last_page)).await;
                let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
                let case = (form, cap, ids_form, counts[count]);
                assert_eq!(assert_exact_scan(&simulator, &arrived, case).throughout, length);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capped_server_without_counts_is_read_whole() {
    let caps = [(20, CountForm::Absent), (20, CountForm::Total), (1, CountForm::Total), (33, CountForm::Null)];
    for (form, (cap, count)) in ID_FORMS.into_iter().flat_map(|form| caps.map(|cap| (form, cap))) {
        let builder = form.builder().tasks(6_000 / (50 / cap).min(10)).page_cap(cap).count(count);
        let simulator = start(builder.delete_every(20)).await;
        let arrived = ids(client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).stream().unwrap()).await;
        assert_exact_scan(&simulator, &arrived, (form, cap, count));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_markers_of_ours_is_read_whole() {
    for form in ID_FORMS {
        let simulator = start(form.builder().tasks(20_000).refuse_foreign_markers()).await;
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(64);
        assert_exact_scan(&simulator, &ids(query.stream().unwrap()).await, form);
        let refused = simulator.requests().iter().filter(|request| request.status == Some(400)).count();
        assert!(refused > 0, "{form:?}: no marker was estimated, so that this shows nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_types_are_merged_newest_first_and_an_older_service_leaves_two_out() {
    for unknown in [vec![], vec!["moduleUpgrade", "changeGateway"]] {
        let simulator = start(Simulator::builder().tasks(3_000).unknown_task_types(unknown.clone())).await;
        let arrived = ids(client(&simulator).all_batch_tasks().stream().unwrap()).await;
        let verdict = assert_exact_scan(&simulator, &arrived, &unknown);
        assert_eq!(verdict.lists.len(), TaskType::KNOWN.len() - unknown.len());
        assert!(arrived.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(simulator.most_in_flight() <= 11, "{}", simulator.most_in_flight());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_answer_that_says_nothing_does_not_end_the_list() {
    for (form, prefetch) in ID_FORMS.into_iter().flat_map(|form| [(form, 0), (form, 11)]) {
        let nothing = |request: &SeenRequest| (request.number == 13).then(|| Fault::Body("{}".into()));
        let simulator = start(form.builder().tasks(2_000).fault_when(nothing)).await;
        let query = client(&simulator).batch_tasks(TaskType::SoftwareUpgrade).prefetch(prefetch);
        assert_exact_scan(&simulator, &ids(query.stream().unwrap()).await, form);
    }
}
