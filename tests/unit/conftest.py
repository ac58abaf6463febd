"""Unit tests open no socket: what needs one is an integration test."""

import socket

import pytest


class SocketsAreClosed(AssertionError):
    """A unit test tried to reach something outside its process."""


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch):
    def refuse(_self, address, *_rest):
        raise SocketsAreClosed(f"a unit test tried to connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
