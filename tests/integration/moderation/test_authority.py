"""The port to an authority: what counts as taken."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ruche import errors
from ruche.moderation import authority


@pytest.fixture
def served():
    """Starts a server that always answers the same; gives its port and what it was asked."""
    running = []

    def serve(status, **headers):
        asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("content-length", 0)))
                asked.append((self.command, self.headers["Authorization"]))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"number 7")

            do_GET = do_POST  # noqa: N815 - likewise

            def log_message(self, *_):
                """Nothing."""

        server = HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return server.server_port, asked

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


def endpoint(port):
    return authority.Endpoint(f"http://127.0.0.1:{port}/take", "Ada", "the-token")


def test_what_is_taken_gives_their_receipt(served):
    port, asked = served(200)
    assert endpoint(port).send(uuid.uuid4(), b"PK") == "number 7"
    assert asked == [("POST", "Bearer the-token")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_answer_that_points_elsewhere_is_no_receipt_and_takes_the_token_nowhere(served, status):
    elsewhere, asked = served(200)
    port, _ = served(status, Location=f"http://localhost:{elsewhere}/login")
    with pytest.raises(errors.AuthorityAway, match=str(status)):
        endpoint(port).send(uuid.uuid4(), b"PK")
    assert asked == []
