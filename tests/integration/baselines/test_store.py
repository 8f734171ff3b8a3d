"""A store on the disk and one in memory (as a bucket: no folders, no rename), and everything that may lie in them."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfgate.baselines import store as store_module
from perfgate.baselines.names import folder_name, scenario_of
from perfgate.baselines.opening import open_store
from perfgate.baselines.store import Store
from perfgate.errors import BaselineError, ExitCode
from perfgate.records import encoding
from perfgate.records.encoding import encode_baseline
from tests.integration.baselines.runs import ids, run
from tests.unit.judge.test_start_luck import starts

MEMORY = "memory://perfgate-tests/store"


@pytest.fixture(params=["folder", "memory"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "folder":
        yield open_store("store", folder=tmp_path)
        return
    memory = fsspec.filesystem("memory")
    yield open_store(MEMORY, folder=tmp_path)
    if memory.exists(MEMORY):
        memory.rm(MEMORY, recursive=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the scenario `baseline`, in a store with one sound run."""
    on_disk(tmp_path).write(run(1))
    return tmp_path / "baseline"


def on_disk(folder: Path) -> Store:
    return open_store(str(folder), folder=folder)


def refused(action: Callable[[], object]) -> BaselineError:
    with pytest.raises(BaselineError) as caught:
        action()
    assert caught.value.exit_code is ExitCode.BASELINE
    assert caught.value.remedy
    return caught.value


class TestWhatIsKept:
    def test_a_place_that_is_not_there_is_empty(self, kept: Store) -> None:
        assert kept.scenarios() == ()
        assert kept.read("baseline") == ()
        assert kept.prune("baseline", 0) == ()
        assert "no stored run begins with '2026'" in refused(lambda: kept.find("2026")).message

    def test_runs_come_back_as_they_were_the_newest_first(self, kept: Store) -> None:
        runs = [run(minute, note=f"of minute {minute}") for minute in (3, 1, 2)]
        for each in runs:
            kept.write(each)
        assert kept.read("baseline") == (runs[0], runs[2], runs[1])
        assert kept.read("baseline", limit=2) == (runs[0], runs[2])
        assert kept.read("peak") == ()

    def test_base_against_base_is_kept_beside_the_runs(self, kept: Store) -> None:
        made = [starts(number) for number in (2, 1, 3)]
        for each in made:
            kept.write_starts(each)
        assert kept.read_starts("baseline", limit=9) == (made[2], made[0], made[1])
        assert kept.read_starts("baseline", limit=1) == (made[2],)
        assert kept.read_starts("peak", limit=9) == ()
        assert kept.read("baseline") == ()
        assert kept.scenarios() == ()  # a self-test is no run to compare with

    def test_scenarios_are_kept_apart(self, kept: Store) -> None:
        kept.write(run(1, scenario="peak"))
        kept.write(run(2, scenario="baseline"))
        assert kept.scenarios() == ("baseline", "peak")
        assert ids(kept.read("peak")) == [run(1).id]

    def test_storing_a_run_again_replaces_it(self, kept: Store) -> None:
        kept.write(run(1))
        kept.write(run(1, note="accepted, since the new index is worth it"))
        assert [each.note for each in kept.read("baseline")] == ["accepted, since the new index is worth it"]

    def test_prune_keeps_the_newest_and_names_what_went(self, kept: Store) -> None:
        for minute in range(5):
            kept.write(run(minute))
        kept.write(run(9, scenario="peak"))
        assert kept.prune("baseline", 2) == (run(2).id, run(1).id, run(0).id)
        assert ids(kept.read("baseline")) == [run(4).id, run(3).id]
        assert kept.prune("baseline", 2) == ()
        assert kept.prune("baseline", 0) == (run(4).id, run(3).id)
        assert kept.scenarios() == ("peak",)

    def test_what_another_job_stored_after_the_first_look_is_seen(self, kept: Store, tmp_path: Path) -> None:
        assert kept.read("baseline") == ()
        url = MEMORY if "memory" in kept.write(run(1)) else "store"
        open_store(url, folder=tmp_path).write(run(2))
        assert ids(kept.read("baseline")) == [run(2).id, run(1).id]

    def test_write_says_where(self, tmp_path: Path) -> None:
        address = on_disk(tmp_path).write(run(1))
        assert address == str(tmp_path / "baseline" / f"{run(1).id}.json.gz")
        assert Path(address).is_file()
        assert open_store(MEMORY, folder=tmp_path).write(run(1)) == f"{MEMORY}/baseline/{run(1).id}.json.gz".replace(
            "memory://", "memory:///"
        )


class TestFind:
    def test_by_the_whole_id_or_its_beginning_in_any_scenario(self, kept: Store) -> None:
        kept.write(run(1, suffix="aaaaaa"))
        kept.write(run(1, suffix="bbbbbb", scenario="peak"))
        kept.write(run(2))
        assert kept.find(run(1, suffix="aaaaaa").id).measurement.scenario.name == "baseline"
        assert kept.find(run(1, suffix="bbbbbb").id[:-5]).measurement.scenario.name == "peak"
        assert kept.find("20260101-0002").id == run(2).id

    def test_a_beginning_of_several_is_refused_and_they_are_named(self, kept: Store) -> None:
        for minute in range(7):
            kept.write(run(minute))
        error = refused(lambda: kept.find("2026"))
        assert error.message.startswith("7 stored runs begin with '2026'")
        assert run(6).id in error.message
        assert error.message.endswith("…")
        assert error.message.count(", ") == 4

    def test_a_whole_id_is_found_though_others_begin_with_it(self, kept: Store) -> None:
        kept.write(run(1, suffix="aaa"))
        kept.write(run(1, suffix="aaabbb"))
        assert kept.find(run(1, suffix="aaa").id) == run(1, suffix="aaa")

    @pytest.mark.parametrize("asked", ["../20260101", "*", "20260101-0001*", "[0-9]", "\x1b[2J"])
    def test_no_pattern_and_no_path(self, kept: Store, asked: str) -> None:
        kept.write(run(1))
        assert "no stored run begins with" in refused(lambda: kept.find(asked)).message


class TestNames:
    HOSTILE = (
        "..",
        ".",
        "../../etc",
        "/absolute",
        "a/b/c",
        "Peak",
        "peak hour",
        "%2e%2e",
        "nächtlich ☃",
        "*",
        "a\\b",
        "a\0b",
        "CON",
        "x" * 200,
        "\ud800",
    )

    @pytest.mark.parametrize("name", HOSTILE)
    def test_any_name_is_one_folder_directly_in_the_store(self, name: str) -> None:
        folder = folder_name(name)
        assert "/" not in folder
        assert not folder.startswith(".")
        assert folder == folder.lower()
        assert folder.isascii()

    @pytest.mark.parametrize("name", [name for name in HOSTILE if name != "\ud800"])
    def test_runs_of_any_name_are_found_again_under_it(self, tmp_path: Path, name: str) -> None:
        kept = open_store("store", folder=tmp_path)
        kept.write(run(1, scenario=name))
        assert kept.scenarios() == (name,)
        assert kept.read(name) == (run(1, scenario=name),)
        assert [each.name for each in tmp_path.iterdir()] == ["store"]

    @pytest.mark.parametrize("name", ["", "x" * 201, "☃" * 40])
    def test_a_name_that_no_file_system_takes_is_refused(self, kept: Store, name: str) -> None:
        error = refused(lambda: kept.write(run(1, scenario=name)))
        assert "no baselines can be kept under the scenario name" in error.message
        assert len(error.message) < 200
        assert refused(lambda: kept.read(name)).message == error.message

    @given(st.text(min_size=1, max_size=16))
    @settings(max_examples=300)
    def test_every_name_has_its_own_folder(self, name: str) -> None:
        try:
            name.encode()
        except UnicodeEncodeError:
            return  # half of a surrogate pair: no YAML file holds one
        assert scenario_of(folder_name(name)) == name

    @pytest.mark.parametrize("folder", ["Baseline", "%2E%2E", "a b", "%ff", ".git", "a%", "%61"])
    def test_folders_of_others_are_no_scenarios(self, tmp_path: Path, folder: str) -> None:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{run(1).id}.json.gz").write_bytes(encode_baseline(run(1)))
        assert on_disk(tmp_path).scenarios() == ()


class TestWhatIsNoRunIsIgnored:
    @pytest.mark.parametrize("name", ["README.md", "20260101-000100-000000.json", ".hidden.json.gz", "x.json.gz.bak"])
    def test_other_files(self, folder: Path, name: str) -> None:
        (folder / name).write_bytes(b"\0\1 anything")
        assert ids(on_disk(folder.parent).read("baseline")) == [run(1).id]
        on_disk(folder.parent).prune("baseline", 0)
        assert (folder / name).exists()

    def test_files_beside_the_scenarios(self, folder: Path) -> None:
        (folder.parent / "20260101-000100-000000.json.gz").write_bytes(b"anything")
        assert on_disk(folder.parent).scenarios() == ("baseline",)

    def test_a_folder_called_as_a_run(self, folder: Path) -> None:
        (folder / "20270101-000000-000000.json.gz").mkdir()
        assert ids(on_disk(folder.parent).read("baseline")) == [run(1).id]
        assert on_disk(folder.parent).prune("baseline", 0) == (run(1).id,)

    def test_a_pipe_called_as_a_run_is_not_waited_for(self, folder: Path) -> None:
        os.mkfifo(folder / "20270101-000000-000000.json.gz")
        program = "import sys; from pathlib import Path; from perfgate.baselines.opening import open_store;"
        program += "print(len(open_store(sys.argv[1], folder=Path()).read('baseline')))"
        read = subprocess.run(
            [sys.executable, "-c", program, str(folder.parent)], capture_output=True, text=True, timeout=60, check=True
        )
        assert read.stdout == "1\n"

    @pytest.mark.parametrize("to", ["another run", "nothing", "itself", "a device"])
    def test_links_are_not_followed(self, folder: Path, tmp_path: Path, to: str) -> None:
        link = folder / "20270101-000000-000000.json.gz"
        targets = {"another run": folder / f"{run(1).id}.json.gz", "nothing": tmp_path / "gone", "itself": link}
        link.symlink_to(targets.get(to, Path("/dev/zero")))
        assert ids(on_disk(folder.parent).read("baseline")) == [run(1).id]
        on_disk(folder.parent).prune("baseline", 0)
        assert link.is_symlink()

    def test_a_store_that_is_itself_a_link_is_followed(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(folder.parent)
        linked = on_disk(tmp_path / "link")
        linked.write(run(2))
        assert ids(linked.read("baseline")) == [run(2).id, run(1).id]


def spoilt(content: bytes) -> bytes:
    return gzip.compress(content)


def changed(**keys: object) -> bytes:
    return spoilt(json.dumps({**json.loads(run(2).model_dump_json()), **keys}).encode())


DAMAGED = {
    "empty": (b"", "is damaged"),
    "no gzip": (b"hello", "is damaged (Not a gzipped file"),
    "cut off": (encode_baseline(run(2))[:-200], "is damaged"),
    "one bit": (encode_baseline(run(2))[:-6] + b"\0" + encode_baseline(run(2))[-5:], "is damaged"),
    "no JSON": (spoilt(b"{"), "is damaged (the whole: Invalid JSON"),
    "no object": (spoilt(b"[]"), "is damaged"),
    "no text": (spoilt(b"\xff\xfe"), "is damaged"),
    "too deep": (spoilt(b"[" * 100_000), "is damaged"),
    "not a number": (changed(stored_at="NaN"), "is damaged (stored_at:"),
    "a key too many": (changed(surprise=1), "is damaged (surprise:"),
    "a key too few": (changed(measurement={}), "is damaged (measurement."),
    "a newer schema": (
        changed(schema_version=2),
        "was written by a newer version of PerfGate (its schema is 2, this version reads 1)",
    ),
    "a newer schema of the measurement": (
        changed(measurement={**json.loads(run(2).measurement.model_dump_json()), "schema_version": 2}),
        "is damaged (measurement.schema_version:",
    ),
    "a huge schema": (changed(schema_version=10**400), "is damaged"),
    "another run": (encode_baseline(run(3)), f"holds another run, {run(3).id}: it was copied or renamed"),
}


class TestDamage:
    @pytest.mark.parametrize("how", DAMAGED)
    def test_a_damaged_run_is_named_with_what_to_do(self, kept: Store, how: str) -> None:
        data, said = DAMAGED[how]
        kept.write(run(1))
        address = kept.write(run(2))
        with fsspec.open(address, "wb") as file:
            file.write(data)
        error = refused(lambda: kept.read("baseline"))
        assert error.message.startswith(f"the stored baseline {address} {said}")
        assert len(error.message) < len(address) + 300
        assert "delete that one file" in error.remedy
        assert kept.find(run(1).id) == run(1)  # the others stay of use
        assert kept.prune("baseline", 0) == (run(2).id, run(1).id)

    def test_the_newest_are_enough_where_only_they_are_asked_for(self, kept: Store) -> None:
        address = kept.write(run(1))
        kept.write(run(2))
        with fsspec.open(address, "wb") as file:
            file.write(b"damaged")
        assert ids(kept.read("baseline", limit=1)) == [run(2).id]

    def test_a_run_cut_off_anywhere_is_never_taken_for_a_whole_one(self, folder: Path) -> None:
        whole = encode_baseline(run(1))
        path = folder / f"{run(1).id}.json.gz"
        for length in (*range(0, len(whole), 97), len(whole) - 1):
            path.write_bytes(whole[:length])
            assert "is damaged" in refused(lambda: on_disk(folder.parent).read("baseline")).message

    def test_a_file_that_unpacks_to_more_than_memory_holds(self, folder: Path) -> None:
        bomb = gzip.compress(b"\0" * (encoding.LARGEST + 1), compresslevel=9)
        (folder / f"{run(1).id}.json.gz").write_bytes(bomb)
        error = refused(lambda: on_disk(folder.parent).read("baseline"))
        assert "is larger than 64 MiB when unpacked" in error.message

    def test_a_file_larger_than_any_run(self, folder: Path) -> None:
        with (folder / f"{run(1).id}.json.gz").open("wb") as file:
            file.truncate(2**40)  # sparse: it takes no room
        error = refused(lambda: on_disk(folder.parent).read("baseline"))
        assert "is larger than 32 MiB" in error.message

    def test_a_run_too_large_to_be_read_again_is_not_written(
        self, kept: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(encoding, "LARGEST", 1000)
        error = refused(lambda: kept.write(run(1)))
        assert error.message.startswith(f"the run {run(1).id} is larger than")
        assert "group its requests" in error.remedy
        assert kept.scenarios() == ()

    @given(st.binary(max_size=300))
    @settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_bytes_at_all_end_otherwise(self, folder: Path, data: bytes) -> None:
        (folder / f"{run(1).id}.json.gz").write_bytes(data)
        refused(lambda: on_disk(folder.parent).read("baseline"))


needs_permissions = pytest.mark.skipif(os.geteuid() == 0, reason="root may do all")


class TestThePlaceItself:
    def test_the_store_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "store").write_text("")
        kept = open_store("store", folder=tmp_path)
        error = refused(lambda: kept.write(run(1)))
        assert str(tmp_path / "store") in error.message
        assert "could not be written" in error.message

    @needs_permissions
    def test_a_folder_that_may_not_be_written(self, folder: Path) -> None:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        try:
            error = refused(lambda: on_disk(folder.parent).write(run(2)))
            assert error.message.endswith("could not be written: Permission denied")
            assert ids(on_disk(folder.parent).read("baseline")) == [run(1).id]
        finally:
            folder.chmod(stat.S_IRWXU)

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_path: Path, _data: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(store_module, "place", full)
        error = refused(lambda: on_disk(tmp_path).write(run(1)))
        assert error.message.endswith("could not be written: No space left on device")
        assert "free space" in error.remedy

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("ftq://host/baselines", "ftq"),
            ("s4://bucket", "s4"),
            ("base\nlines", "control characters"),
            ("file://\x1b[2J", "control characters"),
        ],
    )
    def test_a_url_that_leads_nowhere(self, tmp_path: Path, url: str, said: str) -> None:
        error = refused(lambda: open_store(url, folder=tmp_path))
        assert said in error.message
        assert "\x1b" not in error.message

    def test_what_is_not_installed_is_named_and_no_password_is(self, tmp_path: Path) -> None:
        error = refused(lambda: open_store("sftp://robot:hunter2@host/baselines", folder=tmp_path))
        assert "sftp://host/baselines" in error.message
        assert "hunter2" not in error.message + error.remedy

    def test_a_path_is_relative_to_the_settings_and_a_tilde_is_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        assert open_store("~/kept", folder=tmp_path).write(run(1)).startswith(str(tmp_path / "home" / "kept"))
        assert open_store("kept", folder=tmp_path).write(run(1)).startswith(str(tmp_path / "kept"))

    def test_a_url_of_a_folder_is_that_folder(self, tmp_path: Path) -> None:
        open_store(f"file://{tmp_path}/kept/", folder=Path("/nowhere")).write(run(1))
        assert on_disk(tmp_path / "kept").read("baseline") == (run(1),)
