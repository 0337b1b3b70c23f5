"""How do tests spoil a store? Its JSON files edited, with or without the manifest knowing."""

from __future__ import annotations

import json

from vectors.store import manifest


def snapshot(root):
    """Path -> content of every file."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def edit_manifest(root, change):
    path = root / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def refresh(root, file):
    """The manifest learns what the file holds now."""
    about = manifest.digest((root / file).read_bytes())
    edit_manifest(root, lambda content: content["files"][file].update(about))


def edit_group(root, change, group="tiny/some"):
    """Another content of a group file, which the manifest knows."""
    path = root / group / "group.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    refresh(root, f"{group}/group.json")


def entry(group, case_id="tiny/one"):
    return next(case for case in group["cases"] if case["id"] == case_id)
