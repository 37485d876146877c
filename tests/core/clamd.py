"""A scanner that speaks clamd's INSTREAM, for the tests: it knows one virus, by the EICAR mark."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# Every scanner reports this text; in two halves, so that none reports this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Scanner:
    """Takes streams and remembers them; ``answer`` replaces what it would say.

    ``during`` is called while somebody waits for the answer.
    """

    def __init__(self, listening: socket.socket, address: str) -> None:
        self.listening = listening
        self.address = address
        self.seen: list[bytes] = []
        self.answer: bytes | None = None
        self.during: Callable[[], object] | None = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return  # closed
            with line:
                self._scan(line)

    def _scan(self, line: socket.socket) -> None:
        reader = line.makefile("rb")
        if reader.read(10) != b"zINSTREAM\x00":
            line.sendall(b"UNKNOWN COMMAND\x00")
            return
        content = b""
        while size := struct.unpack("!I", reader.read(4))[0]:
            content += reader.read(size)
        self.seen.append(content)
        if self.during is not None:
            self.during()
        found = b"stream: Eicar-Signature FOUND" if EICAR in content else b"stream: OK"
        line.sendall((found if self.answer is None else self.answer) + b"\x00")

    def stop(self) -> None:
        """End it; who asks now is refused."""
        # A thread in accept() is not woken by close alone.
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)


@contextmanager
def scanner(kind: str = "unix") -> Iterator[Scanner]:
    """A scanner on a socket of the file system or of the network."""
    with TemporaryDirectory() as folder:
        if kind == "unix":
            address = str(Path(folder) / "clamd")
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(address)
        else:
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{listening.getsockname()[1]}"
        listening.listen()
        running = Scanner(listening, address)
        try:
            yield running
        finally:
            if listening.fileno() >= 0:
                running.stop()
