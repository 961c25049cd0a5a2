#!/usr/bin/env python3
"""What the scores cost beyond training and probes: time and memory of `plumbline score` on generated evidence.

    python3 Benchmarks/reductions.py PLUMBLINE [--examples 1000000] [--repeats 4] [--epochs 20] [--probes 7] [--classes 10]

Needs NumPy and about 560 bytes of disk for each pair of example and member. Networks are made up, not trained: examples have
a difficulty, and learn, forget and vote accordingly. Prints one line of JSON.
"""
import argparse, json, os, resource, shutil, subprocess, sys, tempfile, time
import numpy as np

FOLDS = 5
SEED = 20261126


def dataset(folder, a, rng):
    os.makedirs(folder)
    labels = rng.integers(0, a.classes, a.examples, dtype=np.int32)
    np.save(f"{folder}/labels.npy", labels)
    np.save(f"{folder}/split.npy", np.zeros(a.examples, np.uint8))
    np.save(f"{folder}/duplicate_of.npy", np.arange(a.examples, dtype=np.int32))
    json.dump({"classes": [str(c) for c in range(a.classes)], "kind": "features"}, open(f"{folder}/manifest.json", "w"))
    return labels


def member(folder, m, a, labels, difficulty, rng):
    os.makedirs(folder)
    n, t, p, c = a.examples, a.epochs, a.probes, a.classes
    held = (np.random.default_rng([SEED, m // FOLDS]).permutation(n) % FOLDS == m % FOLDS).astype(np.uint8)
    files = {}

    def save(name, array):
        np.save(f"{folder}/{name}.npy", array)
        files[f"{name}.npy"] = {"bytes": os.path.getsize(f"{folder}/{name}.npy"), "sha256": "0" * 64}

    save("held_out", held)
    other = ((labels + rng.integers(1, c, n)) % c).astype(np.uint16)
    easy = (1 - difficulty).astype(np.float32)
    pred = np.empty((t, n), np.uint16); p_label = np.empty((t, n), np.float32)
    for epoch in range(t):
        logit = 8 * easy * (epoch + 1) / t - 2 + rng.standard_normal(n, np.float32)
        p_label[epoch] = 1 / (1 + np.exp(-logit))
        pred[epoch] = np.where(logit > 0, labels, other)
    save("pred", pred); save("p_label", p_label)
    save("margin", np.log(p_label / (1 - p_label) + 1e-6)); save("loss", -np.log(p_label + 1e-9))
    save("p_sq", p_label ** 2 + (1 - p_label) ** 2 / (c - 1))
    save("init_pred", rng.integers(0, c, n, dtype=np.uint16))
    logits = rng.standard_normal((n, c), np.float32)
    logits[np.arange(n), labels] += 6 * easy
    save("final_logits", logits)
    epochs = np.unique(np.linspace(1, t, min(10, t)).round()).astype(np.uint16)
    save("snapshot_epochs", epochs)
    rows = np.flatnonzero(held)
    save("heldout_logits", np.stack([logits[rows] * (e / t) for e in epochs]).astype(np.float32))
    final = logits.argmax(1).astype(np.uint16)
    decided = rng.random(n) * 0.5 + difficulty * 0.5
    save("votes", np.stack([np.where(decided <= (l + 1) / p, final, other) for l in range(p)]).astype(np.uint16))
    share = rng.integers(10, 31, (p, n), dtype=np.uint8)
    save("vote_share", share); save("vote_tied", np.zeros((p, n), np.uint8)); save("label_share", share)
    save("neighbor_idx", rng.integers(0, n, (p, len(rows), 5), dtype=np.uint32))
    save("neighbor_dist", np.sort(rng.random((p, len(rows), 5), np.float32)))
    json.dump({"evidence_version": 1, "key": f"{m:064x}", "files": files, "probe_names": [f"layer {l}" for l in range(p)], "k": 30,
               "result": {"learned": True, "fit": 0.99, "train_accuracy": [0.9] * t, "heldout_accuracy": [0.9] * t, "train_loss": [0.1] * t,
                          "heldout_loss": [0.1] * t, "learning_rate": [0.05] * t, "seconds": {}}, "spec": {"observe": "presentation"}},
              open(f"{folder}/manifest.json", "w"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plumbline")
    for name, value in (("examples", 1_000_000), ("repeats", 4), ("epochs", 20), ("probes", 7), ("classes", 10)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--folder", help="keep the evidence here, and use what is there")
    a = parser.parse_args(); members = FOLDS * a.repeats
    folder = a.folder or tempfile.mkdtemp()
    try:
        if not os.path.exists(f"{folder}/ready"):
            rng = np.random.default_rng(SEED)
            labels = dataset(f"{folder}/dataset", a, rng); difficulty = rng.beta(1, 6, a.examples)
            for m in range(members):
                member(f"{folder}/members/{m}", m, a, labels, difficulty, rng)
                print(f"  evidence of network {m + 1} of {members} generated", file=sys.stderr, flush=True)
            open(f"{folder}/ready", "w").close()
        output = f"{folder}/output"; shutil.rmtree(output, ignore_errors=True); os.makedirs(output)
        spec = {"dataset_directory": f"{folder}/dataset", "labels": f"{folder}/dataset/labels.npy", "output_directory": output,
                "members": [{"index": m, "directory": f"{folder}/members/{m}"} for m in range(members)], "members_total": members, "folds": FOLDS,
                "repeats": a.repeats, "k": 30, "seed": 0, "epochs": a.epochs, "num_classes": a.classes, "partial": False, "input_baseline": True}
        json.dump(spec, open(f"{folder}/spec.json", "w"))
        start = time.time()
        child = subprocess.Popen([a.plumbline, "score", "--spec", f"{folder}/spec.json"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0: sys.exit(f"plumbline score ended with status {status}")
        print(json.dumps({"examples": a.examples, "members": members, "epochs": a.epochs, "probes": a.probes, "classes": a.classes,
                          "seconds": round(time.time() - start, 2), "peak_rss_mib": usage.ru_maxrss >> 10,
                          "processor_seconds": round(usage.ru_utime + usage.ru_stime, 2)}))
    finally:
        if not a.folder: shutil.rmtree(folder, ignore_errors=True)


main()
