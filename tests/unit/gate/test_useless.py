"""A load of which nothing succeeded is no measurement, and why is said where it is known."""

import pytest

from perfgate.errors import LoadError
from perfgate.measuring.described import refuse_useless
from perfgate.records.load import Finding, SignatureRefusal
from tests.builders import measurement


def test_what_went_wrong_is_said() -> None:
    with pytest.raises(LoadError, match=r"not one of 50 requests to .* succeeded$") as caught:
        refuse_useless(measurement({}, failures={"POST /hook": 50}))
    assert caught.value.evidence == "50 times: 500 Server Error"


def test_a_refused_signature_is_named_as_the_cause() -> None:
    measured = measurement({}, failures={"POST /hook": 50})
    refusal = SignatureRefusal(label="POST /hook", status=401, finding=Finding.SECRET)
    load = measured.load.model_copy(update={"refusals": (refusal,)})
    with pytest.raises(LoadError, match=r"succeeded\. .* the two sides likely do not share a secret") as caught:
        refuse_useless(measured.model_copy(update={"load": load}))
    assert caught.value.remedy is not None
    assert "Give both sides the same secret" in caught.value.remedy


def test_one_success_is_a_measurement() -> None:
    refuse_useless(measurement({"POST /hook": [0.1]}, failures={"POST /hook": 50}))
