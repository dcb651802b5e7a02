"""Plugins of strangers, installed offline: a module and a dist-info folder on the path."""

from __future__ import annotations

from pathlib import Path


def install_plugin(folder: Path, name: str, group: str, point: str, code: str) -> Path:
    """Do what pip does for an entry point; put the folder on PYTHONPATH (or sys.path)."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{point} = {module}\n")
    return folder
