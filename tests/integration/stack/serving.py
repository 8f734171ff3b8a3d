"""The application of these tests: HTTP, breaking when asked to. `python serving.py PORT [OPTION=VALUE ...]`."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import time

PORT = int(sys.argv[1])
OPTIONS = dict(each.split("=", 1) for each in sys.argv[2:])


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/hang":
            time.sleep(60)
        if self.path.startswith("/exit/"):
            self._say(f"asked for {self.path}")
            os._exit(int(self.path.rpartition("/")[2]))
        if self.path.startswith("/signal/"):
            os.kill(os.getpid(), int(self.path.rpartition("/")[2]))
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        body = " ".join(sorted(f"{key}={value}" for key, value in os.environ.items())).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        self._say(str(args[0]) % args[1:])

    def _say(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if "stubborn" in OPTIONS:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen(["sh", "-c", "trap '' TERM; sleep 300; true"])
    if "offspring" in OPTIONS:  # the second one's parent is gone
        subprocess.Popen(["sh", "-c", "sleep 300; true"])
        subprocess.run(["sh", "-c", "sleep 300 &"], check=True)
    if "late" in OPTIONS:
        time.sleep(float(OPTIONS["late"]))
    sys.stdout.write(OPTIONS.get("say", "listening") + "\n")
    sys.stdout.flush()
    http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Answer).serve_forever()
