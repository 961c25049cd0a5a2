#!/usr/bin/env python3
"""The claims of Baldock, Maennel and Neyshabur (2021) on the jobs of a running service, each with figure and interval.

    python3 Benchmarks/relations.py JOB [JOB ...] [--url http://127.0.0.1:8080]

Of each job: Spearman's rho of held-out prediction depth with what the paper relates it to, the accuracy of each probe, the four
groups, and what the votes of middle layers gain. Of each pair of jobs on the same examples (other networks, other seeds): how well
their depths agree. Intervals are 95 %, from 400 bootstrap samples of the examples; the seed is fixed. Needs NumPy.
"""
import argparse, io, itertools, json
import numpy as np
import reference_checks as checks

RELATIONS = [("consistency", "accuracy (consistency)"), ("heldout_confidence", "confidence"), ("consensus_share", "consensus"), ("output_margin", "output margin"),
             ("input_margin", "input margin"), ("iteration_learned_heldout", "iteration learned")]


def interval(a, b):
    ok = np.isfinite(a) & np.isfinite(b); a, b = a[ok], b[ok]
    if len(a) < 10: return f"null, {len(a)} examples have both"
    rng = np.random.default_rng(checks.SEED)
    draws = [checks.spearman(a[i], b[i]) for i in (rng.integers(0, len(a), len(a)) for _ in range(400))]
    return f"{checks.spearman(a, b):.3f} ({np.percentile(draws, 2.5):.3f} to {np.percentile(draws, 97.5):.3f}), {len(a)} examples"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", nargs="+"); parser.add_argument("--url", default="http://127.0.0.1:8080"); a = parser.parse_args()
    service = checks.Service(a.url); depths = {}
    for job in a.job:
        scores = np.load(io.BytesIO(service.call(f"/v1/jobs/{job}/scores.npz"))); summary = json.loads(service.call(f"/v1/jobs/{job}/summary"))
        depth = scores["prediction_depth_heldout"].astype(float); depths[job] = scores["prediction_depth_heldout_rel"].astype(float)
        print(f"{job}: held-out accuracy {summary['accuracy']['heldout']:.4f}, fit {summary['fit']:.4f}; Spearman of held-out depth with")
        for name, title in RELATIONS:
            print(f"  {title}: {interval(depth, scores[name].astype(float)) if name in scores else 'not computed'}")
        print("  accuracy of probes: " + ", ".join(f"{p['name']} {p['heldout']:.3f}" for p in summary["probe_accuracy"] if p["heldout"] is not None))
        print("  groups: " + ", ".join(f"{name} {n}" for name, n in summary["groups"].items()))
        print("  middle layers: " + json.dumps(summary["middle_layers"])[:400])
    for one, other in itertools.combinations(a.job, 2):
        print(f"depth of {one} and {other}: {interval(depths[one], depths[other])}")


main()
