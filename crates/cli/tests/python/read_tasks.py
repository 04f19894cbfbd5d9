"""Reads every batch task of one type with the official SDK, page by page along the returned markers.

read_tasks.py ENDPOINT ALGORITHM ACCESS_KEY SECRET_KEY, where ALGORITHM is basic or derived. Prints one id a line.
"""

import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkiotda.v5 import IoTDAClient, ListBatchTasksRequest


def client(endpoint, algorithm, access_key, secret_key):
    credentials = BasicCredentials(access_key, secret_key, "0123456789abcdef0123456789abcdef")
    if algorithm == "derived":
        # By itself the SDK derives only for hosts of the service.
        credentials = credentials.with_derived_predicate(lambda request: True)
    builder = IoTDAClient.new_builder().with_credentials(credentials)
    return builder.with_region(Region("cn-north-4", endpoint)).build()


def ids(client):
    marker = None
    while True:
        page = client.list_batch_tasks(ListBatchTasksRequest(task_type="softwareUpgrade", limit=50, marker=marker))
        if not page.batchtasks:
            return
        yield from (task.task_id for task in page.batchtasks)
        marker = page.page.marker


if __name__ == "__main__":
    for task_id in ids(client(*sys.argv[1:])):
        print(task_id)
