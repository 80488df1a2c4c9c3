"""Ports that tests give to servers which are started later."""

from __future__ import annotations

import socket

import pytest

from tests.support.ports import free_port


def listening(port: int = 0) -> socket.socket:
    """A server as all of them are started."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    return server


def test_a_port_is_given_to_nobody_else_and_refuses_until_its_server_listens() -> None:
    """Neither to who asks for one after it, nor to a server that takes any."""
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    others = [listening() for _ in range(200)]
    assert not {other.getsockname()[1] for other in others} & set(ports)
    for other in others:
        other.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports[0]))
    for _ in range(2):  # started, and started again
        with listening(ports[0]), socket.create_connection(("127.0.0.1", ports[0])):
            pass
