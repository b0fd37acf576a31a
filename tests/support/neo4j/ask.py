"""Asks the process that owns a test server to stop or start it: ``python ask.py SOCKET stop|start``.

Run by path as an operator's command would be, from any folder, so it imports nothing of ours. Answered by operating.
"""

import socket
import sys


def ask(address: str, word: str) -> str:
    """What the owner answers: ``done``, or why not."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        connection.sendall(f"{word}\n".encode())
        return connection.makefile(encoding="utf-8").readline().strip()


if __name__ == "__main__":
    answer = ask(sys.argv[1], sys.argv[2])
    sys.exit(0 if answer == "done" else answer or "no answer")
