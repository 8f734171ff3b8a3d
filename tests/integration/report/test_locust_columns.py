"""Our CSVs have the columns of Locust's, so that what reads those reads these."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

from perfgate.report.tables import csv_files
from tests.golden import judgements as made

# Locust patches the standard library when it is imported, so that is left to a process of its own.
ASK = """
import json
from locust import stats

class Environment:
    stats = None

print(json.dumps(stats.StatsCSV(Environment(), stats.PERCENTILES_TO_REPORT).requests_csv_columns))
"""


def test_columns_are_those_that_locust_writes() -> None:
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    [header, *_] = csv.reader(io.StringIO(csv_files(made.passed())["baseline_stats.csv"]))
    assert header == json.loads(told.stdout)
