"""Configures Google's clients for the local cloud, with http in `api_endpoint`."""

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials


def connect(client, address):
    return client(
        transport="rest", credentials=AnonymousCredentials(), client_options=ClientOptions(api_endpoint=f"http://{address}")
    )
