"""The page about traffic shows what is accepted."""

import re
from pathlib import Path

import pytest
import yaml

from perfgate.settings.traffic import Traffic

PAGE = (Path(__file__).parents[3] / "docs" / "traffic.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_its_settings_are_read(block: str) -> None:
    shown = yaml.safe_load(block)
    Traffic.model_validate(shown if isinstance(shown, dict) else {"requests": shown})


def test_its_locust_file_is_python() -> None:
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    compile(code, "docs/traffic.md", "exec")
