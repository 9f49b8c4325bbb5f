"""The protocol as an AsyncAPI document (asyncapi.com, specification 3.0.0)."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from hubbub import __version__, protocol
from scripts.reference.structs import describe, sentence_of, tag_of
from scripts.reference.words import COMMAND_EXAMPLES, EVENT_EXAMPLES, PLAIN_EXAMPLE

INFO = """\
Two WebSocket channels. The full socket speaks hubbub.v1: many rooms on one connection, with catch-up. The plain \
room socket speaks to one room and needs no handshake. docs/protocol.md says how the frames belong together.\
"""


def asyncapi() -> str:
    """The protocol as an AsyncAPI 3.0 document (asyncapi.com, specification 3.0.0)."""
    structs: list[type[msgspec.Struct]] = [*protocol.COMMANDS, *protocol.EVENTS, protocol.PlainPost]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    for struct in (
        *structs,
        protocol.PersonView,
        protocol.RoomView,
        protocol.Limits,
        protocol.Quote,
        protocol.ReactionView,
    ):
        _describe_properties(struct, schemas[struct.__name__])
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Hubbub", "version": __version__, "description": INFO, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "channels": {
            "full": _channel(
                "/ws/",
                "The full socket, subprotocol hubbub.v1.",
                [*protocol.COMMANDS, *protocol.EVENTS],
                {"ticket": {"type": "string", "description": "The ticket of a page: spares the database."}},
            ),
            "room": {
                **_channel(
                    "/ws/chat/{room}/",
                    "The plain room socket. A message is answered by the message itself, or by a refusal.",
                    [protocol.PlainPost, protocol.Message, protocol.Refused],
                    {"since": {"type": "integer", "minimum": 0, "description": "Resume after this number."}},
                ),
                "parameters": {"room": {"description": "The room's name in any spelling, percent-encoded."}},
            },
        },
        "operations": {
            "takeCommands": _operation("receive", "full", protocol.COMMANDS),
            "tell": _operation("send", "full", protocol.EVENTS),
            "takePlainPosts": _operation("receive", "room", (protocol.PlainPost,)),
            "tellRoom": _operation("send", "room", (protocol.Message, protocol.Refused)),
        },
        "components": {"messages": {struct.__name__: _message(struct) for struct in structs}, "schemas": schemas},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _describe_properties(struct: type[msgspec.Struct], described: dict[str, Any]) -> None:
    parents = tuple(parent.__name__ for parent in struct.__mro__[1:])
    for name, part in described["properties"].items():
        if name != "type" and "$ref" not in part:
            part["description"] = sentence_of(struct.__name__, parents, name)


def _channel(
    address: str, description: str, structs: list[type[msgspec.Struct]], query: dict[str, Any]
) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "messages": {s.__name__: {"$ref": f"#/components/messages/{s.__name__}"} for s in structs},
        "bindings": {
            "ws": {"method": "GET", "query": {"type": "object", "properties": query}, "bindingVersion": "0.1.0"}
        },
    }


def _operation(action: str, channel: str, structs: tuple[type[msgspec.Struct], ...]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{struct.__name__}"} for struct in structs],
    }


def _message(struct: type[msgspec.Struct]) -> dict[str, Any]:
    if struct is protocol.PlainPost:
        name, example = "plain post", PLAIN_EXAMPLE
    else:
        name = tag_of(struct)
        example = (COMMAND_EXAMPLES if issubclass(struct, protocol.Command) else EVENT_EXAMPLES)[name]
    return {
        "name": name,
        "summary": describe(struct),
        "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
        "examples": [{"payload": example}],
    }
