"""Results of every model come back in a process that has fitted nothing."""

import json
import subprocess
import sys

import pytest

import metaleak as ml

COUNTS = ml.StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])

READ = """
import json, sys
from metaleak.pooling.result import MetaResult
result = MetaResult.from_dict(json.load(sys.stdin))
print(json.dumps([type(result.detail).__name__, result.probability(above=0.5), result.digest]))
"""


@pytest.mark.parametrize(
    "model",
    [ml.BetaBinomial(), ml.BayesianBinomialNormal(), ml.BinomialNormal(), ml.BayesianNormalNormal()],
    ids=lambda model: type(model).__name__,
)
def test_a_fresh_process_reads_what_another_wrote(model):
    """Detail and prediction are typed again, so that probabilities follow from them."""
    result = model.fit(COUNTS)

    read = subprocess.run(
        [sys.executable, "-c", READ],
        input=json.dumps(result.to_dict()),
        capture_output=True,
        text=True,
        check=True,
    )

    detail, probability, digest = json.loads(read.stdout)
    assert detail == type(result.detail).__name__
    assert probability == result.probability(above=0.5)
    assert digest == result.digest
