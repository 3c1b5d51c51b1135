"""Configures Google's clients for the local cloud, over the transport in TRANSPORT: grpc or rest."""

import os

import grpc_client
import rest_client

TRANSPORT = os.environ.get("TRANSPORT", "rest")


def connect(client, address):
    over = {"grpc": grpc_client, "rest": rest_client}[TRANSPORT]
    return over.connect(client, address)
