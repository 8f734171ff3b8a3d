"""Files that the user names, read into records: settings, measurements, stored runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from perfgate.errors import BaselineError, SettingsError
from perfgate.records.baseline import StoredRuns
from perfgate.records.criteria import Interface
from perfgate.records.judgement import Judgement
from perfgate.records.measurement import Measurement
from perfgate.settings.model import File
from perfgate.settings.openapi import LARGEST, UnreadableInterfaceError, read_interface
from perfgate.settings.places import Places
from perfgate.settings.reading import read_file

MOST_OF_A_FILE: Final = 2**20  # bytes of a file in which a line is looked for
Known = TypeVar("Known", Measurement, Judgement)


def load_settings(path: Path) -> File:
    return read_file(read_text(path, "run `perfgate init` to write one, or name another with --config"), str(path))


def load_interface(file: File, folder: Path) -> Interface | None:
    """The document that `coverage.openapi` names; None: it names none."""
    name = file.coverage.openapi
    return None if name is None else read_openapi(folder / name, name)


def read_openapi(path: Path, name: str) -> Interface:
    remedy = "give an OpenAPI document of one file, JSON or YAML, as `coverage.openapi` or --openapi names it"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode("utf-8")
        return read_interface(text, name)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} cannot be read: it is not UTF-8 text", remedy=remedy) from error
    except UnreadableInterfaceError as error:
        raise SettingsError(f"{path} {error}", remedy=remedy) from error


def load_places(config: Path) -> Places | None:
    """Where in the repository's files reasons lie, for annotations; of what cannot be read the run tells by itself."""
    text = _known(config)
    if text is None:
        return None
    try:
        file = read_file(text, str(config))
    except SettingsError:
        return None
    names = [*(file.stack.compose.files if file.stack.compose else ())]
    names += [scenario.locustfile for scenario in file.scenarios.values() if scenario.locustfile]
    files = {name: known for name in names if (known := _known(config.parent / name)) is not None}
    return Places.read(config.as_posix(), text, files)


def _known(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST_OF_A_FILE).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def load_measurement(path: Path) -> Measurement:
    return _written_by_run(path, Measurement, "measurement")


def load_judgement(path: Path) -> Judgement:
    return _written_by_run(path, Judgement, "judgement")


def _written_by_run(path: Path, record: type[Known], name: str) -> Known:
    text = read_text(path, f"give the path of a {name}.json that `perfgate run` wrote")
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        raise SettingsError(
            f"{path} is no {name} that this version of PerfGate reads: {_first(error)}",
            remedy=f"give a {name}.json written by `perfgate run`, of the same or an older version",
        ) from error


def load_history(path: Path) -> StoredRuns:
    """The runs that `perfgate run` saved beside a measurement."""
    text = read_text(path, "give the baselines.json that `perfgate run` wrote beside the measurement")
    try:
        return StoredRuns.model_validate_json(text)
    except ValidationError as error:
        raise BaselineError(
            f"{path} holds no stored runs that this version of PerfGate reads: {_first(error)}",
            remedy="give the baselines.json that `perfgate run` wrote beside the measurement",
        ) from error


def read_text(path: Path, remedy: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{path} cannot be read: {why}", remedy=remedy) from error


def _first(error: ValidationError) -> str:
    """The first mistake in one line; pydantic's own text would repeat the whole input."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'the file'}: {first['msg']}"
