"""Structs of the protocol as Markdown: headings, sentences, tables of fields, examples. Raises Undocumented."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec
from msgspec import inspect as schema

from scripts.reference.words import FIELDS, Undocumented


def sentence_of(struct: str, parents: tuple[str, ...], field: str) -> str:
    """What a field means. Raises Undocumented."""
    for key in (f"{struct}.{field}", *(f"{parent}.{field}" for parent in parents), field):
        if key in FIELDS:
            return FIELDS[key]
    raise Undocumented(f"{struct}.{field} of the protocol has no sentence in FIELDS.")


def describe(struct: type[msgspec.Struct]) -> str:
    """The struct's docstring as one line."""
    return " ".join(inspect.cleandoc(struct.__doc__ or "").split())


def type_of(kind: schema.Type) -> str:
    """A field's type in a few words."""
    match kind:
        case schema.Metadata():
            return type_of(kind.type)
        case schema.UnionType():
            return " or ".join(type_of(part) for part in kind.types if not isinstance(part, schema.NoneType))
        case schema.BoolType():
            return "true or false"
        case schema.LiteralType():
            return " or ".join(f"“{value}”" for value in kind.values)
        case schema.StrType():
            return "string" + _bounds(kind.min_length, kind.max_length, "characters")
        case schema.IntType():
            return "integer" + _bounds(kind.ge, kind.le)
        case schema.FloatType():
            return "number"
        case schema.DateTimeType():
            return "moment (RFC 3339)"
        case schema.ListType():
            return f"list of {type_of(kind.item_type)}"
        case schema.StructType():
            name = kind.cls.__name__
            return f"[{name}](#{name.lower()})"
    raise Undocumented(f"No words for the type {kind!r}.")


def _bounds(low: float | None, high: float | None, unit: str = "") -> str:
    if high is not None and high > 2**32:  # no limit that anybody meets
        high = None
    if low is None and high is None:
        return ""
    words = f"{low}–{high}" if low is not None and high is not None else f"≥ {low}" if high is None else f"≤ {high}"
    return f", {words} {unit}".rstrip()


def fields_table(struct: type[msgspec.Struct]) -> str:
    """The table of a struct's fields."""
    info = schema.type_info(struct)
    assert isinstance(info, schema.StructType)
    parents = tuple(parent.__name__ for parent in struct.__mro__[1:])
    rows = [
        (
            f"`{field.encode_name}`" + ("" if field.required else " (optional)"),
            type_of(field.type),
            sentence_of(struct.__name__, parents, field.name),
        )
        for field in info.fields
    ]
    return table(("field", "type", "meaning"), rows) if rows else ""


def tag_of(struct: type[msgspec.Struct]) -> str:
    """The `type` of a command or event."""
    info = schema.type_info(struct)
    assert isinstance(info, schema.StructType)
    return str(info.tag)


def frame_section(struct: type[msgspec.Struct], example: dict[str, Any]) -> str:
    """Heading, sentence, fields and example of a command or event."""
    msgspec.convert(example, struct)  # an example that its own struct refuses ends here
    parts = [f"### `{tag_of(struct)}`", describe(struct), fields_table(struct), fenced(example)]
    return "\n\n".join(part for part in parts if part)


def value_section(struct: type[msgspec.Struct]) -> str:
    """Heading, sentence and fields of a value inside frames."""
    return f"### {struct.__name__}\n\n{describe(struct)}\n\n{fields_table(struct)}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def fenced(example: dict[str, Any]) -> str:
    """An example frame as a code block."""
    return f"```json\n{json.dumps(example, ensure_ascii=False)}\n```"
