"""The socket of one room: whatever one says goes to the group, the group sends it to each."""

from typing import Any

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class Room(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """A member of one room: `{"message": …}` in, the same out."""

    async def connect(self) -> None:
        self.group = "room_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: dict[str, Any]) -> None:
        await self.channel_layer.group_send(self.group, {"type": "room.message", "message": content["message"]})

    async def room_message(self, event: dict[str, Any]) -> None:
        await self.send_json({"message": event["message"]})
