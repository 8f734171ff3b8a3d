"""Git's objects in memory, under the names that git itself gives them; as much as GitHub's git data interface shows."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from typing import Any

Entry = tuple[str, str, str]  # mode, type, sha


@dataclass
class GitObjects:
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, dict[str, Entry]] = field(default_factory=dict)
    commits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add_blob(self, data: bytes) -> str:
        sha = _name("blob", data)
        self.blobs[sha] = data
        return sha

    def add_tree(self, files: dict[str, tuple[str, str]]) -> str:
        """Paths to mode and sha of blobs; folders are made as needed."""
        folders: dict[str, dict[str, tuple[str, str]]] = {}
        entries: dict[str, Entry] = {}
        for path, (mode, sha) in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = (mode, sha)
            else:
                entries[first] = (mode, "blob", sha)
        for folder, inside in folders.items():
            entries[folder] = ("040000", "tree", self.add_tree(inside))
        packed = b"".join(
            f"{mode.lstrip('0')} {name}".encode() + b"\0" + bytes.fromhex(sha)
            for name, (mode, _, sha) in sorted(entries.items(), key=lambda each: _git_order(each[0], each[1]))
        )
        tree = _name("tree", packed)
        self.trees[tree] = entries
        return tree

    def files(self, tree: str) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for name, (mode, kind, sha) in self.trees[tree].items():
            if kind == "tree":
                found |= {f"{name}/{path}": entry for path, entry in self.files(sha).items()}
            else:
                found[name] = (mode, sha)
        return found

    def add_commit(self, tree: str, parents: list[str], message: str) -> str:
        commit = {"tree": tree, "parents": parents, "message": message}
        sha = _name("commit", json.dumps(commit, sort_keys=True).encode())
        self.commits[sha] = commit
        return sha

    def descends(self, commit: str, ancestor: str) -> bool:
        todo, seen = [commit], set()
        while todo:
            each = todo.pop()
            if each == ancestor:
                return True
            if each not in seen:
                seen.add(each)
                todo += self.commits[each]["parents"]
        return False

    def archive(self, commit: str, top: str) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for path, (_, sha) in sorted(self.files(self.commits[commit]["tree"]).items()):
                member = tarfile.TarInfo(f"{top}/{path}")
                member.size = len(self.blobs[sha])
                archive.addfile(member, io.BytesIO(self.blobs[sha]))
        return packed.getvalue()


def _name(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}".encode() + b"\0" + data).hexdigest()


def _git_order(name: str, entry: Entry) -> str:
    return name + "/" if entry[1] == "tree" else name
