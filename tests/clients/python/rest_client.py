"""How Google's clients are told where the local cloud is: their REST transport takes plain http in `api_endpoint`."""

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials


def connect(client, address):
    return client(
        transport="rest", credentials=AnonymousCredentials(), client_options=ClientOptions(api_endpoint=f"http://{address}")
    )
