"""Names what the pictures of a camera show, over protocol/SPEC.md. It needs one package: pip install websockets

    python3 examples/client.py http://localhost:3000 frames/          the JPEG files of a folder, in the order of their names
    TOKEN=... python3 examples/client.py https://lens.example 1.jpg   one file

For a live camera yield cv2.imencode(".jpg", frame)[1].tobytes() of OpenCV in `pictures`.
"""
import json
import os
import struct
import sys
import time
from pathlib import Path

from websockets.sync.client import connect

JPEG, VERSION = 1, 1


def pictures(place):
    for file in sorted(place.glob("*.jp*g")) if place.is_dir() else [place]:
        for _ in range(3):  # A thing is named when frames agree.
            yield file.name, file.read_bytes()


def answers(socket, seq):
    """The answer to a frame: each gets exactly one."""
    for message in map(json.loads, socket):
        if message["type"] in ("error", "goaway"):
            sys.exit(f"The server ends the stream: {message.get('message') or message['reason']}")
        if message["type"] in ("labels", "dropped") and message["seq"] == seq:
            return message
    sys.exit("The connection was lost.")


url, place = sys.argv[1].rstrip("/").replace("http", "ws", 1), Path(sys.argv[2])
with connect(f"{url}/v1/stream", subprotocols=["livelens.v1"]) as socket:
    hello = {"type": "hello", **({"token": os.environ["TOKEN"]} if "TOKEN" in os.environ else {})}
    socket.send(json.dumps(hello))
    welcome = json.loads(socket.recv())
    if welcome["type"] != "welcome":
        sys.exit(f"{welcome.get('code', welcome['type'])}: {welcome.get('message', '')}")
    for seq, (name, jpeg) in enumerate(pictures(place)):
        header = struct.pack("<BBBBId", VERSION, JPEG, 0, 0, seq, time.monotonic() * 1000)
        socket.send(header + jpeg)
        for label in answers(socket, seq).get("labels", []):
            print(name, label["id"], label["label"], f"{label['score']:.2f}", label.get("box"), flush=True)
