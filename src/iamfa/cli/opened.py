"""A secret address opened in the browser, without naming it on a command line, which every process could read.

The browser is sent to a one-time address on loopback, and from there, by 302, to where it shall go.
"""

from __future__ import annotations

import threading
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from secrets import token_urlsafe

from iamfa.errors import IamfaError
from iamfa.secret import Secret

SECONDS = 60
"""How long the browser may take to come."""


def open_in_browser(link: Secret) -> None:
    """Open the address. Raises `IamfaError` where no browser can be opened, or it does not come for it."""
    place = f"/{token_urlsafe(24)}"
    came: list[bool] = []

    class Once(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            right = self.path == place and not came
            self.send_response(302 if right else 404)
            if right:
                came.append(True)
                self.send_header("Location", link.reveal())
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing of it is logged."""

    with HTTPServer(("127.0.0.1", 0), Once) as server:
        server.timeout = 0.1
        address = f"http://127.0.0.1:{server.server_port}{place}"
        opened: list[bool] = []
        # A browser of the terminal holds `open` until it is closed, and is answered meanwhile.
        threading.Thread(target=lambda: opened.append(webbrowser.open(address)), daemon=True).start()
        end = time.monotonic() + SECONDS
        while not came and time.monotonic() < end:
            if opened == [False]:
                raise IamfaError("no browser can be opened here", hint="leave --open away, and open the link yourself")
            server.handle_request()
    if not came:
        raise IamfaError("the browser did not come for the link", hint="leave --open away, and open the link yourself")
