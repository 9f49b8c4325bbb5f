"""Serve the intranet with Hubbub's WebSocket class, which writes ready bytes: python -m intranet.serve 8001."""

import sys

import uvicorn

if __name__ == "__main__":
    uvicorn.run(
        "intranet.asgi:application",
        port=int(sys.argv[1]),
        ws="hubbub.server.websocket:WebSocket",
        ws_max_size=65536,
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
    )
