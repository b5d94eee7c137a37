"""Files made from contracts and catalogue: JSON Schemas, the AsyncAPI document, the indicator reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from msgspec.json import schema_components

from schemas.asyncapi import document
from schemas.contracts import CONTRACTS, TOPICS, Topic
from schemas.examples import EXAMPLES
from schemas.reference import indicator_page

GENERATED = Path("schemas/generated")


def write(root: Path) -> list[str]:
    """Bring all generated files below the repository's root up to date; returns the paths that changed."""
    changed = check(root)
    wanted = artefacts()
    for name in changed:
        path = root / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[name], "utf-8", newline="\n")
        else:
            path.unlink()
    return changed


def check(root: Path) -> list[str]:
    """Paths (relative, sorted) that are missing, not as generated, or left over in the generated folder."""
    wanted = artefacts()
    present = {path.relative_to(root).as_posix() for path in (root / GENERATED).glob("*") if path.is_file()}
    return sorted(name for name in wanted.keys() | present if _read(root / name) != wanted.get(name))


def artefacts() -> dict[str, str]:
    """The text of every generated file by its path below the repository's root."""
    files = {f"{GENERATED}/{topic}.schema.json": _json(message_schema(topic)) for topic in TOPICS}
    files[f"{GENERATED}/asyncapi.json"] = _json(document())
    files["docs/indicators.md"] = indicator_page()
    return files


def message_schema(topic: Topic) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a message value of the topic: one object, or an array of them."""
    contract = CONTRACTS[topic]
    (reference,), definitions = schema_components((contract,), ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:gridpulse:{topic}",
        "title": f"gridpulse.{topic}",
        "description": f"A message on gridpulse.{topic}: one record, or an array of records.",
        "anyOf": [reference, {"type": "array", "items": reference}],
        "examples": [EXAMPLES[topic]],
        "$defs": definitions,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
