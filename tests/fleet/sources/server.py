"""An https server with files, git repositories and misbehaving URLs, for tests of sources.

Argument: a folder with cert.pem, key.pem, files/ and git/. Prints its port. Exits when its standard input closes.
"""

import http.server
import os
import ssl
import subprocess
import sys
import threading

FOLDER = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, query = self.path.partition("?")
        with open(os.path.join(FOLDER, "requests.log"), "a") as log:
            log.write(f"{self.command} {self.headers['Host']} {self.path}\n")
        if path.startswith(("/git/", "/old/")):
            self.git(path, query)
        elif path.startswith("/redirect"):
            self.answer(302, location="https://elsewhere.example:444/signed?token=hunter2")
        elif path.startswith("/status/"):
            self.answer(int(path.split("/")[2]))
        elif path.startswith("/once/"):
            self.once(path)
        elif path.startswith("/endless"):
            self.endless()
        else:
            self.file(os.path.join(FOLDER, "files", os.path.basename(path)))

    do_POST = do_GET

    def file(self, name):
        if not os.path.exists(name):
            self.answer(404)
            return
        with open(name, "rb") as file:
            self.answer(200, file.read())

    def once(self, path):
        """Fails the first time, and succeeds after that."""
        mark = os.path.join(FOLDER, "asked")
        if os.path.exists(mark):
            self.file(os.path.join(FOLDER, "files", os.path.basename(path)))
        else:
            open(mark, "w").close()
            self.answer(503)

    def endless(self):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        block = bytes(1 << 20)
        while True:
            self.wfile.write(block)

    def git(self, path, query):
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": os.path.join(FOLDER, "git"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "PATH_INFO": path[len("/git"):],
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        # A server older than protocol 2 serves only the revisions that it lists.
        if path.startswith("/git/"):
            environment["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = int(headers.get("Status", "200").split()[0])
        self.answer(status, content, kind=headers.get("Content-Type"))

    def answer(self, status, content=b"", location=None, kind=None):
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.path.join(FOLDER, "cert.pem"), os.path.join(FOLDER, "key.pem"))
# The handler does the handshake, so that one client cannot block the others.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
