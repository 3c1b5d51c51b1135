"""A function that greets its caller."""

import os

import functions_framework


@functions_framework.http
def hello(request):
    """Answers `Hello, NAME!`; the name comes from the query (`?name=Ada`), the greeting from the service's environment."""
    greeting = os.environ.get("GREETING", "Hello")
    name = request.args.get("name", "world")
    return f"{greeting}, {name}!\n"
