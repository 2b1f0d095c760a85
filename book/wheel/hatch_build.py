"""Takes the second wheel's version and requirements from the project's pyproject.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

WHOLE = Path(__file__).resolve().parents[2] / "pyproject.toml"


class WholeProject(MetadataHookInterface):
    """The same version, and the first wheel of exactly that version."""

    def update(self, metadata: dict[str, Any]) -> None:
        project = tomllib.loads(WHOLE.read_text("utf-8"))["project"]
        extras = project["optional-dependencies"]
        metadata["version"] = project["version"]
        metadata["dependencies"] = [
            f"{project['name']}=={project['version']}",
            *extras["chapters"],
            *extras["study"],
        ]
