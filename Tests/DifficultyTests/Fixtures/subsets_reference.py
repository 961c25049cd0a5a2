"""An independent implementation of what random subsets and planted labels give, straight from the definitions.

    python3 subsets_reference.py SEED OUTPUT.npz

writes two ensembles (who trained on what, who was right) with the columns, influences and calibration that they should give: one of
three train ratios for the consistency profile, and one of a single ratio, large enough for influence. Whole arrays at once, and
Fisher's test by exact integers, unlike the implementation under test.
"""

import math
import sys
from fractions import Fraction

import numpy as np

N, CLASSES = 30, 3


def ensemble(rng, labels, ratios):
    """held out, right: members x N."""
    held = rng.random((len(ratios), N)) >= np.asarray(ratios)[:, None]
    held[:, labels < 0] = True
    skill = rng.random(N)
    # Some examples depend on another one having been trained on.
    teacher = rng.integers(0, N, N)
    helped = (rng.random(N) < 0.5)[None] & ~held[:, teacher]
    right = rng.random(held.shape) < np.where(helped, 0.95, skill * 0.8)
    right[:, labels < 0] = False
    return held, right


def share(right, weight):
    """Value, n and standard error (sample deviation by root n) of the share of `right` where `weight`."""
    n = weight.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, (right & weight).sum(0) / n, np.nan)
        error = np.where(n > 1, np.sqrt(value * (1 - value) / (n - 1)), np.nan)
    return value, n, error


def profile(held, right, labels, ratios, out):
    values, counts, errors = [], [], []
    for ratio in sorted(set(ratios)):
        rows = np.asarray(ratios) == ratio
        value, n, error = share(right[rows], held[rows] & (labels >= 0)[None])
        name = f"out/consistency_at_{round(100 * ratio)}"
        out[name], out[name + "_n"], out[name + "_se"] = value.astype("f4"), n.astype("f4"), error.astype("f4")
        values.append(value), counts.append(n), errors.append(error)
    out["out/c_score"] = np.mean(values, 0).astype("f4")
    out["out/c_score_n"] = np.sum(counts, 0).astype("f4")
    out["out/c_score_se"] = (np.sqrt(np.sum(np.square(errors), 0)) / len(values)).astype("f4")


def tail(k, n, successes, trials):
    """P(at least k of n drawn are among the successes), exactly."""
    ways = sum(math.comb(successes, j) * math.comb(trials - successes, n - j) for j in range(k, min(n, successes) + 1))
    return float(Fraction(ways, math.comb(trials, n)))


def influence(held, right, labels, out):
    idx, value, error, flag = np.full((N, 20), -1, "i4"), np.full((N, 20), np.nan, "f4"), np.full((N, 20), np.nan, "f4"), np.zeros((N, 20), "u1")
    trainable = np.flatnonzero((~held).any(0) & (labels >= 0))
    pairs = len(trainable) * int((held.any(0) & (labels >= 0)).sum())
    for x in np.flatnonzero(labels >= 0):
        found = []
        for i in trainable:
            a, b = right[held[:, x] & ~held[:, i], x].astype(float), right[held[:, x] & held[:, i], x].astype(float)
            if len(a) < 2 or len(b) < 2 or not a.mean() - b.mean() > 0: continue
            p = tail(int(a.sum()), len(a), int(a.sum() + b.sum()), len(a) + len(b))
            found.append((-(a.mean() - b.mean()), i, math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), p * pairs <= 0.05))
        for place, (negative, i, deviation, significant) in enumerate(sorted(found)[:20]):
            idx[x, place], value[x, place], error[x, place], flag[x, place] = i, -negative, deviation, significant
    out["influence/idx"], out["influence/value"], out["influence/se"], out["influence/significant"] = idx, value, error, flag
    out["influence/pairs"] = np.array([pairs], "i4")


def wilson(k, n, z=1.959963984540054):
    p = k / n
    center, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (center - half) / (1 + z * z / n), (center + half) / (1 + z * z / n)


def calibration(rng, out):
    """AUROC, average precision, and the rate of wrong labels with the precision that it promises, of tied scores."""
    n, planted = 800, np.zeros(800, bool)
    planted[rng.choice(n, 60, replace=False)] = True
    wrong = planted | (rng.random(n) < 0.08)
    score = np.round(rng.normal(0, 1, n) + 2.5 * wrong, 1).astype("f4")
    above = score[planted][:, None] - score[~planted][None]
    cuts = np.unique(score)[::-1]
    found = np.array([(score[planted] >= c).sum() for c in cuts]); others = np.array([(score[~planted] >= c).sum() for c in cuts])
    recall, precision = found / planted.sum(), found / (found + others)
    bound = np.where(found >= max(10, 0.4 * planted.sum()), others / (~planted).sum() / np.maximum(found, 1) * planted.sum(), np.inf)
    best = int(np.argmin(bound))
    low, high = wilson(others[best], (~planted).sum())[0] / wilson(found[best], planted.sum())[1], wilson(others[best], (~planted).sum())[1] / wilson(found[best], planted.sum())[0]
    cut = len(cuts) // 3
    rate, flagged = found[cut] / planted.sum(), others[cut] / (~planted).sum()
    out["calibration/score"], out["calibration/planted"] = score, planted.astype("u1")
    out["calibration/facts"] = np.array([
        ((above > 0) + 0.5 * (above == 0)).mean(), (np.diff(np.r_[0, recall]) * precision).sum(),
        min(1, bound[best]), low, min(1, high), cuts[cut], found[cut], others[cut], min(1, bound[best] * rate / flagged)], "f8")


def main():
    seed, path = int(sys.argv[1]), sys.argv[2]
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, CLASSES, N).astype("i4")
    labels[7] = -1
    out = {"in/labels": labels}
    # Members in whole runs: each ratio once, in order.
    several = [0.3, 0.6, 0.9] * 6
    for name, ratios in (("profile", several), ("influence", [0.7] * 220)):
        held, right = ensemble(rng, labels, ratios)
        out[f"in/{name}/held_out"], out[f"in/{name}/right"] = held.astype("u1"), right.astype("u1")
        if name == "profile": profile(held, right, labels, ratios, out)
        else: influence(held, right, labels, out)
    calibration(rng, out)
    np.savez(path, **out)


main()
