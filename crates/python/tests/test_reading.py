"""The stream for `for`: records, order, filters, arguments."""

import pickle
from datetime import datetime, timedelta, timezone
from typing import Any, get_args, get_origin

import pytest

import iotda
from iotda import Client, Simulator, TaskStatus, TaskType


def test_every_task_comes_once_newest_first(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = [task.task_id for task in iotda_client.batch_tasks("softwareUpgrade")]
    assert len(ids) == 200
    assert ids == iotda_simulator.ids()


@pytest.mark.iotda(tasks=700, delete_every=3, create_every=4, set_status_every=2, record_history=True)
def test_a_scan_is_exact_while_the_list_is_edited(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = [task.task_id for task in iotda_client.batch_tasks(TaskType.SOFTWARE_UPGRADE, prefetch=4)]
    verdict = iotda_simulator.check(ids)
    assert verdict.is_exact, str(verdict)
    assert verdict.throughout > 600


@pytest.mark.iotda(tasks=300, task_types=["softwareUpgrade", "createCommands", "paintDevices"])
def test_all_types_or_several_are_merged(iotda_client: Client, iotda_simulator: Simulator) -> None:
    known = iotda_simulator.ids("softwareUpgrade") + iotda_simulator.ids("createCommands")
    assert [task.task_id for task in iotda_client.all_batch_tasks()] == sorted(known, reverse=True)
    several = iotda_client.batch_tasks(["createCommands", TaskType("paintDevices")])
    types = {task.task_type for task in several}
    assert types == {TaskType.CREATE_COMMANDS, "paintDevices"}


def test_filters_and_bounds_are_the_services(iotda_client: Client, iotda_simulator: Simulator) -> None:
    failed = list(iotda_client.batch_tasks("softwareUpgrade", status=TaskStatus.FAIL, app_id="app_A-1"))
    assert failed and all(task.status is TaskStatus.FAIL for task in failed)
    query = iotda_simulator.requests[-1].query
    assert (query["status"], query["app_id"]) == ("Fail", "app_A-1")
    newest = next(iotda_client.batch_tasks("softwareUpgrade"))
    assert newest.create_time is not None
    after = newest.create_time - timedelta(minutes=30)
    recent = list(iotda_client.batch_tasks("softwareUpgrade", created_after=after, trust_id_time=True))
    assert 10 < len(recent) < 70 and all(task.create_time and task.create_time > after for task in recent)
    older = list(iotda_client.batch_tasks("softwareUpgrade", created_before=after, max_items=5))
    assert len(older) == 5 and all(task.create_time and task.create_time < after for task in older)


def test_a_few_items_cost_a_request_or_two(iotda_client: Client, iotda_simulator: Simulator) -> None:
    tasks = iotda_client.batch_tasks("softwareUpgrade", max_items=10)
    assert iotda_simulator.request_count == 0, "nothing is sent before the first item is wanted"
    assert len(list(tasks)) == 10
    assert iotda_simulator.request_count <= 2
    assert list(tasks) == [], "the end stays the end"


def test_attributes_have_types_and_raw_has_everything(iotda_client: Client, iotda_simulator: Simulator) -> None:
    newest = iotda_simulator.ids()[0]
    json = (
        f'{{"task_id":"{newest}","task_type":"softwareUpgrade","status":"Paused","need_confirm":true,'
        '"targets":["d1","d2"],"targets_filter":{"group_ids":["g"],"tag":1},"document":{"package_id":"p"},'
        '"task_policy":{"schedule_time":"20151212T121212Z","retry_count":2,"retry_interval":60},'
        '"task_progress":{"total":8,"waitting":3},"create_time":"20151212T121212Z","brand_new":[1.50]}'
    )
    assert iotda_simulator.set_json(newest, json)
    task = next(iotda_client.batch_tasks("softwareUpgrade"))
    assert (task.task_id, task.task_name, task.need_confirm) == (newest, None, True)
    assert task.task_type is TaskType.SOFTWARE_UPGRADE
    assert task.status == "Paused" and isinstance(task.status, TaskStatus) and not task.status.is_final
    assert task.targets == ("d1", "d2")
    assert task.targets_filter == {"group_ids": ["g"], "tag": 1}
    assert task.document == {"package_id": "p"}
    assert task.create_time == datetime(2015, 12, 12, 12, 12, 12, tzinfo=timezone.utc)
    assert task.task_policy is not None and task.task_policy.schedule_time == task.create_time
    assert task.task_progress is not None
    assert (task.task_progress.total, task.task_progress.waitting, task.task_progress.fail) == (8, 3, None)
    assert repr(task.task_progress) == "TaskProgress(total=8, waitting=3)"
    assert task.raw["brand_new"] == [1.5] and task.json == json
    with pytest.raises(AttributeError):
        task.task_name = "other"  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(task))
    assert again == task and hash(again) == hash(task) and {again, task} == {task}
    assert repr(task) == f"Task(task_id='{newest}')"
    assert pickle.loads(pickle.dumps(task.status)) == task.status
    assert {"Fail": 1}[TaskStatus.FAIL] == 1 and TaskStatus("Fail") is TaskStatus.FAIL


LISTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("devices", "devices", "device_id", {"product_id": "5f0c0000000000000000abc1"}),
    ("products", "products", "product_id", {"product_name": "StreetLight 1"}),
    ("device_groups", "device-group", "group_id", {"group_type": "STATIC"}),
    ("ota_packages", "ota-upgrades/packages", "package_id", {"package_type": "firmwarePackage"}),
    ("rules", "rules", "rule_id", {"rule_type": "DEVICE_LINKAGE"}),
]


@pytest.mark.parametrize(("method", "path", "identity", "filters"), LISTS)
def test_the_other_lists(method: str, path: str, identity: str, filters: dict[str, Any]) -> None:
    rows: dict[str, Any] = {method: 120}
    with Simulator(**rows) as simulator:
        stream = getattr(simulator.client(), method)
        records = list(stream(page_size=20))
        assert [getattr(record, identity) for record in records] == simulator.row_ids(path)
        assert isinstance(records[0].raw, dict) and identity in repr(records[0])
        assert pickle.loads(pickle.dumps(records[0])) == records[0]
        filtered = list(stream(**filters))
        assert 0 < len(filtered) and (len(filtered) < 120 or method in ("device_groups", "rules"))


def test_the_targets_of_a_task_and_the_devices_of_a_group() -> None:
    with Simulator(sub_tasks={"5c8b": 70}, devices_in_group={"g1": 60}) as simulator:
        client = simulator.client()
        rows = list(client.sub_tasks("5c8b"))
        assert len(rows) == 70
        failed = [row for row in rows if row.status == "Fail"]
        assert failed[0].error == {"error_code": "IOTDA.014016", "error_msg": "The device is not online."}
        assert len(list(client.sub_tasks("5c8b", task_detail_status="Fail"))) == len(failed) == 14
        assert len(list(client.devices_in_group("g1"))) == 60


def test_filters_by_time_and_truth_are_written_as_the_service_reads_them() -> None:
    with Simulator(devices=10) as simulator:
        since = datetime(2015, 12, 12, 20, 12, 12, tzinfo=timezone(timedelta(hours=8)))
        list(simulator.client().devices(start_time=since, is_cascade_query=True, gateway_id="g"))
        query = simulator.requests[0].query
        assert (query["start_time"], query["is_cascade_query"]) == ("20151212T121212Z", "true")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"page_size": 51}, "1 to 50"),
    ({"status": "a b"}, "status"),
    ({"resume": "{}"}, "checkpoint"),
]


@pytest.mark.parametrize(("options", "text"), WRONG)
def test_an_argument_that_breaks_a_rule_is_named(iotda_client: Client, options: dict[str, Any], text: str) -> None:
    with pytest.raises(iotda.ArgumentError, match=text) as raised:
        iotda_client.batch_tasks("softwareUpgrade", **options)
    assert isinstance(raised.value, ValueError) and raised.value.name


def test_arguments_of_the_wrong_type_are_refused(iotda_client: Client) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'limit'"):
        iotda_client.batch_tasks("softwareUpgrade", limit=5)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"count\(\) got an unexpected keyword argument 'created_after'"):
        iotda_client.count("softwareUpgrade", created_after=datetime.now(timezone.utc))  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'status'"):
        iotda_client.watch("softwareUpgrade", status="Fail")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="prefetch"):
        iotda_client.batch_tasks("softwareUpgrade", prefetch="many")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        iotda_client.batch_tasks("softwareUpgrade", created_after=datetime(2026, 1, 1))
    with pytest.raises(iotda.ArgumentError):
        iotda_client.batch_tasks([])


def test_chunks_and_pages_hold_the_same_records(iotda_client: Client, iotda_simulator: Simulator) -> None:
    chunks = list(iotda_client.batch_tasks("softwareUpgrade").chunks(90))
    assert [len(chunk) for chunk in chunks] == [90, 90, 20]
    assert [task.task_id for chunk in chunks for task in chunk] == iotda_simulator.ids()
    pages = list(iotda_client.batch_tasks("softwareUpgrade").pages())
    assert [task.task_id for page in pages for task in page] == iotda_simulator.ids()
    assert all(len(page) <= 50 and page.count == 200 and not page.errors for page in pages)
    assert pages[0].marker == iotda_simulator.ids()[len(pages[0]) - 1]
    with pytest.raises(iotda.ArgumentError):
        iotda_client.batch_tasks("softwareUpgrade").chunks(0)
    stream = iotda_client.batch_tasks("softwareUpgrade")
    stream.pages()
    with pytest.raises(iotda.StateError, match=r"pages\(\)"):
        next(stream)


def test_generic_classes_can_be_annotated_with_at_run_time() -> None:
    for generic in (iotda.RecordStream[iotda.Device], iotda.Chunks[iotda.Task], iotda.Pages[iotda.Task], iotda.Page[iotda.Task]):
        assert get_args(generic) in [(iotda.Device,), (iotda.Task,)]
    assert get_origin(iotda.RecordStream[iotda.Device]) is iotda.RecordStream


def test_progress_and_close(iotda_client: Client, iotda_simulator: Simulator) -> None:
    with iotda_client.batch_tasks("softwareUpgrade") as stream:
        for _ in range(73):
            next(stream)
        progress = stream.progress
        assert (progress.delivered, progress.count, progress.retries) == (73, 200, 0)
        assert progress.requests == progress.pages == 2 or progress.requests >= 2
    with pytest.raises(iotda.StateError, match="closed"):
        next(stream)
    assert stream.progress.delivered == 73
    resumed = iotda_client.batch_tasks("softwareUpgrade", resume=stream.checkpoint)
    assert [task.task_id for task in resumed] == iotda_simulator.ids()[73:]


def test_operations_on_the_other_lists() -> None:
    with Simulator(devices=170, rules=60, sub_tasks={"5c8b": 120}) as simulator:
        client = simulator.client()
        ids = simulator.row_ids("devices")
        devices = client.devices()
        assert devices.count() == 170
        next(devices)
        found = devices.find(ids[0])
        assert found is not None and found.device_id == ids[0] and found.raw["device_id"] == ids[0]
        assert devices.find("none") is None
        parts = devices.split(3)
        read = [[device.device_id for device in client.devices(resume=part)] for part in parts]
        assert len(parts) == 3 and all(read) and sum(read, []) == ids
        assert next(devices).device_id == ids[1], "the stream is where it was"
        assert client.devices(product_id="none").count() == 0
        assert client.rules().count() == 60
        rows = client.sub_tasks("5c8b")
        assert rows.count() == 120
        targets = [row.target for part in rows.split(2) for row in client.sub_tasks("5c8b", resume=part)]
        assert targets == simulator.row_ids("batchtasks/5c8b")
        with pytest.raises(iotda.ArgumentError, match="id"):
            rows.find("d")
        with pytest.raises(iotda.ArgumentError, match="parts"):
            rows.split(0)
        devices.close()
        assert devices.count() == 170, "an operation needs no open stream"


def test_a_stream_of_tasks_has_the_operations_of_its_query(iotda_client: Client, iotda_simulator: Simulator) -> None:
    failed = iotda_client.batch_tasks("softwareUpgrade", status="Fail")
    ids = [task.task_id for task in failed]
    assert failed.count() == len(ids)
    found = failed.find(ids[3])
    assert found is not None and found.status is TaskStatus.FAIL
    others = set(iotda_simulator.ids()) - set(ids)
    assert failed.find(others.pop()) is None
    parts = failed.split(2)
    assert [t.task_id for p in parts for t in iotda_client.batch_tasks("softwareUpgrade", status="Fail", resume=p)] == ids


def test_operations(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = iotda_simulator.ids()
    assert iotda_client.count("softwareUpgrade") == 200
    found = iotda_client.find(ids[7])
    assert found is not None and found.task_id == ids[7] and found.raw["task_id"] == ids[7]
    assert iotda_client.find("5c8ba99030344005c02316ff") is None
    parts = iotda_client.split(4, "softwareUpgrade")
    read = [task.task_id for part in parts for task in iotda_client.batch_tasks("softwareUpgrade", resume=part)]
    assert len(parts) == 4 and read == ids
    iotda_simulator.set_status(ids[3], "Success")
    done = iotda_client.await_done(ids[3], interval=0.01)
    assert done is not None and done.status is TaskStatus.SUCCESS
    iotda_simulator.set_status(ids[3], "Processing")
    with pytest.raises(iotda.WaitTimeoutError, match=ids[3]) as raised:
        iotda_client.await_done(ids[3], interval=0.01, timeout=timedelta(milliseconds=100))
    assert isinstance(raised.value, TimeoutError)


def test_a_watch_reports_what_changes(iotda_client: Client, iotda_simulator: Simulator) -> None:
    ids = iotda_simulator.ids()
    iotda_simulator.set_status(ids[0], "Processing")
    with iotda_client.watch("softwareUpgrade", interval=0.05) as changes:
        start = changes.checkpoint
        assert start == '{"version":1,"watched":{}}'
    # Looks before it waits: what changes after the first look is reported by the second.
    with iotda_client.watch("softwareUpgrade", interval=0.05) as changes:
        import threading

        def edit() -> None:
            while iotda_simulator.request_count < 5:
                pass
            iotda_simulator.set_status(ids[0], "Success")
            iotda_simulator.create("softwareUpgrade")

        editing = threading.Thread(target=edit)
        editing.start()
        seen = [next(changes), next(changes)]
        editing.join()
    kinds = {change.kind: change for change in seen}
    assert kinds.keys() == {"changed", "created"}
    changed = kinds["changed"]
    assert changed.task_id == ids[0] and changed.status_before == "Processing"
    assert changed.task is not None and changed.task.status is TaskStatus.SUCCESS
    assert kinds["created"].status_before is None
    resumed = iotda_client.watch("softwareUpgrade", interval=0.05, resume=changes.checkpoint)
    iotda_simulator.set_status(iotda_simulator.ids()[0], "Fail")
    change = next(resumed)
    assert (change.kind, change.task_id) == ("changed", iotda_simulator.ids()[0])
