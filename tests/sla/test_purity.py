from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sla

FILES = sorted(Path(sla.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_float_enters_the_figures(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex)), ast.dump(node)
        assert not (isinstance(node, ast.Name) and node.id in {"float", "round", "math", "complex"}), ast.dump(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not named & {"math", "cmath", "decimal", "statistics", "random", "time"}, ast.dump(node)
