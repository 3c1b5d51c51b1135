"""An HTTP server in this process, which collects requests."""

import http.server
import queue
import threading

SOON = 20


class Endpoint:
    """Collects requests and responds with the given statuses. The last status repeats."""

    def __init__(self, *statuses):
        endpoint, self.requests, remaining = self, queue.Queue(), list(statuses)

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                endpoint.requests.put((self.command, self.headers, body))
                self.send_response(remaining.pop(0) if len(remaining) > 1 else remaining[0])
                self.send_header("content-length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/work"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.requests.get(timeout=SOON)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
