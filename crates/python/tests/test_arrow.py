"""The stream as Arrow data, read by those who have it from PyPI."""

from collections.abc import Callable
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import Script

import iotda
from iotda import Client, Fault, Simulator


def arrow_table(stream: Any) -> Any:
    return pyarrow.table(stream)


def pandas_frame(stream: Any) -> Any:
    return pandas.DataFrame.from_arrow(stream)


def test_pyarrow_reads_every_task_with_its_columns(iotda_client: Client, iotda_simulator: Simulator) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade")
    schema = pyarrow.schema(stream)
    assert iotda_simulator.request_count == 0, "the schema is known before the first page"
    table = arrow_table(stream)
    assert table.schema == schema
    assert table.column("task_id").to_pylist() == iotda_simulator.ids()
    tasks = list(iotda_client.batch_tasks("softwareUpgrade"))
    for row, task in zip(table.to_pylist(), tasks, strict=True):
        assert task.task_progress is not None
        assert row["create_time"] == task.create_time
        assert (row["status"], row["task_type"], row["task_name"]) == (task.status, task.task_type, task.task_name)
        assert (row["total"], row["fail"]) == (task.task_progress.total, task.task_progress.fail)
        assert row["targets"] == (list(task.targets) if task.targets is not None else None)
    assert str(schema.field("create_time").type) == "timestamp[ms, tz=UTC]"
    assert not schema.field("task_id").nullable


@pytest.mark.iotda(tasks=3000, delete_every=5, create_every=5, record_history=True)
def test_polars_and_duckdb_query_a_list_that_is_edited(iotda_client: Client, iotda_simulator: Simulator) -> None:
    frame = polars.DataFrame(iotda_client.batch_tasks("softwareUpgrade"))
    verdict = iotda_simulator.check(frame["task_id"].to_list())
    assert verdict.is_exact, str(verdict)
    first = iotda_simulator.request_count + 1
    tasks = iotda_client.batch_tasks("softwareUpgrade")  # found by its name
    relation = duckdb.sql("select task_id, status from tasks")
    assert relation is not None
    rows = relation.fetchall()
    verdict = iotda_simulator.check([row[0] for row in rows], from_request=first)
    assert verdict.is_exact, str(verdict)
    assert tasks.progress.delivered == len(rows)
    failed = frame.filter(polars.col("status") == "Fail").height
    assert 200 < failed < 500


def test_aggregates_agree(iotda_client: Client) -> None:
    expected: dict[str, int] = {}
    for task in iotda_client.batch_tasks("softwareUpgrade"):
        assert task.status and task.task_progress
        expected[task.status] = expected.get(task.status, 0) + (task.task_progress.fail or 0)
    tasks = iotda_client.batch_tasks("softwareUpgrade")
    relation = duckdb.sql("select status, sum(fail) from tasks group by status")
    assert relation is not None
    found = relation.fetchall()
    assert {status: fail for status, fail in found} == expected
    assert tasks.progress.delivered == 200
    frame: polars.DataFrame = polars.DataFrame(iotda_client.batch_tasks("softwareUpgrade"))
    grouped = frame.group_by("status").agg(polars.col("fail").sum())
    assert dict(grouped.iter_rows()) == expected


def test_pandas_reads_the_stream(iotda_client: Client, iotda_simulator: Simulator) -> None:
    frame = pandas_frame(iotda_client.batch_tasks("softwareUpgrade"))
    tasks = list(iotda_client.batch_tasks("softwareUpgrade"))
    assert list(frame["task_id"]) == iotda_simulator.ids()
    assert str(frame["create_time"].dt.tz) == "UTC"
    assert [time.to_pydatetime() for time in frame["create_time"]] == [task.create_time for task in tasks]
    failed = frame[frame["status"] == "Fail"]
    assert len(failed) == sum(task.status == "Fail" for task in tasks) > 0
    progress = [task.task_progress for task in tasks]
    assert frame["fail"].sum() == sum(it.fail or 0 for it in progress if it is not None) > 0


def test_the_other_lists_have_columns_too() -> None:
    with Simulator(devices=120, rules=30, sub_tasks={"5c8b": 20}) as simulator:
        client = simulator.client()
        devices = arrow_table(client.devices())
        assert devices.column("device_id").to_pylist() == simulator.row_ids("devices")
        assert devices.column("tags")[0].as_py().startswith('[{"tag_key"')
        rules = arrow_table(client.rules())
        assert rules.num_rows == 30
        assert arrow_table(client.sub_tasks("5c8b")).column("error_code").null_count == 16


def test_what_was_gathered_before_a_failure_comes_first() -> None:
    with Simulator(tasks=200) as simulator:
        stream = simulator.client(max_attempts=1).batch_tasks("softwareUpgrade", prefetch=0)
        reader = pyarrow.RecordBatchReader.from_stream(stream)
        next(stream)
        simulator.set_fault(Fault.error(500, "IOTDA.014102"))
        batch = reader.read_next_batch()
        assert 40 <= batch.num_rows <= 49
        with pytest.raises(Exception, match="IOTDA.014102"):
            reader.read_next_batch()
        with pytest.raises(iotda.HttpError) as raised:
            next(stream)
        simulator.set_fault(None)
        rest = arrow_table(simulator.client().batch_tasks("softwareUpgrade", resume=raised.value.checkpoint))
        ids = batch.column("task_id").to_pylist() + rest.column("task_id").to_pylist()
        assert ids == simulator.ids()[1:]


@pytest.mark.iotda(tasks=3000)
def test_from_the_first_batch_on_a_stream_is_read_as_arrow_data_alone(
    iotda_client: Client, iotda_simulator: Simulator
) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade")
    reader = pyarrow.RecordBatchReader.from_stream(stream)
    ids = reader.read_next_batch().column("task_id").to_pylist()
    assert ids == iotda_simulator.ids()[: len(ids)] and stream.progress.delivered >= len(ids)
    for read in (lambda: next(stream), lambda: next(stream.chunks(5)), lambda: stream.pages()):
        with pytest.raises(iotda.StateError, match="Arrow"):
            read()
    resumed = iotda_client.batch_tasks("softwareUpgrade", resume=stream.checkpoint)
    assert ids + [task.task_id for task in resumed] == iotda_simulator.ids()
    assert ids + reader.read_all().column("task_id").to_pylist() == iotda_simulator.ids()
    assert list(stream) == [], "the end stays the end"


def test_a_stream_that_was_begun_by_records_continues_as_arrow_data(iotda_client: Client, iotda_simulator: Simulator) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade")
    chunks = stream.chunks(30)
    ids = [next(stream).task_id] + [task.task_id for task in next(chunks)]
    assert ids + arrow_table(stream).column("task_id").to_pylist() == iotda_simulator.ids()


def test_a_requested_schema_is_kept(iotda_client: Client) -> None:
    stream = iotda_client.batch_tasks("softwareUpgrade")
    wanted = [pyarrow.field("task_id", pyarrow.large_string()) if f.name == "task_id" else f for f in pyarrow.schema(stream)]
    table = pyarrow.RecordBatchReader.from_stream(stream, schema=pyarrow.schema(wanted)).read_all()
    assert table.schema.field("task_id").type == pyarrow.large_string() and table.num_rows == 200


READERS = {
    "pyarrow": "pyarrow.table(stream)",
    "polars": "polars.DataFrame(stream)",
    "pandas": "pandas.DataFrame.from_arrow(stream)",
    "duckdb": "duckdb.sql('select count(*) from stream').fetchall()",
}


@pytest.mark.parametrize("library", READERS)
def test_the_interpreter_is_free_while_a_consumer_waits(library: str, script: Callable[..., Script]) -> None:
    # Else the thread that closes the stream would not run, and the program would not end.
    program = script(
        f"""
import {library}, iotda, threading
simulator = iotda.Simulator(tasks=100)
simulator.set_fault(iotda.Fault.hang())
stream = simulator.client().batch_tasks("softwareUpgrade")

def close():
    while simulator.in_flight == 0:
        pass
    stream.close()

thread = threading.Thread(target=close)
thread.start()
try:
    {READERS[library]}
except Exception as error:
    print("the stream is closed" in str(error))
thread.join()
"""
    )
    assert program.finish()[0] == "True\n"


def test_a_function_for_credentials_is_called_while_a_consumer_waits() -> None:
    with Simulator(tasks=100, token="t") as simulator:
        client = simulator.client(credentials=lambda: iotda.TemporaryCredentials.token("t"))
        assert polars.DataFrame(client.batch_tasks("softwareUpgrade")).height == 100
