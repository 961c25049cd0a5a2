#!/usr/bin/env python3
"""Do networks trained in bfloat16 give the scores of those trained in float32?

    make serve &
    python3 Benchmarks/precision_agreement.py FILE.npz [--model cnn] [--repeats 1] [--epochs N] [--url http://127.0.0.1:8080]

Plants 5 % of wrong labels in x, y (or x_train, y_train) of the file, runs two ensembles of either precision with
different seeds, and prints for each score the rank correlation between two float32 ensembles, between one of each
precision, and between two of bfloat16; then how well each ensemble ranks the planted labels. The precisions agree where
the mixed column is as high as the first: another precision then changes no more than another seed. Writes the table to
results/precision_MODEL.json.
"""
import argparse, io, json, os, sys
import numpy as np
from reference_checks import SEED, Service, auroc, spearman

SCORES = ["prediction_depth_heldout", "prediction_depth_train", "iteration_learned_heldout", "consistency", "consensus_share",
          "forgetting_rate", "cumulative_binary_loss", "datamap_confidence", "datamap_variability", "aum", "el2n", "memorization",
          "output_margin", "self_confidence", "issue_score"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file"); parser.add_argument("--model", default="cnn"); parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folds", type=int, default=5); parser.add_argument("--epochs", type=int, help="fewer than by default, of networks that take long"); parser.add_argument("--url", default="http://127.0.0.1:8080")
    a = parser.parse_args(); service = Service(a.url)
    arrays = np.load(a.file); x, y = [arrays[n] if n in arrays else arrays[n + "_train"] for n in "xy"]
    rng = np.random.default_rng(SEED); classes = int(y.max()) + 1
    planted = np.zeros(len(y), bool); planted[rng.choice(len(y), round(0.05 * len(y)), replace=False)] = True
    labels = np.where(planted, (y + rng.integers(1, classes, len(y))) % classes, y)
    dataset = service.upload("precision", x, labels)
    tables = {}
    for precision in ("f32", "bf16"):
        for seed in (0, 1):
            print(f"{precision}, seed {seed}", flush=True)
            tables[precision, seed] = service.run({"dataset": dataset, "model": a.model, "training": {"precision": precision, "seed": seed, **({"epochs": a.epochs} if a.epochs else {})},
                                                   "ensemble": {"folds": a.folds, "repeats": a.repeats}})[1]
    def rho(name, *pairs): return float(np.mean([spearman(tables[p][name], tables[q][name]) for p, q in pairs]))
    single, half = [("f32", 0), ("f32", 1)], [("bf16", 0), ("bf16", 1)]
    rows = []
    print(f"{'Spearman between ensembles':28} {'f32-f32':>8} {'f32-bf16':>9} {'bf16-bf16':>10}")
    for name in SCORES:
        if name not in tables["f32", 0]: continue
        row = {"score": name, "f32-f32": rho(name, single), "f32-bf16": rho(name, (single[0], half[1]), (single[1], half[0])), "bf16-bf16": rho(name, half)}
        rows.append(row); print(f"{name:28} {row['f32-f32']:8.4f} {row['f32-bf16']:9.4f} {row['bf16-bf16']:10.4f}")
    areas = {f"{p}, seed {s}": auroc(t["issue_score"][:len(y)], planted) for (p, s), t in tables.items()}
    print("AUROC of issue_score for the planted labels:", {k: round(v, 4) for k, v in areas.items()})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results", f"precision_{a.model}.json")
    with open(path, "w") as f: json.dump({"file": os.path.basename(a.file), "model": a.model, "members": a.folds * a.repeats, "scores": rows, "auroc": areas}, f, indent=1); f.write("\n")
    worst = min(rows, key=lambda r: r["f32-bf16"] - r["f32-f32"])
    gap = worst["f32-f32"] - worst["f32-bf16"]
    print(f"largest loss of agreement: {gap:.4f} ({worst['score']})")
    sys.exit(f"{worst['score']} agrees less across precisions than across seeds" if gap > 0.02 else 0)


main()
