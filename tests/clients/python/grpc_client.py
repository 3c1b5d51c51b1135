"""Configures Google's clients for the local cloud, over gRPC without TLS."""

import grpc


def connect(client, address):
    transport = client.get_transport_class("grpc")
    return client(transport=transport(channel=grpc.insecure_channel(address)))
