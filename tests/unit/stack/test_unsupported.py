from __future__ import annotations

from typing import Any

import pytest

from perfgate.errors import StackError
from perfgate.stack.unsupported import refuse_ignored_keys, refuse_relative_devices

HOOKS = {"services": {"web": {"post_start": [{"command": "x"}]}, "db": {"gpus": "all"}, "plain": {"pre_stop": []}}}


@pytest.mark.parametrize("version", ["2.26.1-4", "v2.29.7", "1.29.2", "dev", ""])
def test_keys_that_an_old_compose_ignores_are_refused(version: str) -> None:
    with pytest.raises(StackError) as caught:
        refuse_ignored_keys(HOOKS, version)
    assert "silently ignores `post_start` of service web, `gpus` of service db:" in caught.value.message
    assert "2.30" in caught.value.remedy


@pytest.mark.parametrize("version", ["2.30.0", "v2.31.1-desktop.2", "5.6.1", "10.0"])
def test_newer_ones_know_them(version: str) -> None:
    refuse_ignored_keys(HOOKS, version)


def test_old_compose_is_fine_where_nothing_is_ignored() -> None:
    refuse_ignored_keys({"services": {"web": {"image": "a", "pre_stop": None}}}, "2.26.1-4")


def bind(device: str | None, options: str | None = "bind") -> dict[str, Any]:
    return {"volumes": {"data": {"driver_opts": {"type": "none", "o": options, "device": device}}, "plain": None}}


@pytest.mark.parametrize("device", ["data", "./data", "~/data", None])
def test_relative_device_is_refused(device: str | None) -> None:
    with pytest.raises(StackError, match="volume data binds the relative device"):
        refuse_relative_devices(bind(device, "rw,bind"))


@pytest.mark.parametrize(
    "model", [bind("/srv/data"), bind("host:/share", "addr=10.0.0.1,rw"), bind("x", None), {}, {"volumes": None}]
)
def test_other_volumes_are_fine(model: dict[str, Any]) -> None:
    refuse_relative_devices(model)
