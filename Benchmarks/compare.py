#!/usr/bin/env python3
"""Our engine against what a user would run instead, in turn on the same machine; ratios above 1 mean ours is ahead.

    make bench                       everything (hours)
    make bench BENCH=knn             entries whose name begins so

Each pair runs ours and the yardstick one after the other; a table gives the median ratio and its range. Times mean
nothing beyond this machine and this hour, ratios do. Written to results/machines/NAME.json after every entry, NAME being the
processor's and the number of cores; entries that were not run keep their last figure. `compare.py --table` prints all machines
side by side. BENCH_ISA=avx2 runs both sides as on a processor that has no more, into a file of its own.

Fixed for all: both sides may use every core. Ours does it as the service does, one single-threaded worker a core; the
yardstick with as many threads as there are cores. k = 30, self not excluded by faiss (a search for 31 finds it).
"""
import argparse, datetime, gzip, json, os, platform, re, statistics, subprocess, sys, tarfile, tempfile, time
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
CORES = os.cpu_count()
# Networks whose scores do not depend on the precision (ModelCatalog.agreeing; results/precision*.json).
AGREEING = {"cnn", "mlp", "resnet20"}
MACHINES = os.path.join(HERE, "results", "machines")


def processor():
    """The processor's own name, with family and model where the name says little."""
    facts = dict(line.split(":", 1) for line in open("/proc/cpuinfo").read().split("\n\n")[0].splitlines() if ":" in line)
    facts = {k.strip(): v.strip() for k, v in facts.items()}
    return f"{facts.get('model name', 'unknown')}, family {facts.get('cpu family')} model {facts.get('model')}"


# As on a processor that has less: both sides are limited alike (oneDNN's ISA here and in PyTorch, ATen's and MKL's there).
LIMIT = os.environ.get("BENCH_ISA")
if LIMIT == "avx2": os.environ.update(ONEDNN_MAX_CPU_ISA="AVX2", DNNL_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2", MKL_ENABLE_INSTRUCTIONS="AVX2")
elif LIMIT: sys.exit("BENCH_ISA is avx2, or not set")


def isa():
    if LIMIT: return LIMIT
    flags = open("/proc/cpuinfo").read().split()
    return next((name for name, flag in (("amx", "amx_tile"), ("avx512_bf16", "avx512_bf16"), ("avx512", "avx512f"), ("avx2", "avx2")) if flag in flags), "sse4")


def slug(): return "-".join(re.findall("[a-z0-9]+", processor().lower())) + f"-{CORES}-cores" + (f"-as-{LIMIT}" if LIMIT else "")


RESULTS = os.path.join(MACHINES, slug() + ".json")


def table():
    """All machines side by side, in Markdown."""
    machines = {f[:-5]: json.load(open(os.path.join(MACHINES, f))) for f in sorted(os.listdir(MACHINES)) if f.endswith(".json")}
    rows = sorted({r["name"] for results in machines.values() for r in results})
    print("| entry: ratio (ours, theirs) | " + " | ".join(results[-1]["machine"] for results in machines.values()) + " |")
    print("| --- |" + " --- |" * len(machines))
    for name in rows:
        cells = []
        for results in machines.values():
            r = next((r for r in results if r["name"] == name), None)
            cells.append(f"**{r['ratio']:.2f}** ({r['ours']:.4g}, {r['yardstick']:.4g} {r['unit']}; {r.get('note', '')})" if r else "")
        print(f"| {name} | " + " | ".join(cells) + " |")


def idx(tar, name):
    with tarfile.open(tar) as t:
        raw = gzip.decompress(t.extractfile(next(m for m in t if os.path.basename(m.name).startswith(name))).read())
    shape = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


class Bench:
    def __init__(self, options):
        self.options, self.work = options, tempfile.mkdtemp(prefix="bench-", dir=options.scratch)
        self.kernel = None
        self.results = {r["name"]: r for r in json.load(open(RESULTS))} if os.path.exists(RESULTS) else {}

    def wants(self, name): return any(name.startswith(p) or p.startswith(name) for p in self.options.entries) or not self.options.entries

    def record(self, name, unit, pairs, higher_is_better=False, note=None):
        """pairs: (ours, yardstick) in the unit; ratio > 1 where ours is ahead."""
        ratios = [(o / y if higher_is_better else y / o) for o, y in pairs]
        self.results[name] = {
            "name": name, "ours": statistics.median(o for o, _ in pairs), "yardstick": statistics.median(y for _, y in pairs),
            "unit": unit, "ratio": statistics.median(ratios), "range": [min(ratios), max(ratios)], "runs": len(pairs),
            "machine": f"{processor()}, {CORES} cores, {isa()}", "date": datetime.date.today().isoformat(), **({"note": note} if note else {})}
        r = self.results[name]
        print(f"{name:38} ours {r['ours']:10.4g}  yardstick {r['yardstick']:10.4g} {unit:10} ratio {r['ratio']:6.2f}  ({min(ratios):.2f} to {max(ratios):.2f}, {len(pairs)} pairs)", flush=True)
        os.makedirs(os.path.dirname(RESULTS), exist_ok=True)
        with open(RESULTS, "w") as f: json.dump(sorted(self.results.values(), key=lambda r: r["name"]), f, indent=1); f.write("\n")

    def engine(self, *words): return [self.options.engine, *map(str, words)]

    def ours(self, *commands, threads=1):
        """Runs commands at once, each with so many threads; their JSON."""
        running = [subprocess.Popen(c, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)}) for c in commands]
        out = [p.communicate()[0] for p in running]
        if any(p.returncode for p in running): raise SystemExit("the engine failed: " + " ".join(commands[0]))
        return [json.loads(o.splitlines()[-1]) for o in out]

    # Training

    def precisions(self): return ["f32", "bf16"] if isa() in ("avx512_bf16", "amx") else ["f32"]

    def measured(self, network):
        """The way that a service on this machine would take by itself, and what it measured: as many at once as there are cores."""
        running = [subprocess.Popen([self.options.plumbline, "measure", "--subject", network], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(CORES)]
        told = [json.loads(p.stdout.read())["values"]["per_second"] for p in running]
        for p in running: p.stdin.close(); p.wait()
        rates = {way: sum(t[way] for t in told) for way in told[0] if all(way in t for t in told)}
        best, rate = "f32", rates["f32"]
        for way in ("f32_library", "bf16"):
            if way in rates and rates[way] > 1.03 * rate and (way != "bf16" or network in AGREEING): best, rate = way, rates[way]
        return best, {k: round(v) for k, v in rates.items()}

    def train(self):
        bf16 = "bf16" in self.precisions()
        # Compiled code does not know of the limit and fails with it.
        variants = ["eager", "channels_last"] + ([] if LIMIT else ["compile"]) + (["bf16+channels_last"] if bf16 else [])
        for network, side, channels, steps in (("mlp", 28, 1, 400), ("cnn", 28, 1, 30), ("resnet20", 32, 3, 12), ("resnet18", 32, 3, 3)):
            if not self.wants(f"train/{network}"): continue
            words = ["--hidden", "512-256"] if network == "mlp" else []
            chosen, rates = self.measured(network)
            ways = self.precisions() + (["f32_library"] if network != "mlp" else [])
            ours, theirs = {p: [] for p in ways}, {v: [] for v in variants}
            for _ in range(self.options.pairs):
                for p in ours:
                    ours[p].append(sum(r["samples_per_second"] for r in self.ours(*[self.engine(
                        "train", "--network", network, "--side", side, "--channels", channels, "--steps", steps, "--path", p, *words)] * CORES)))
                for v in variants:
                    theirs[v].append(float(subprocess.run([sys.executable, f"{HERE}/torch_steps.py", network, v, str(steps), str(CORES)],
                                                          stdout=subprocess.PIPE, text=True, check=True).stdout))
            def best(among): return max(among, key=lambda v: statistics.median(theirs[v]))
            fastest = max(ways, key=lambda p: statistics.median(ours[p]))
            self.record(f"train/{network}/default-vs-torch-best", "samples/s", list(zip(ours[chosen], theirs[best(variants)])), True,
                        f"what a user gets: {chosen}, chosen by a measurement ({rates}); PyTorch's best of all: {best(variants)}")
            self.record(f"train/{network}/default-vs-our-best", "samples/s", list(zip(ours[chosen], ours[fastest])), True, f"{chosen}; the best of our ways is {fastest}")
            single = best(v for v in variants if "bf16" not in v)
            self.record(f"train/{network}/f32-vs-torch-best", "samples/s", list(zip(ours["f32"], theirs[single])), True, f"PyTorch's best in float32: {single}")
            self.record(f"train/{network}/vs-torch-eager-f32", "samples/s", list(zip(ours[self.precisions()[-1]], theirs["eager"])), True,
                        f"ours in {self.precisions()[-1]}, what most scripts do in float32")
            if bf16: self.record(f"train/{network}/bf16-vs-torch-best", "samples/s", list(zip(ours["bf16"], theirs[best(variants)])), True, f"PyTorch's best of all: {best(variants)}")
        if self.wants("peak/cnn"):
            p = self.precisions()[-1]; runs = []
            for _ in range(self.options.pairs):
                step = self.ours(*[self.engine("train", "--network", "cnn", "--steps", 60, "--path", p)] * CORES)
                peak = self.ours(*[self.engine("multiply", "--precision", p)] * CORES)
                runs.append((sum(r["samples_per_second"] * r["gigaflops_per_sample"] for r in step), sum(r["gigaflops"] for r in peak)))
            self.record("peak/cnn/step-vs-matrix-product", "GFLOP/s", runs, True, f"{p}; the yardstick is oneDNN's matrix product, 512 x 512 x 4096")
        # Why a worker has one thread: as many workers with one each, against one worker with all of them.
        for network, side, channels, steps in (("mlp", 28, 1, 400), ("cnn", 28, 1, 30), ("resnet20", 32, 3, 12)):
            if not self.wants(f"threads/{network}"): continue
            words = ["train", "--network", network, "--side", side, "--channels", channels, "--steps", steps, "--path", self.precisions()[-1],
                     *(["--hidden", "512-256"] if network == "mlp" else [])]
            runs = [(sum(r["samples_per_second"] for r in self.ours(*[self.engine(*words)] * CORES)),
                     self.ours(self.engine(*words, "--threads", CORES), threads=CORES)[0]["samples_per_second"]) for _ in range(self.options.pairs)]
            self.record(f"threads/{network}/workers-vs-threads", "samples/s", runs, True, f"{CORES} workers of one thread; the yardstick is one worker of {CORES}")
        if not bf16: print("train/*/bf16-vs-torch-best: not run, this processor has no bfloat16")

    # Neighbours

    def activations(self):
        folder = os.path.join(self.work, "activations")
        if not os.path.exists(folder):
            os.makedirs(folder)
            tar = f"{self.options.data}/fashion_mnist_idx.tar"
            x = np.concatenate([idx(tar, "train-images"), idx(tar, "t10k-images")]); y = np.concatenate([idx(tar, "train-labels"), idx(tar, "t10k-labels")])
            np.save(f"{folder}/x.npy", x); np.save(f"{folder}/y.npy", y.astype(np.int64))
            # Of these the searches take the first.
            n = self.options.references; np.save(f"{folder}/x-part.npy", x[:n]); np.save(f"{folder}/y-part.npy", y[:n].astype(np.int64))
        return folder

    def layer(self, name):
        folder = self.activations()
        if not os.path.exists(f"{folder}/{name}.npy"):
            self.ours(self.engine("embed", "--pixels", f"{folder}/x-part.npy", "--labels", f"{folder}/y-part.npy", "--output", folder,
                                  "--epochs", 2, "--probe", name))
        return f"{folder}/{name}.npy"

    def faiss(self, references, queries):
        """Seconds of faiss, by the kernel of its BLAS that is the fastest here: what it chooses by itself may be a generic one."""
        np.save(f"{self.work}/references.npy", references); np.save(f"{self.work}/queries.npy", queries)
        def run(kernel, part):
            env = {**os.environ, **({"OPENBLAS_CORETYPE": kernel} if kernel else {})}
            out = subprocess.run([sys.executable, f"{HERE}/faiss_search.py", f"{self.work}/references.npy", f"{self.work}/queries.npy", str(part), str(CORES)],
                                 stdout=subprocess.PIPE, text=True, env=env, check=True).stdout
            return json.loads(out)
        if self.kernel is None:
            tried = {k: run(k, min(len(queries), 2000)) for k in ("", "SKYLAKEX", "ZEN", "HASWELL")}
            self.kernel = min(tried, key=lambda k: tried[k]["seconds"])
            print("faiss by kernel of its BLAS:", {f"{k or 'its own choice'} ({t['kernel']})": round(t["seconds"], 3) for k, t in tried.items()}, flush=True)
        return run(self.kernel, len(queries))["seconds"]

    def search(self, path, references, flat):
        """Seconds of a search, every core having one of its own, and so for a search by all of them together."""
        words = ["neighbors", "--activations", path, "--references", references] + (["--flat"] if flat else [])
        out = self.ours(*[self.engine(*words)] * CORES)
        return statistics.mean(r["seconds"] for r in out) / CORES, out[0]

    def neighbors(self):
        rng = np.random.default_rng(0)
        for d, n in ((512, 20000), (4096, 12000)):
            name = f"knn/exact-all-pairs-{d}/vs-faiss"
            if not self.wants(name): continue
            x = rng.standard_normal((n, d)).astype("f4"); path = f"{self.work}/pairs.npy"; np.save(path, x)
            pairs = [(self.search(path, n, True)[0], self.faiss(x, x)) for _ in range(self.options.pairs)]
            self.record(name, "s", pairs, note=f"{n} x {n}, without pruning")
        self.many_references()
        for layer, d in (("pool1", 6272), ("conv3", 12544), ("conv1", 25088)):
            name = f"knn/pruned-{'conv' if layer == 'conv3' else layer}/vs-faiss"
            if not self.wants(name): continue
            path = self.layer(layer); x = np.load(path, mmap_mode="r"); n, part = len(x), 400
            pairs = []
            for _ in range(self.options.long_pairs):
                ours, facts = self.search(path, n, False)
                theirs = self.faiss(np.ascontiguousarray(x), np.ascontiguousarray(x[:part])) * n / part
                pairs.append((ours, theirs))
            self.record(name, "s", pairs, note=f"real activations, {n} references and queries, d = {d}; faiss scaled from {part} queries; "
                                               f"{facts['verified_share']:.4f} of the pairs compared in full")
            os.remove(path)

    def many_references(self):
        """60,000 references and 10,000 queries more, random rows, without pruning: ours answers all 70,000 as a job does,
        faiss and scikit-learn a few of them, scaled."""
        for d, part in ((64, 2000), (512, 1000), (4096, 400)):
            names = [f"knn/60k-{d}/vs-{other}" for other in ("faiss", "scikit-learn")]
            if not any(map(self.wants, names)): continue
            from sklearn.neighbors import NearestNeighbors
            x = np.random.default_rng(1).standard_normal((70000, d), "f4"); path = f"{self.work}/many.npy"; np.save(path, x)
            runs = {name: [] for name in names}
            for _ in range(self.options.long_pairs):
                ours, _ = self.search(path, 60000, True)
                index = NearestNeighbors(n_neighbors=31, algorithm="brute", n_jobs=CORES).fit(x[:60000])
                start = time.perf_counter(); index.kneighbors(x[60000:60000 + part]); brute = time.perf_counter() - start
                theirs = self.faiss(x[:60000], x[60000:60000 + part]), brute
                for name, seconds in zip(names, theirs): runs[name].append((ours, seconds * 70000 / part))
            for name in names: self.record(name, "s", runs[name], note=f"60,000 references, 70,000 queries, random rows; theirs scaled from {part} queries")
            os.remove(path)

    # The whole job

    def write_spec(self, task, x, held, model, epochs, rate, precision="f32"):
        """A worker's task in a folder that holds examples.npy (of x) and labels.npy already."""
        channels = 1 if x.ndim == 3 else x.shape[3]; pixels = x[held == 0].reshape(-1, *x.shape[1:3], channels)
        np.save(f"{task}/held_out.npy", held)
        spec = {"spec_version": 1, "key": "0" * 64, "train_key": "0" * 64, "member": 0, "seed": 1, "threads": 1, "labels": "labels.npy", "held_out": "held_out.npy",
                "dataset": {"directory": task, "kind": "images", "shape": [*x.shape[1:3], channels], "num_examples": len(x), "num_classes": 10,
                            "mean": [float(pixels[..., c].mean() / 255) for c in range(channels)], "std": [float(pixels[..., c].std() / 255) for c in range(channels)]},
                "model": model, "observe": "presentation", "probes": {"k": 30, "neighbors": "exact", "tie_seed": 1},
                "training": {"epochs": epochs, "batch_size": 128, "learning_rate": rate, "momentum": 0.9, "schedule": "cosine", "step_factor": 0.1,
                             "warmup_fraction": 0.05, "weight_decay": 0, "precision": precision, "seed": 0}}
        json.dump(spec, open(f"{task}/spec.json", "w"))

    def workers(self, tasks):
        """Seconds until workers that run at once have done these tasks, one each."""
        start = time.perf_counter()
        running = [subprocess.Popen([self.options.plumbline, "worker", "--task", t], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for t in tasks]
        codes = [p.wait() for p in running]
        if any(codes): raise SystemExit(f"a worker failed: {codes}")
        return time.perf_counter() - start

    def growth(self):
        """How time grows with examples, and with members: the yardstick is growth in proportion."""
        if not self.wants("growth/"): return
        folder = self.activations(); x = np.load(f"{folder}/x.npy"); y = np.load(f"{folder}/y.npy").astype("i4")
        mlp = {"name": "mlp", "hidden": [512, 256]}
        def tasks(n, count):
            made = []
            for member in range(count):
                task = f"{self.work}/growth-{n}-{member}"; made.append(task)
                if os.path.exists(task): continue
                os.makedirs(task); np.save(f"{task}/examples.npy", x[:n, ..., None]); np.save(f"{task}/labels.npy", y[:n])
                held = np.zeros(n, "u1"); held[:n // 5] = 1; self.write_spec(task, x[:n], held, mlp, 10, 0.05)
            return made
        for n in (10000, 20000, 60000):
            pairs = []
            for _ in range(self.options.long_pairs):
                pairs.append((self.workers(tasks(n, CORES)), self.workers(tasks(5000, CORES)) * n / 5000))
            self.record(f"growth/examples-5k-to-{n // 1000}k", "s", pairs, note="mlp 512-256, 10 epochs, exact probes, one member a core; the yardstick is the time of 5,000 in proportion")
        many = tasks(5000, 20); pairs = []
        for _ in range(self.options.long_pairs):
            start = time.perf_counter()
            for first in range(0, 20, CORES): self.workers(many[first:first + CORES])
            pairs.append((time.perf_counter() - start, 20 * self.workers(many[:1])))
        self.record("growth/members-1-to-20", "s", pairs, note=f"mlp 512-256, 5,000 examples, {CORES} at once; the yardstick is twenty times one member alone")

    def memory(self):
        """The most memory that one resnet18 takes, trained for an epoch on 45,000 of 50,000 colour pictures (the 10,000 of the
        file five times, with noise of their own), until a quarter of the work of its exact probes is done: the widest layers are
        among that quarter, and the rest would take hours."""
        if not self.wants("memory/"): return
        import zipfile
        with zipfile.ZipFile(f"{self.options.data}/cifar10_train_batch_1.zip") as z: raw = z.read(next(n for n in z.namelist() if "batch_1" in n))
        rows = np.frombuffer(raw, np.uint8).reshape(-1, 3073); rng = np.random.default_rng(2)
        x = np.tile(rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), (5, 1, 1, 1))
        x = np.clip(x.astype("i2") + rng.integers(-8, 9, x.shape, dtype="i2"), 0, 255).astype("u1"); y = np.tile(rows[:, 0], 5).astype("i4")
        task = f"{self.work}/memory"; os.makedirs(task); np.save(f"{task}/examples.npy", x); np.save(f"{task}/labels.npy", y)
        held = np.zeros(len(x), "u1"); held[::10] = 1; self.write_spec(task, x, held, {"name": "resnet18"}, 1, 0.05, self.precisions()[-1])
        process = subprocess.Popen([self.options.plumbline, "worker", "--task", task], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        trained, gib, reached = None, 0, 0
        for line in process.stdout:
            status = open(f"/proc/{process.pid}/status").read()
            gib = max([gib] + [int(l.split()[1]) / 2 ** 20 for l in status.splitlines() if l.startswith("VmHWM")])
            line = json.loads(line)
            if line.get("phase") != "probe": continue
            trained = line["fraction"] if trained is None else trained
            reached = (line["fraction"] - trained) / (1 - trained)
            if reached >= 0.25: break
        process.kill(); process.wait()
        if reached < 0.25:
            ended = f"{task}/manifest.json"; why = json.load(open(ended))["result"].get("reason") if os.path.exists(ended) else None
            raise SystemExit(f"the worker ended before a quarter of its probes was done: {why or f'exit code {process.returncode}'}")
        self.record("memory/resnet18-50k", "GiB", [(gib, 6e9 / 2 ** 30)], note="one member of 50,000 colour pictures with exact probes; the yardstick is the 6 GB asked for")

    def whole(self):
        if not self.wants("job/whole"): return
        folder = self.activations(); tar = f"{self.options.data}/fashion_mnist_idx.tar"
        files = f"{self.work}/idx"; os.makedirs(files, exist_ok=True)
        with tarfile.open(tar) as t:
            for m in t:
                if m.isfile():
                    with open(f"{files}/{os.path.basename(m.name)}", "wb") as f: f.write(t.extractfile(m).read())
        x = np.load(f"{folder}/x.npy"); y = np.load(f"{folder}/y.npy")
        task = f"{self.work}/task"; os.makedirs(task)
        np.save(f"{task}/examples.npy", x[..., None]); np.save(f"{task}/labels.npy", y.astype("i4"))
        held = np.zeros(70000, "u1"); held[60000:] = 1; np.save(f"{task}/held_out.npy", held)
        self.write_spec(task, x, held, {"name": "cnn"}, 10, 0.02, self.precisions()[-1])
        # One member a core at once, as in an ensemble: the time of one is the time of all divided by their number.
        tasks = [task] + [f"{task}-{i}" for i in range(1, CORES)]
        for other in tasks[1:]:
            os.makedirs(other)
            for name in ("labels.npy", "held_out.npy", "spec.json"): os.link(f"{task}/{name}", f"{other}/{name}")
        ours = self.workers(tasks) / CORES
        seconds = json.load(open(f"{task}/manifest.json"))["result"]["seconds"]
        out = subprocess.run([sys.executable, f"{self.options.yardstick}/reference_pipeline.py", files, "--epochs", "2", "--train-queries", "300",
                              "--test-queries", "100", "--out", f"{self.work}/reference.npz"], stdout=subprocess.PIPE, text=True, check=True).stdout
        info = json.loads(out[out.index("{"):]); times = info["times"]
        theirs = info["total_scaled"] + 4 * (times["train"] + times["eval"])
        self.record("job/whole/vs-reference", "s", [(ours, theirs)],
                    note=f"ours in {self.precisions()[-1]}: {CORES} members at once, one alone {({k: round(v) for k, v in seconds.items()})}; the pipeline scaled from 2 epochs and 400 queries")

    # The C-score protocol

    def cscore(self):
        if not self.wants("job/cscore"): return
        import zipfile, csv, io
        tar = f"{self.options.data}/mnist_idx.tar"; np.save(f"{self.work}/mx.npy", idx(tar, "train-images")); np.save(f"{self.work}/my.npy", idx(tar, "train-labels").astype(np.int64))
        start = time.perf_counter()
        parts = [self.engine("cscore", "--pixels", f"{self.work}/mx.npy", "--labels", f"{self.work}/my.npy", "--runs", 4, "--part", i, "--parts", CORES, "--precision", self.precisions()[-1],
                             "--output", f"{self.work}/c{i}.npy") for i in range(CORES)]
        self.ours(*parts)
        seconds = time.perf_counter() - start
        correct = np.concatenate([np.load(f"{self.work}/c{i}.npy") for i in range(CORES)])  # runs x N: 0 wrong, 1 right, 2 trained on
        score = np.array([(correct[:, i] == 1).sum() / max(1, (correct[:, i] != 2).sum()) for i in range(correct.shape[1])])
        with zipfile.ZipFile(f"{self.options.data}/mnist_reference_scores.zip") as z:
            rows = list(csv.DictReader(io.TextIOWrapper(gzip.GzipFile(fileobj=z.open("mnist_reference/mnist_train_refs.csv.gz")))))
        key = next(k for k in rows[0] if "c_score" in k.lower() or "cscore" in k.lower())
        published = np.array([float(r[key]) for r in rows])
        def ranks(v):
            order = np.argsort(v, kind="stable"); s = v[order]; first = np.flatnonzero(np.r_[True, s[1:] != s[:-1]]); end = np.r_[first[1:], len(v)]
            out = np.empty(len(v)); out[order] = np.repeat((first + end - 1) / 2, end - first); return out
        rho = float(np.corrcoef(ranks(score), ranks(published))[0, 1])
        self.record("job/cscore-mnist-hours", "hours", [(seconds * 1800 / len(correct) / 3600, 2.0)],
                    note=f"{self.precisions()[-1]}; 1,800 runs extrapolated from {len(correct)}, 4 at each of 9 ratios; Spearman with the published C-scores {rho:.3f}; yardstick: the published 2 hours on a V100")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("entries", nargs="*", help="beginnings of entries to run: train/cnn, knn, job/whole, job/cscore; all if none")
parser.add_argument("--engine", required=True); parser.add_argument("--plumbline", required=True)
parser.add_argument("--data", required=True); parser.add_argument("--yardstick", required=True, help="folder with reference_pipeline.py")
parser.add_argument("--pairs", type=int, default=5); parser.add_argument("--long-pairs", type=int, default=1)
parser.add_argument("--references", type=int, default=60000, help="rows of the pruned searches"); parser.add_argument("--scratch", default=None)
if "--table" in sys.argv: sys.exit(table())
bench = Bench(parser.parse_args())
bench.train(); bench.neighbors(); bench.whole(); bench.growth(); bench.memory(); bench.cscore()
