"""What may be written after `perfgate`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from perfgate import __version__

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it no other way

EXIT_CODES = """\
exit codes:
  0         pass, or conditional where the policy lets it through
  1         a bug in PerfGate, never a verdict
  2         settings or arguments wrong
  3         the stack did not come up
  4         the load did not run or produced nothing usable
  5         the baseline could not be read
  6         the verdict could not be published anywhere
  10        conditional, and the policy blocks on it
  11        fail
  130, 143  cancelled; the stack was taken down
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="perfgate",
        description="A performance gate: bring a stack up, load it, compare, and give a verdict.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"perfgate {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_judge(commands)
    _add_compare(commands)
    _add_report(commands)
    _add_publish(commands)
    _add_baselines(commands)
    _add_plan(commands)
    _add_self_test(commands)
    _add_surroundings(commands)
    return top


def _text(given: str) -> str:
    """Bytes that are no UTF-8 reach us as halves of surrogate pairs, which no file can hold."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("this is not UTF-8 text") from error
    return given


def _config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-c", "--config", type=Path, default=Path("perfgate.yml"), metavar="FILE", help="default: perfgate.yml"
    )


def _policy(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--event", type=_text, default="local", help="whose policy holds: pull_request, push, … (default: local)"
    )
    command.add_argument(
        "--branch", type=_text, help="whose policy holds, as release/1.2 (default: the branch checked out)"
    )
    command.add_argument("--block-on", choices=["fail", "conditional", "never"], help="the verdict that ends non-zero")


def _out(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-o", "--out", type=Path, default=Path("perfgate-out"), metavar="FOLDER", help="default: perfgate-out"
    )


def _json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON for another program")


def _load(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stack", choices=["compose", "process", "external"], help="which of the stacks in the file")
    command.add_argument("--target", help="base URL instead of the file's")
    command.add_argument("--duration", help="of the load of each scenario, as 90s")
    command.add_argument("--time-limit", help="of all load together, as 5m")
    command.add_argument("--baseline-store", metavar="URL", help="folder, URL, or branch instead of the file's")


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="the whole gate: bring up, load, judge, report")
    _config(run)
    _policy(run)
    _out(run)
    _json(run)
    _load(run)
    run.add_argument("--scenario", action="append", metavar="NAME", help="instead of the policy's; may be repeated")
    run.add_argument(
        "--compare",
        choices=["stored", "paired", "both", "auto"],
        help="with stored runs, or with the base side by side on this machine (default: the policy's)",
    )
    run.add_argument(
        "--default-branch",
        type=_text,
        metavar="NAME",
        help="runs of other branches become baselines only where the policy says so",
    )
    run.add_argument("--base", type=_text, metavar="REF", help="branch or commit to compare with side by side")
    for side in ("base", "head"):
        run.add_argument(
            f"--{side}-env",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"set for the {side}'s stack alone; may be repeated",
        )
    run.add_argument("--store-baseline", choices=["auto", "always", "never"], default="auto", help="default: auto")
    run.add_argument(
        "--metrics-port",
        type=int,
        metavar="PORT",
        help="show the load while it runs at http://127.0.0.1:PORT/metrics, for Prometheus; 0: any free port",
    )
    run.add_argument("--metrics-host", default="127.0.0.1", metavar="ADDRESS", help="default: 127.0.0.1")


def _add_judge(commands: Commands) -> None:
    judge = commands.add_parser("judge", help="judge a saved measurement again, with this file's policy")
    judge.add_argument("measurements", nargs="+", type=Path, metavar="MEASUREMENT", help="measurement.json")
    judge.add_argument(
        "--baselines",
        type=Path,
        metavar="FILE",
        help="default: baselines.json beside the first measurement, else the store",
    )
    _config(judge)
    _policy(judge)
    _out(judge)
    _json(judge)


def _add_compare(commands: Commands) -> None:
    compare = commands.add_parser("compare", help="compare two measurements: files, or ids of stored baselines")
    compare.add_argument("baseline", metavar="A")
    compare.add_argument("candidate", metavar="B")
    _config(compare)
    _policy(compare)
    _out(compare)
    _json(compare)


def _add_report(commands: Commands) -> None:
    report = commands.add_parser(
        "report", help="the page again from a saved run, or one page comparing several runs or a whole history"
    )
    report.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="measurement.json, judgement.json or baselines.json"
    )
    report.add_argument("--history", metavar="SCENARIO", help="also every stored run of this scenario")
    report.add_argument("--baseline-store", metavar="URL", help="folder, URL, or branch instead of the file's")
    report.add_argument(
        "--baselines", type=Path, metavar="FILE", help="for one measurement; default: baselines.json beside it"
    )
    _config(report)
    _policy(report)
    report.add_argument(
        "-o", "--out", type=Path, default=Path("perfgate-report.html"), metavar="FILE",
        help="a page, named *.html, or a folder to put report.html in; default: perfgate-report.html",
    )  # fmt: skip


def _add_publish(commands: Commands) -> None:
    publish = commands.add_parser(
        "publish", help="tell a pull request what another run judged, as for pull requests from forks"
    )
    publish.add_argument(
        "judgement",
        type=Path,
        nargs="?",
        metavar="JUDGEMENT",
        help="a judgement.json; default: from the artifact of the run that started this workflow",
    )
    _config(publish)
    publish.add_argument("--artifact", default="perfgate-out", metavar="NAME", help="default: perfgate-out")
    publish.add_argument(
        "--comment", choices=["always", "on-change", "never"], default="always", help="default: always"
    )
    publish.add_argument("--comment-key", default="perfgate", metavar="KEY", help="default: perfgate")


def _add_baselines(commands: Commands) -> None:
    baselines = commands.add_parser("baselines", help="what is stored: list, show, history, accept, prune, export")
    actions = baselines.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every stored run")
    show = actions.add_parser("show", help="one stored run")
    show.add_argument("id", help="or the beginning of one")
    history = actions.add_parser("history", help="a metric over the stored runs")
    history.add_argument("scenario")
    history.add_argument("--metric", default="p95", help="default: p95")
    history.add_argument("--endpoint", default="total", help="as 'GET /health' (default: total)")
    history.add_argument("--plot", type=Path, metavar="FILE", help="draw it as well, as an SVG")
    accept = actions.add_parser("accept", help="make a saved measurement the accepted state from now on")
    accept.add_argument("measurement", type=Path, help="measurement.json")
    accept.add_argument("--reason", type=_text, required=True, help="kept with it, and shown")
    prune = actions.add_parser("prune", help="keep only the newest runs")
    prune.add_argument("scenario")
    prune.add_argument("--keep", type=int, required=True)
    export = actions.add_parser("export", help="stored runs for another program, on standard output")
    export.add_argument(
        "--openmetrics",
        action="store_true",
        required=True,
        help="as `promtool tsdb create-blocks-from openmetrics` reads",
    )
    export.add_argument("--scenario", help="default: all")
    for action in (listing, show, history, accept, prune, export):
        _config(action)
        action.add_argument("--baseline-store", metavar="URL", help="folder, URL, or branch instead of the file's")
    for action in (listing, show):
        _json(action)


def _add_plan(commands: Commands) -> None:
    plan = commands.add_parser("plan", help="what a load can show: seconds for a tolerance, changes for a duration")
    _config(plan)
    _json(plan)
    plan.add_argument("--scenario", action="append", metavar="NAME", help="default: all; may be repeated")
    plan.add_argument("--duration", help="of the load, instead of the scenario's, as 2m")
    plan.add_argument("--rate", help="requests a second, instead of the scenario's, as 50/s")
    plan.add_argument("--tolerance", help="instead of the file's, as 5%%")
    plan.add_argument("--baseline-store", metavar="URL", help="folder, URL, or branch instead of the file's")


def _add_self_test(commands: Commands) -> None:
    test = commands.add_parser(
        "self-test", help="does this gate bite? the same code on both sides, then a slower head, many times"
    )
    _config(test)
    _policy(test)
    _out(test)
    _json(test)
    _load(test)
    test.add_argument("--scenario", action="append", metavar="NAME", help="default: the policy's first")
    test.add_argument("--runs", type=int, default=5, help="of the same code on both sides (default: 5)")
    test.add_argument("--slower-runs", type=int, default=3, help="of a slower head (default: 3)")
    test.add_argument(
        "--slower",
        default="20%",
        help="hold up every request to the head by this share of the base's p50 (default: 20%%); a relay does it, so "
        "it works with every kind of stack",
    )
    test.add_argument("--delay", help="hold them up by this long instead, as 5ms")
    test.add_argument(
        "--slower-env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="make the head slower by its environment instead, where the application knows how; may be repeated",
    )
    test.add_argument(
        "--store-baseline",
        choices=["auto", "never"],
        default="auto",
        help="keep what runs of the same code tell about the luck of a start (default: auto)",
    )
    test.set_defaults(base=None, base_env=[], head_env=[], default_branch=None, compare="paired")


def _add_surroundings(commands: Commands) -> None:
    init = commands.add_parser("init", help="write a starter perfgate.yml and a workflow from what is found here")
    _config(init)
    init.add_argument("--openapi", type=Path, help="OpenAPI document, JSON or YAML")
    init.add_argument("--force", action="store_true", help="overwrite perfgate.yml")
    init.add_argument("--no-workflow", action="store_true", help="write no .github/workflows/perfgate.yml")
    check = commands.add_parser("check", help="validate the file and the surroundings, say what is missing")
    _config(check)
    check.add_argument("--stack", choices=["compose", "process", "external"])
    worker = commands.add_parser("worker", help="share a load that a run on another machine leads")
    worker.add_argument("--master", required=True, metavar="HOST:PORT", help="the scenario's `bind`, seen from here")
    worker.add_argument(
        "--locustfile", type=Path, metavar="FILE", help="a Locust file of this machine; default: the master's"
    )
    commands.add_parser("action", help="the whole gate as a step of a GitHub workflow; told by the runner's variables")
    commands.add_parser("action-post", help="take down what an action left behind; started by the runner")
    schema = commands.add_parser("schema", help="the JSON Schema of perfgate.yml, for editors, or of judgement.json")
    schema.add_argument(
        "of", nargs="?", choices=["settings", "judgement"], default="settings", help="default: settings"
    )
