"""An independent implementation of the scores, straight from their definitions, on random evidence.

    python3 reference.py SEED EXAMPLES OUTPUT.npz

writes the evidence (`in/...`) and the columns it expects (`out/...`). The test reads both. Everything is done with whole
arrays over all members at once, unlike the implementation under test, which streams members.
"""

import json
import sys

import numpy as np

K, R, T, C, P, S, NEIGHBORS = 3, 3, 7, 4, 5, 3, 9
INDICES = [0, 1, 2, 3, 5, 6, 7, 8]  # member 4 did not learn


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def make_evidence(rng, n):
    """Random evidence with every special case: no label, a test split, the only one of its class, duplicates."""
    m = len(INDICES)
    labels = rng.integers(0, C - 1, n).astype("i4")
    labels[5] = C - 1  # the only one of its class
    labels[rng.choice(np.arange(10, n), 3, replace=False)] = -1
    is_test = np.zeros(n, "u1")
    is_test[n - n // 6 :] = 1
    duplicate_of = np.arange(n, dtype="i4")
    for row in (20, 31, 42):
        duplicate_of[row] = row - 7
    held = np.zeros((m, n), "u1")
    for r in range(R):
        fold = rng.permutation(n) % K
        for i, index in enumerate(INDICES):
            if index // K == r:
                held[i] = fold == index % K
    held[:, is_test == 1] = 1
    held[:, labels == -1] = 1
    held[:, 5] = 0

    truth = np.where(labels < 0, 0, labels)
    wrong = rng.random(n) < 0.12  # examples whose networks believe in another class
    belief = np.where(wrong, (truth + 1) % C, truth)
    belief[5] = C - 1
    strength = rng.normal(2.5, 1.8, n)
    eye = np.eye(C)
    settle = rng.choice([0, 0, 1, P - 1, P], (2, n))
    snapshot_epochs = np.array([2, 5, 7], "u2")
    members = []
    for i in range(m):
        target = np.where(held[i] == 1, belief, np.where(rng.random(n) < 0.8, truth, belief))
        noise = rng.normal(0, 1.3, (T, n, C))
        ramp = np.linspace(0.1, 1.2, T)[:, None, None]
        z = (ramp * strength[None, :, None] * eye[target][None] + noise).astype("f4")
        p = softmax(z.astype("f8"))
        own = np.where(labels < 0, 0, labels)
        others = np.where(eye[own][None] == 1, -np.inf, z).max(-1)
        blank = labels[None] < 0
        final = (z[-1] + rng.normal(0, 0.3, (n, C))).astype("f4")
        # Predictions come from the same logits; held-out observation T is the finished network.
        pred = z.argmax(-1)
        pred[-1][held[i] == 1] = final.argmax(-1)[held[i] == 1]
        # Each example settles at its own probe, another one where it is held out; some members differ at random.
        level = np.where(held[i] == 1, settle[0], settle[1])
        level = np.where(rng.random(n) < 0.15, rng.integers(0, P + 1, n), level)
        other = (final.argmax(-1)[None] + rng.integers(1, C, (P, n))) % C
        votes = np.where(np.arange(P)[:, None] >= level, final.argmax(-1)[None], other)
        share = rng.integers(0, NEIGHBORS + 1, (P, n))
        rows = np.flatnonzero(held[i])
        snapshots = np.stack([z[e - 1][rows] for e in snapshot_epochs[:-1]] + [final[rows]])
        # Overconfident at the end, so that the last snapshot alone is not the best.
        snapshots[-1] *= 4
        members.append(
            {
                "held_out": held[i],
                "pred": pred.astype("u2"),
                "p_label": np.where(blank, np.nan, np.take_along_axis(p, own[None, :, None].repeat(T, 0), 2)[..., 0]).astype("f4"),
                "margin": np.where(blank, np.nan, np.take_along_axis(z, own[None, :, None].repeat(T, 0), 2)[..., 0] - others).astype("f4"),
                "p_sq": (p**2).sum(-1).astype("f4"),
                "init_pred": rng.integers(0, C, n).astype("u2"),
                "final_logits": final,
                "snapshot_epochs": snapshot_epochs,
                "heldout_logits": snapshots.astype("f4"),
                "votes": votes.astype("u2"),
                "label_share": np.where(labels[None] < 0, 255, share).astype("u1"),
            }
        )
    rates = [0.01, 0.05, 0.1, 0.08, 0.06, 0.049, 0.02]
    return {"labels": labels, "split": is_test, "duplicate_of": duplicate_of, "learning_rate": np.array(rates)}, members


def mean_n_se(values, mask):
    """Mean, number and standard error over the first axis where `mask`."""
    n = mask.sum(0)
    with np.errstate(all="ignore"):
        mean = np.where(mask, values, 0).sum(0) / n
        spread = (np.where(mask, values - mean, 0) ** 2).sum(0) / (n - 1)
        return np.where(n > 0, mean, np.nan), n, np.where(n > 1, np.sqrt(spread / n), np.nan)


def wilson(p, n):
    z = 1.959963984540054
    with np.errstate(all="ignore"):
        a = p + z * z / (2 * n)
        b = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return np.maximum(0, (a - b) / (1 + z * z / n)), np.minimum(1, (a + b) / (1 + z * z / n))


def entropy(p):
    return -np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0).sum(-1)


def ranks(v):
    """Mean ranks."""
    _, inverse, counts = np.unique(v, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    return ((last - counts + 1 + last) / 2)[inverse]


def spearman(a, b):
    both = ~np.isnan(a) & ~np.isnan(b)
    if both.sum() < 3:
        return np.nan
    x, y = ranks(a[both]), ranks(b[both])
    if x.std() == 0 or y.std() == 0:
        return np.nan
    return np.corrcoef(x, y)[0, 1]


def scores(data, members, best=None):
    """All columns, and the snapshot at which label quality is judged."""
    out = {}

    def put(name, values, mask):
        out[name], out[name + "_n"], out[name + "_se"] = mean_n_se(values, mask)

    y = data["labels"]
    n = len(y)
    held = np.stack([m["held_out"] for m in members]) == 1
    train = ~held
    labelled = held & (y >= 0)[None]
    final = np.stack([m["final_logits"] for m in members]).astype("f8")
    yhat = final.argmax(-1)
    votes = np.stack([m["votes"] for m in members])

    # Depth: the first probe from which on all votes are yhat, by trying each.
    agree = votes == yhat[:, None]
    depth = np.full(yhat.shape, P)
    for l in range(P):
        settled = agree[:, l:].all(1)
        depth = np.where(settled & (depth == P), l, depth)
    for kind, mask in (("heldout", held), ("train", train)):
        name = "prediction_depth_" + kind
        put(name, depth, mask & (depth < P))
        with np.errstate(all="ignore"):
            out[name + "_undefined"] = np.where(mask.sum(0) > 0, (mask & (depth == P)).sum(0) / mask.sum(0), np.nan)
        out[name + "_filled"] = mean_n_se(depth, mask)[0]
        out[name + "_rel"] = out[name] / (P - 1)

    pred = np.stack([m["pred"] for m in members])
    initial = np.stack([m["init_pred"] for m in members])
    goal = np.where(held, pred[:, -1], yhat)
    sequence = np.concatenate([initial[:, None], pred, yhat[:, None]], 1)
    learned = np.full(yhat.shape, T + 1)
    for t in range(T + 1, -1, -1):
        stays = (sequence[:, t:] == goal[:, None]).all(1)
        stays_held = (sequence[:, t : T + 1] == goal[:, None]).all(1) if t <= T else np.zeros_like(stays)
        learned = np.where(np.where(held, stays_held, stays), t, learned)
    put("iteration_learned_heldout", learned, held)
    put("iteration_learned_train", learned, train)

    tally = np.stack([((yhat == c) & held).sum(0) for c in range(C)], -1)
    total = held.sum(0)
    enough = total >= 2
    with np.errstate(all="ignore"):
        share = tally / total[:, None]
    out["consensus_class"] = np.where(enough, tally.argmax(-1), -1)
    out["consensus_share"] = np.where(enough, share.max(-1), np.nan)
    out["consensus_share_n"] = out["vote_entropy_n"] = total
    low, high = wilson(share.max(-1), total)
    out["consensus_share_lo"], out["consensus_share_hi"] = np.where(enough, low, np.nan), np.where(enough, high, np.nan)
    out["vote_entropy"] = np.where(enough, entropy(share), np.nan)

    p = softmax(final)
    put("heldout_confidence", p.max(-1), held)
    ordered = np.sort(final, -1)
    put("output_margin", ordered[..., -1] - ordered[..., -2], held)
    with np.errstate(all="ignore"):
        mean_p = (p * held[..., None]).sum(0) / total[:, None]
    own_entropy, _, _ = mean_n_se(entropy(p), held)
    out["predictive_entropy"] = np.where(total > 0, entropy(mean_p), np.nan)
    out["mutual_information"] = np.where(enough, np.maximum(0, entropy(mean_p) - own_entropy), np.nan)
    out["predictive_entropy_n"] = out["mutual_information_n"] = total

    # The two-dimensional map.
    def side(mask):
        mean, count, error = mean_n_se(depth / (P - 1), mask)
        with np.errstate(all="ignore"):
            slack = 1e-9  # exactly one error away counts as away, whatever rounding does
            low = (mean <= 0.25 + slack) & (0.25 - mean >= error - slack)
            high = (mean >= 0.5 - slack) & (mean - 0.5 >= error - slack)
        return low, high, count

    low_x, high_x, count_x = side(held)
    low_y, high_y, count_y = side(train)
    group = np.select([low_x & low_y, low_x & high_y, high_x & low_y, high_x & high_y], [0, 1, 2, 3], 4)
    out["group"] = np.where((count_x >= 2) & (count_y >= 1), group, -1)

    # Forgetting.
    correct = (pred == y[None, None]).astype(int)
    events = ((correct[:, :-1] == 1) & (correct[:, 1:] == 0)).sum(1)
    never = correct.sum(1) == 0
    counted_as_all = np.where(never, T, events)
    trained = train.sum(0)

    def known(v):
        return np.where(trained > 0, v, np.nan)

    out["forgetting_events"] = known((counted_as_all * train).sum(0))
    out["forgetting_events_counted"] = known((events * train).sum(0))
    out["never_learned"] = known((never & train).sum(0))
    put("forgetting_rate", counted_as_all, train)
    never_lost = ~never & (events == 0)
    out["unforgettable"] = known((never_lost | ~train).all(0).astype(float))
    with np.errstate(all="ignore"):
        unforgettable = known((never_lost & train).sum(0) / trained)
    out["unforgettable_share"] = unforgettable
    low, high = wilson(unforgettable, trained)
    out["unforgettable_share_lo"], out["unforgettable_share_hi"] = known(low), known(high)
    for name in ("forgetting_events", "forgetting_events_counted", "never_learned", "unforgettable", "unforgettable_share"):
        out[name + "_n"] = trained
    put("first_learned", correct.argmax(1) + 1, train & ~never)
    any_wrong = (correct == 0).any(1)
    last_wrong = T - (correct[:, ::-1] == 0).argmax(1)
    put("presentations_to_learn", np.where(any_wrong, last_wrong, 0), train)
    margin = np.stack([m["margin"] for m in members]).astype("f8")
    lost = (correct[:, :-1] == 1) & (correct[:, 1:] == 0) & train[:, None]
    put("misclassification_margin", margin[:, 1:].reshape(-1, n), lost.reshape(-1, n))

    hit = yhat == y[None]
    put("consistency", hit.astype(float), labelled)
    out["consistency_lo"], out["consistency_hi"] = wilson(out["consistency"], out["consistency_n"])
    in_train, n_train, se_train = mean_n_se(hit.astype(float), train)
    out["memorization"] = in_train - out["consistency"]
    out["memorization_n"] = np.minimum(n_train, out["consistency_n"])
    out["memorization_se"] = np.sqrt(se_train**2 + out["consistency_se"] ** 2)
    out["resisted_label"] = known((in_train < 0.5).astype(float))
    out["resisted_label_n"] = trained
    put("cumulative_binary_loss", 1 - correct[:, 1:].mean(1), train)  # the first precedes learning

    p_label = np.stack([m["p_label"] for m in members]).astype("f8")
    put("datamap_confidence", p_label.mean(1), train)
    put("datamap_variability", p_label.std(1), train)
    put("datamap_correctness", correct.sum(1), train)
    put("dataiq_aleatoric", (p_label * (1 - p_label)).mean(1), train)
    put("dataiq_epistemic", p_label.var(1), train)
    rates = data["learning_rate"]
    put("aum", margin[:, rates >= rates.max() / 2].mean(1), train)
    at = max(1, int(np.floor(0.1 * T + 0.5))) - 1
    p_sq = np.stack([m["p_sq"] for m in members]).astype("f8")
    put("el2n", np.sqrt(np.maximum(0, p_sq[:, at] - 2 * p_label[:, at] + 1)), train)

    # Label quality.
    logits = np.full((len(members), S, n, C), np.nan)
    for i, m in enumerate(members):
        logits[i][:, held[i]] = m["heldout_logits"]
    with np.errstate(all="ignore"):
        q = softmax(logits)
    own = np.take_along_axis(q, np.maximum(y, 0)[None, None, :, None], 3)[..., 0]
    usable = labelled & (data["split"] == 0)[None]
    losses = np.array([-np.log(own[:, s][usable]).mean() for s in range(S)])
    if best is None:
        runs = [(a, b) for a in range(S) for b in range(a, S)]
        best = min(runs, key=lambda run: -np.log(own[:, run[0] : run[1] + 1].mean(1)[usable]).mean())
    q = q[:, best[0] : best[1] + 1].mean(1)
    own = own[:, best[0] : best[1] + 1].mean(1)
    put("self_confidence", own, labelled)
    doubt, push = (1 - out["self_confidence"]).astype("f4"), (-out["aum"]).astype("f4")
    places = lambda v: np.array([np.nan if np.isnan(a) else ((v < a).sum() + (v <= a).sum()) / 2 for a in v]) / (~np.isnan(v)).sum()
    out["issue_score"] = np.where(np.isnan(push), places(doubt), (places(doubt) + 2 * places(push)) / 3)
    out["issue_score"][np.isnan(doubt)] = np.nan
    out["issue_score_n"] = out["self_confidence_n"]
    with np.errstate(all="ignore"):
        mean_q = np.where(held[..., None], q, 0).sum(0) / total[:, None]
    mean_q[total == 0] = np.nan
    other = np.where(np.eye(C)[np.maximum(y, 0)] == 1, -np.inf, mean_q).max(-1)
    scored = (total > 0) & (y >= 0)
    own_q = np.take_along_axis(mean_q, np.maximum(y, 0)[:, None], 1)[:, 0]
    out["normalized_margin"] = np.where(scored, own_q - other, np.nan)
    out["normalized_margin_n"] = out["self_confidence_n"]
    top = np.nan_to_num(mean_q, nan=-1).argmax(-1)
    out["suggested_label"] = np.where((total > 0) & (top != y), top, -1)
    out["heldout_probs"] = mean_q
    shares = np.stack([m["label_share"][0] for m in members]).astype("f8")
    put("input_knn", 1 - shares / NEIGHBORS, labelled)

    # The confident joint.
    threshold = np.array([own_q[scored & (y == c)].mean() if (scored & (y == c)).any() else np.inf for c in range(C)])
    with np.errstate(all="ignore"):
        confident = np.where(mean_q >= threshold, mean_q, -1)
    sure = np.where(scored & (confident.max(-1) >= 0), confident.argmax(-1), -1)
    joint = np.zeros((C, C))
    np.add.at(joint, (y[sure >= 0], sure[sure >= 0]), 1)
    given = np.array([(scored & (y == c)).sum() for c in range(C)])
    rows = joint.sum(1)
    estimated = sum(given[c] * (rows[c] - joint[c, c]) / rows[c] for c in range(C) if rows[c] > 0)

    # Issues.
    best_two = np.sort(np.nan_to_num(mean_q, nan=-1), -1)[:, ::-1]
    mislabelled = scored & (sure >= 0) & (sure != y) & (top != y)
    conflict = np.zeros(n, bool)
    for row in range(n):
        same = (data["duplicate_of"] == data["duplicate_of"][row]) & (y >= 0) & (y != y[row])
        conflict[row] = y[row] >= 0 and same.any()
    with np.errstate(all="ignore"):
        between = scored & (best_two[:, 1] >= 0.25) & (best_two[:, :2].sum(1) >= 0.8) & (out["consensus_share"] < 1)
    atypical = scored & (best_two[:, 0] < 0.5)
    unsaid = scored & (top != y)
    out["issue_type"] = np.select([mislabelled, conflict, between, atypical, unsaid], [0, 1, 2, 3, 0], -1)
    facts = {
        "t_star": int(members[0]["snapshot_epochs"][best[1]]),
        "losses": losses.tolist(),
        "estimated_label_errors": float(estimated),
        "heldout_accuracy": float(np.nanmean(out["consistency"][data["split"] == 0])),
        "probe_heldout": [float((votes[:, l] == y[None])[usable].mean()) for l in range(P)],
    }
    return out, best, facts


def top_overlap(a, b, share, largest):
    """Mean overlap over 4,000 random orders of ties."""
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both] * (1 if largest else -1), b[both] * (1 if largest else -1)
    top = int(np.floor(share * len(a) + 0.5))
    if top == 0:
        return np.nan
    rng = np.random.default_rng(0)
    hits = [
        len(set(np.lexsort((rng.random(len(v)), -v))[:top]) & set(np.lexsort((rng.random(len(w)), -w))[:top]))
        for v, w in [(a, b)] * 4000
    ]
    return np.mean(hits) / top


def main():
    seed, n, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    data, members = make_evidence(np.random.default_rng(seed), n)
    out, best, facts = scores(data, members)
    halves = []
    for repeats in ({0}, {1}):  # of three repeats the last is left out
        chosen = [m for i, m in zip(INDICES, members) if i // K in repeats]
        halves.append(scores(data, chosen, best)[0])
    facts["reliability"] = {}
    for name in ("prediction_depth_heldout", "issue_score", "forgetting_rate", "consistency", "aum", "input_knn"):
        a, b = halves[0][name].astype("f4").astype("f8"), halves[1][name].astype("f4").astype("f8")
        rho = spearman(a, b)
        larger = name not in ("consistency", "aum")
        facts["reliability"][name] = {
            "rho": rho, "spearman_brown": 3 * rho / (1 + 2 * rho), "top5": top_overlap(a, b, 0.05, larger)
        }
    names = ["issue_score", "prediction_depth_train", "consistency", "first_learned"]
    facts["correlations"] = [[spearman(out[a].astype("f4"), out[b].astype("f4")) for b in names] for a in names]
    facts["correlation_names"] = names
    arrays = {"in/" + k: v for k, v in data.items() if k != "learning_rate"}
    for index, member in zip(INDICES, members):
        arrays.update({f"in/{index}/{k}": v for k, v in member.items()})
    categories = ("consensus_class", "group", "suggested_label", "issue_type")
    arrays.update({"out/" + k: v.astype("i4" if k in categories else "f4") for k, v in out.items()})
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), "u1")
    np.savez_compressed(path, **arrays)


main()
