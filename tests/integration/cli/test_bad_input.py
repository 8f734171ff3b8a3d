"""What is wrong, one thing at a time: one clear message with a remedy, the documented exit code, nothing left behind.

What needs no load is here; what happens while the load runs is in `test_endings.py`.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from perfgate.settings.schema import json_schema
from tests.integration.baselines.runs import run as stored_run
from tests.integration.cli.conftest import Done, Project

RUN = ("run", "--stack", "process")


def refused(done: Done, code: int, *said: str) -> None:
    """One message with a remedy, and neither a traceback nor a verdict."""
    text = " ".join(done.said.split())
    assert done.code == code, done.said
    for each in said:
        assert each in text
    assert "Traceback" not in text
    assert "The job" not in text


class TestSettings:
    def test_there_is_no_file(self, project: Project) -> None:
        (project.folder / "perfgate.yml").unlink()
        for command in (RUN, ("check",), ("baselines", "list")):
            refused(project.here(*command), 2, "perfgate.yml cannot be read: No such file", "perfgate init")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "holds no mapping of settings"),
            (b"- a list", "holds no mapping of settings"),
            (b"stack: [", "perfgate.yml:1: this is not YAML"),
            (b"\xff\xfe", "it is not UTF-8 text"),
            (b"a: &a [x, x]\nb: &b [*a, *a]\n", "perfgate.yml:"),
            (b"stack: {}\nscenarios: {}\n", "say what the stack is"),
            (b"a: " + b"[" * 5000, "perfgate.yml:1: the file is nested too deeply"),
            (b"!!python/object/apply:os.system ['touch executed']", "perfgate.yml:1"),
        ],
    )
    def test_the_file_is_malformed(self, project: Project, content: bytes, said: str) -> None:
        (project.folder / "perfgate.yml").write_bytes(content)
        refused(project.here(*RUN), 2, said)
        assert not (project.folder / "executed").exists()
        assert not project.out.exists()

    def test_every_mistake_is_named_at_once_with_its_line_and_the_nearest_key(self, project: Project) -> None:
        project.configure(budgetz=["p95 < 1s"], tolerances={"p95": "much"})
        done = project.here(*RUN)
        refused(done, 2, "budgetz: unknown key", "budgets", "tolerances")
        assert done.said.count("perfgate.yml:") == 2

    def test_a_scenario_that_is_not_there(self, project: Project) -> None:
        refused(project.here(*RUN, "--scenario", "basline"), 2, "there is no scenario 'basline'", "baseline")
        assert not project.out.exists()

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--duration", "soon"], "--duration"),
            (["--duration", "0s"], "--duration"),
            (["--time-limit", "-1m"], "--time-limit"),
            (["--stack", "kubernetes"], "invalid choice"),
            (["--no-such-option"], "unrecognized arguments"),
        ],
    )
    def test_arguments(self, project: Project, arguments: list[str], said: str) -> None:
        refused(project.here("run", *arguments), 2, said)

    @pytest.mark.parametrize("arguments", [[], ["--help"], ["run", "--help"], ["baselines", "--help"]])
    def test_help_or_nothing(self, project: Project, arguments: list[str]) -> None:
        done = project.here(*arguments)
        assert done.code == (0 if arguments else 2)
        assert "usage: perfgate" in done.said

    @pytest.mark.parametrize("name", ["../outside", "{tmp}/absolute", "a/b", "..", ".", "comment.md", " "])
    def test_a_scenario_whose_name_is_a_path_writes_nowhere_else(self, project: Project, name: str) -> None:
        content = json.loads((project.folder / "perfgate.yml").read_text())
        content["scenarios"] = {name.format(tmp=project.folder.parent): content["scenarios"]["baseline"]}
        (project.folder / "perfgate.yml").write_text(json.dumps(content))
        before = sorted(project.folder.parent.rglob("*"))
        refused(project.here(*RUN, "--duration", "1s"), 2, "a scenario is called by")
        assert [path for path in sorted(project.folder.parent.rglob("*")) if path not in before] in (
            [],
            [project.scratch],
        )

    def test_an_output_folder_that_is_a_file(self, project: Project) -> None:
        (project.folder / "taken").write_text("")
        refused(project.here(*RUN, "--out", "taken"), 2, "the output folder taken cannot be made", "--out")


class TestStack:
    def test_a_program_that_is_not_there(self, project: Project) -> None:
        project.configure()
        content = json.loads((project.folder / "perfgate.yml").read_text())
        content["stack"]["process"]["commands"]["app"]["run"] = ["no-such-program"]
        (project.folder / "perfgate.yml").write_text(json.dumps(content))
        refused(project.perfgate(*RUN), 3, "'no-such-program' is not there", "install it")
        refused(project.perfgate("check"), 2, "'no-such-program' is not there")

    def test_an_application_that_ends_at_once(self, project: Project) -> None:
        project.configure(how="ends")
        done = project.perfgate(*RUN)
        refused(done, 3, "app ended with 1 while the stack was starting", "no licence found: cannot start")
        assert "no licence found" in (project.out / "baseline" / "logs" / "app.log").read_text()
        assert project.left_behind() == []

    def test_an_application_that_never_listens(self, project: Project) -> None:
        project.configure(within="1s")
        content = json.loads((project.folder / "perfgate.yml").read_text())
        run = ["sh", "-c", "echo the application starts; exec sleep 600"]
        content["stack"]["process"]["commands"]["app"]["run"] = run
        (project.folder / "perfgate.yml").write_text(json.dumps(content))
        refused(project.perfgate(*RUN), 3, "was not ready within 1 s", "ready.within", "the application starts")
        assert project.left_behind() == []

    def test_an_application_that_is_never_healthy(self, project: Project) -> None:
        content = json.loads((project.folder / "perfgate.yml").read_text())
        commands = content["stack"]["process"]["commands"]
        commands["app"]["ready"] = {"path": "/health", "within": "60s"}
        asked = {"path": "/broken", "within": "1s"}
        commands["asker"] = {"run": ["sleep", "600"], "ready": asked}
        (project.folder / "perfgate.yml").write_text(json.dumps(content))
        refused(project.perfgate(*RUN), 3, "/broken was not ready within 1 s: the answer was HTTP 500")
        assert project.left_behind() == []

    def test_a_port_in_use(self, project: Project) -> None:
        with socket.create_server(("127.0.0.1", project.port)):
            done = project.perfgate(*RUN)
        refused(done, 3, "the port is in use", str(project.port), "another port")
        assert project.left_behind() == []

    def test_a_target_that_resolves_to_nothing(self, project: Project) -> None:
        done = project.perfgate(*RUN, "--target", "http://no-such-host.invalid:8000")
        refused(done, 3, "leads nowhere", "no-such-host.invalid")
        assert project.left_behind() == []

    def test_a_kind_that_the_file_does_not_describe(self, project: Project) -> None:
        refused(project.perfgate("run", "--stack", "external"), 3, "describes no stack of kind external")


class TestStoredBaselines:
    def put(self, project: Project, data: bytes) -> Path:
        path = project.store / "baseline" / f"{stored_run(1).id}.json.gz"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        return path

    def test_one_of_a_newer_schema(self, project: Project) -> None:
        content = {**json.loads(stored_run(1).model_dump_json()), "schema_version": 2}
        self.put(project, gzip.compress(json.dumps(content).encode()))
        refused(
            project.here("baselines", "list"),
            5,
            f"{stored_run(1).id}.json.gz was written by a newer version of PerfGate",
            "delete that one file",
        )

    def test_one_that_is_damaged_ends_a_run_before_any_load(self, project: Project) -> None:
        path = self.put(project, b"damaged")
        done = project.here(*RUN)
        refused(done, 5, str(path.relative_to(project.folder)), "is damaged", "delete that one file")
        assert "Loading" not in done.said
        assert project.left_behind() == []

    def test_a_store_that_nothing_here_can_reach(self, project: Project) -> None:
        refused(project.here(*RUN, "--baseline-store", "s4://bucket"), 5, "s4://bucket", "fsspec")
        assert not project.out.exists()

    def test_one_that_is_asked_for_and_not_there(self, project: Project) -> None:
        refused(project.here("baselines", "show", "2026"), 5, "no stored run begins with '2026'", "baselines list")


class TestJudge:
    @pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff", b'{"schema_version": 2}', b"[" * 100_000])
    def test_what_is_no_measurement(self, project: Project, content: bytes | None) -> None:
        if content is not None:
            (project.folder / "m.json").write_bytes(content)
        refused(project.here("judge", "m.json"), 2, "m.json", "measurement.json")
        assert not project.out.exists()

    def test_what_is_no_measurement_is_neither_compared_nor_accepted(self, project: Project) -> None:
        (project.folder / "m.json").write_text("{}")
        refused(project.here("compare", "m.json", "m.json"), 2, "m.json", "measurement.json")
        refused(project.here("baselines", "accept", "m.json", "--reason", "x"), 2, "m.json", "measurement.json")
        assert not project.store.exists()

    def test_a_folder_instead_of_a_file(self, project: Project) -> None:
        (project.folder / "folder").mkdir()
        refused(project.here("judge", "folder"), 2, "folder cannot be read: Is a directory")

    def test_what_holds_no_stored_runs(self, project: Project) -> None:
        (project.folder / "m.json").write_text(stored_run(1).measurement.model_dump_json())
        (project.folder / "baselines.json").write_text('{"runs": [{"schema_version": 2}]}')
        refused(project.here("judge", "m.json"), 5, "baselines.json holds no stored runs")
        refused(project.here("judge", "m.json", "--baselines", "gone.json"), 2, "gone.json cannot be read")

    def test_a_reason_that_is_no_text(self, project: Project) -> None:
        (project.folder / "m.json").write_text(stored_run(1).measurement.model_dump_json())
        command = [sys.executable, "-m", "perfgate", "baselines", "accept", "m.json", "--reason", b"caf\xe9"]
        done = subprocess.run(command, cwd=project.folder, capture_output=True, check=False)
        assert done.returncode == 2
        assert b"--reason: this is not UTF-8 text" in done.stderr


class TestSurroundings:
    def test_what_init_writes_check_takes(self, project: Project) -> None:
        (project.folder / "perfgate.yml").unlink()
        assert project.here("init").code == 0
        done = project.here("check")
        assert "1 scenario, no mistakes" in done.out
        # Nothing runs at the guessed address; on a machine where something does, check is content or says 404.
        assert done.code in (0, 2)
        assert "http://localhost:8000" in done.said

    def test_init_writes_a_workflow_at_the_top_of_the_repository_and_never_over_one(self, project: Project) -> None:
        done = project.here("init", "--force")
        assert "no git repository" in done.out
        top = project.folder
        (top / ".git").mkdir()
        (top / "perf").mkdir()
        written = top / ".github" / "workflows" / "perfgate.yml"
        assert project.here("init", "--no-workflow", "--force").code == 0
        assert not written.exists()
        assert project.here("init", "--config", "perf/gate.yml").code == 0
        assert 'with: {config: "perf/gate.yml"}' in written.read_text()
        written.write_text("mine")
        assert "stays as it is" in project.here("init", "--force").out
        assert written.read_text() == "mine"

    def test_init_overwrites_only_when_told_to(self, project: Project) -> None:
        before = (project.folder / "perfgate.yml").read_text()
        refused(project.here("init"), 2, "perfgate.yml is there already", "--force")
        assert (project.folder / "perfgate.yml").read_text() == before
        assert project.here("init", "--force").code == 0
        assert (project.folder / "perfgate.yml").read_text() != before

    def test_init_knows_the_compose_file_and_the_paths_of_the_interface(self, project: Project) -> None:
        (project.folder / "compose.yaml").write_text("services: {web: {image: x, ports: ['8080:3000']}}")
        document = {
            "openapi": "3.1.0",
            "paths": {"/healthz": {"get": {}}, "/tickets": {"get": {}, "post": {}}, "/x/{id}": {"get": {}}},
        }
        (project.folder / "openapi.json").write_text(json.dumps(document))
        assert project.here("init", "--openapi", "openapi.json", "--force").code == 0
        written = (project.folder / "perfgate.yml").read_text()
        assert "http://web:3000" in written
        assert '"/tickets"' in written
        assert "/x/{id}" not in written
        assert 'path: "/healthz"' in written

    @pytest.mark.parametrize("content", [None, "{", "[]", "\0", "[" * 5000])
    def test_init_from_what_is_no_openapi_document(self, project: Project, content: str | None) -> None:
        if content is not None:
            (project.folder / "openapi.json").write_text(content)
        refused(project.here("init", "--openapi", "openapi.json", "--force"), 2, "openapi.json", "OpenAPI")

    def test_init_where_the_compose_file_is_no_text_or_nothing_can_be_written(self, project: Project) -> None:
        (project.folder / "compose.yaml").write_bytes(b"\xff\xfe")
        assert project.here("init", "--force").code == 0
        assert "compose.yaml" in (project.folder / "perfgate.yml").read_text()
        refused(project.here("init", "--config", "no/such/folder/perfgate.yml"), 2, "no/such/folder/perfgate.yml")

    def test_check_of_a_sound_file_says_what_it_found(self, project: Project) -> None:
        done = project.here("check")
        assert done.code == 0, done.said
        assert "ready to run" in done.out
        assert "scenario baseline: 0 stored runs" in done.out

    def test_check_says_all_that_is_missing(self, project: Project) -> None:
        project.configure(scenario={"locustfile": "gone.py"}, baseline={"store": "s4://bucket"})
        with socket.create_server(("127.0.0.1", project.port)):
            refused(project.here("check"), 2, "the port is in use", "gone.py", "s4://bucket")

    def test_check_misses_a_reference_that_is_in_no_clone(self, project: Project) -> None:
        project.configure(baseline={"reference": "v9.9.9"})
        subprocess.run(["git", "init", "--quiet", str(project.folder)], check=True)
        refused(project.here("check"), 2, "git rev-parse failed", "take out `baseline.reference`")
        git = ["git", "-C", str(project.folder), "-c", "user.name=me", "-c", "user.email=me@localhost"]
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=one"], check=True)
        refused(project.here("check"), 2, "there is no commit 'v9.9.9' in this clone", "fetch-depth: 0")
        subprocess.run([*git, "tag", "v9.9.9"], check=True)
        done = project.here("check")
        assert done.code == 0, done.said
        assert "baseline.reference: v9.9.9 is " in done.out

    def test_schema_is_what_editors_can_use(self, project: Project) -> None:
        done = project.here("schema")
        assert done.code == 0
        assert json.loads(done.out) == json_schema()
        assert done.err == ""


HEAVY = {"pydantic", "numpy", "locust", "gevent", "docker", "jinja2", "rich", "yaml", "fsspec", "requests"}


@pytest.mark.parametrize("flag", ["--version"])
def test_the_version_costs_no_imports(flag: str) -> None:
    program = (
        "import sys; from perfgate.cli import main; code = main([sys.argv[1]]);"
        "print(code, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program, flag], capture_output=True, text=True, check=True)
    version, code_and_modules = done.stdout.splitlines()
    code, *modules = code_and_modules.split()
    assert version.startswith("perfgate 0.")
    assert code == "0"
    assert "perfgate" in modules
    assert not HEAVY & set(modules)


def test_the_command_and_the_module_are_the_same() -> None:
    script = Path(sys.executable).with_name("perfgate")
    by_script = subprocess.run([script, "--version"], capture_output=True, text=True, check=True, env=os.environ)
    by_module = subprocess.run(
        [sys.executable, "-m", "perfgate", "--version"], capture_output=True, text=True, check=True
    )
    assert by_script.stdout == by_module.stdout


def test_a_secret_that_is_missing_is_named_before_anything_is_started(project: Project) -> None:
    project.configure(requests=[{"get": "/items", "sign": {"like": "github", "secret_env": "HOOK_SECRET"}}])
    for command in (RUN, ("check",)):
        refused(project.perfgate(*command), 2, "the environment variable HOOK_SECRET, whose secret the load needs")
    assert project.left_behind() == []
    done = project.perfgate("check", HOOK_SECRET="s3cret")
    assert "secrets: HOOK_SECRET" in done.said
    assert "s3cret" not in done.said
