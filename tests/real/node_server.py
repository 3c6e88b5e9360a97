"""One HTTP node for tests: `node_server.py PORT NAME`. /health is well or ill; /maint turns it."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Node(BaseHTTPRequestHandler):
    ill = False

    def do_GET(self) -> None:
        if self.path == "/maint":
            Node.ill = not Node.ill
        status = 503 if Node.ill and self.path == "/health" else 200
        body = json.dumps({"status": "draining" if status == 503 else "UP", "node": sys.argv[2], "host": self.headers["Host"]})
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Node).serve_forever()
