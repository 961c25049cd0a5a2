#!/usr/bin/env python3
"""How fast the service answers while it works, what listeners cost it, and how long a list of many jobs takes.

    python3 Benchmarks/answers.py PLUMBLINE [--public public] [--seconds 20] [--listeners 200] [--jobs 1000]

Starts a service of its own with a worker on every core, on the bundled sample. Prints, with the processor's name:
- the median, the 99th percentile and the largest time of /healthz and of a page of 100 rows, asked over a kept connection while all cores train
- the processor share of the server process alone with so many clients of /v1/jobs/{id}/events of one running job, and without
- milliseconds of GET /v1/jobs?max_results=1000 with so many finished jobs
"""
import argparse, http.client, json, os, socket, sqlite3, shutil, subprocess, sys, tempfile, threading, time

TICKS = os.sysconf("SC_CLK_TCK")


def processor():
    with open("/proc/cpuinfo") as f: return next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown")


def spent(pid):
    """Seconds of processor time of one process, its children not counted (proc(5))."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Service:
    def __init__(self, a, folder):
        self.process = subprocess.Popen([a.plumbline, "serve", "--port", "0", "--data-dir", f"{folder}/data", "--public-dir", a.public],
                                        stdout=subprocess.PIPE, stderr=open(f"{folder}/log", "a"), text=True)
        self.host = self.process.stdout.readline().split("//")[1].strip()
        self.connection = http.client.HTTPConnection(self.host, timeout=120)

    def ask(self, path, method="GET", body=None):
        self.connection.request(method, path, body, {"Content-Type": "application/json"} if isinstance(body, str) else {})
        answer = self.connection.getresponse(); data = answer.read()
        if answer.status >= 300: sys.exit(f"{method} {path}: {answer.status} {data[:400]}")
        return json.loads(data) if data[:1] in (b"{", b"[") else data

    def until(self, id, *states):
        while True:
            job = self.ask(f"/v1/jobs/{id}")
            if job["state"] in states: return job
            if job["state"] in ("failed", "cancelled"): sys.exit(f"the job {job['state']}: {job['error']}")
            time.sleep(0.3)

    def stop(self):
        self.process.terminate(); self.process.wait()


def times(service, path, seconds, pause):
    taken, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter(); service.ask(path); taken.append((time.perf_counter() - start) * 1e3); time.sleep(pause)
    taken.sort()
    return f"median {taken[len(taken) // 2]:.1f} ms, p99 {taken[int(len(taken) * 0.99)]:.1f} ms, largest {taken[-1]:.1f} ms of {len(taken)}"


def listen(host, path, ready, end):
    name, port = host.rsplit(":", 1)
    with socket.create_connection((name, int(port))) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()); s.settimeout(1)
        ready.release()
        while not end.is_set():
            try:
                if not s.recv(65536): return
            except TimeoutError: pass


def copies(folder, id, count):
    """Copies a finished job in the store, with links to its columns."""
    base = sqlite3.connect(f"{folder}/data/plumbline.sqlite")
    tables = [t for (t,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    def columns(t): return [row[1] for row in base.execute(f"PRAGMA table_info({t})")]
    for n in range(count):
        new = f"job_copy{n:06}"
        names = columns("job")
        base.execute(f"INSERT INTO job ({', '.join(names)}) SELECT {', '.join('?' if c == 'id' else c for c in names)} FROM job WHERE id = ?", (new, id))
        for t in tables:
            if "jobId" in columns(t) and t not in ("idempotency_key", "review"):
                names = [f'"{c}"' for c in columns(t)]
                base.execute(f"INSERT INTO {t} ({', '.join(names)}) SELECT {', '.join('?' if c == chr(34) + 'jobId' + chr(34) else c for c in names)} FROM {t} WHERE jobId = ?", (new, id))
        shutil.copytree(f"{folder}/data/jobs/{id}", f"{folder}/data/jobs/{new}", copy_function=os.link)
    base.commit(); base.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plumbline"); parser.add_argument("--public", default="public"); parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--listeners", type=int, default=200); parser.add_argument("--jobs", type=int, default=1000)
    a = parser.parse_args()
    print(f"{processor()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        service = Service(a, folder)
        try:
            with open(f"{a.public}/samples/mnist-5k.npz", "rb") as f: data = service.ask("/v1/datasets?name=sample", "POST", f.read())
            small = {"dataset": data["id"], "name": "small", "model": {"name": "mlp", "hidden": [32]}, "training": {"epochs": 2}, "ensemble": {"folds": 2, "repeats": 1}}
            small = service.ask("/v1/jobs", "POST", json.dumps(small))["id"]
            service.until(small, "succeeded")
            print("idle, /healthz:               ", times(service, "/healthz", a.seconds / 4, 0.02))
            busy = {"dataset": data["id"], "name": "busy", "training": {"epochs": 200}, "ensemble": {"folds": 5, "repeats": 4}}
            busy = service.ask("/v1/jobs", "POST", json.dumps(busy))["id"]
            service.until(busy, "running"); time.sleep(3)
            print("all cores train, /healthz:    ", times(service, "/healthz", a.seconds, 0.02))
            print("all cores train, 100 rows:    ", times(service, f"/v1/jobs/{small}/scores?length=100&orderby=-aum", a.seconds, 0.05))
            before = spent(service.process.pid); time.sleep(a.seconds)
            alone = (spent(service.process.pid) - before) / a.seconds
            ready, end = threading.Semaphore(0), threading.Event()
            clients = [threading.Thread(target=listen, args=(service.host, f"/v1/jobs/{busy}/events", ready, end)) for _ in range(a.listeners)]
            for c in clients: c.start()
            for _ in clients: ready.acquire()
            time.sleep(2)
            before = spent(service.process.pid); time.sleep(a.seconds)
            share = (spent(service.process.pid) - before) / a.seconds
            end.set()
            for c in clients: c.join()
            print(f"{a.listeners} listeners on a running job: {share * 100:.1f} % of a core, {alone * 100:.1f} % without them")
            service.ask(f"/v1/jobs/{busy}", "DELETE")
        finally: service.stop()
        copies(folder, small, a.jobs)
        service = Service(a, folder)
        try:
            taken = []
            for _ in range(5):
                start = time.perf_counter(); count = len(service.ask("/v1/jobs?max_results=1000")["jobs"]); taken.append((time.perf_counter() - start) * 1e3)
            print(f"list of {count} jobs: {min(taken):.0f} to {max(taken):.0f} ms")
        finally: service.stop()


if __name__ == "__main__": main()
