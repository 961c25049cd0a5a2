#!/usr/bin/env python3
"""The manual's page for other people's tools, run as it stands there, and held against what the service itself says.

    tools_test.py PAGE URL FOLDER

Each block of code runs in FOLDER: curl lines in a shell, Python in an interpreter of its own. Each block of Python must have a
check below, and each check its block. Prints one line a check; any that does not hold makes the exit status 1."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zipfile

import numpy as np
import pandas as pd
from PIL import Image

CLASSES = ["one", "three & more", "7"]
DIGITS = [1, 3, 7]
PER_CLASS = 100
FLIPS = 12


class Run:
    def __init__(self, url, folder):
        self.url, self.folder = url.rstrip("/"), folder
        self.failures = 0

    def check(self, name, holds, detail=""):
        print(f"{'ok  ' if holds else 'FAIL'} {name}{f': {detail}' if detail != '' else ''}", flush=True)
        self.failures += not holds

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as response:
            return json.load(response)

    def send(self, method, path, data):
        request = urllib.request.Request(self.url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def finished(self, name, document):
        self.send("POST", "/v1/jobs", json.dumps(document).encode())
        deadline = time.monotonic() + 300
        job = self.get(f"/v1/jobs/{name}")
        while job["state"] in ("queued", "running") and time.monotonic() < deadline:
            time.sleep(0.1)
            job = self.get(f"/v1/jobs/{name}")
        if job["state"] != "succeeded":
            sys.exit(f"the job {name} is {job['state']}: {job['error']}")
        return job

    def shell(self, lines):
        # A refusal is to fail the line, and a progress bar is not wanted; nothing else is changed.
        lines = lines.replace("localhost:8080", self.url.removeprefix("http://")).replace("curl ", "curl --silent --show-error --fail-with-body ")
        lines = lines.replace("--fail-with-body -fo", "-fo")
        done = subprocess.run(["sh", "-e", "-c", lines], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{lines}\n{done.stdout}{done.stderr}")
        return done.stdout

    def python(self, code):
        """Runs a block in the folder; answers its names."""
        names = {"__name__": "tools"}
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            exec(compile(code, "tools.md", "exec"), names)
        finally:
            os.chdir(before)
        return names


def pictures(run):
    """Digits of three classes with some labels exchanged, uploaded as class folders; analysed, and some of it reviewed. Answers
    the rows with a wrong label."""
    sample = np.load(os.path.join(os.path.dirname(__file__), "..", "..", "public", "samples", "mnist-5k.npz"))
    rows = np.concatenate([np.flatnonzero(sample["y"] == digit)[:PER_CLASS] for digit in DIGITS])
    true = np.repeat(np.arange(3), PER_CLASS)
    given = true.copy()
    flips = np.random.default_rng(3).choice(len(rows), FLIPS, replace=False)
    given[flips] = (given[flips] + 1) % 3
    path = os.path.join(run.folder, "photos.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for at, row in enumerate(rows):
            picture = os.path.join(run.folder, "picture.png")
            Image.fromarray(sample["x"][row].reshape(28, 28)).save(picture)
            archive.write(picture, f"{CLASSES[given[at]]}/{at:03}.png")
    with open(path, "rb") as file:
        run.send("PUT", "/v1/datasets/photos.zip", file.read())
    run.finished("photos", {
        "dataset": "photos", "model": {"name": "mlp", "hidden": [64]}, "training": {"epochs": 20}, "probes": {"k": 5},
        "ensemble": {"folds": 4, "repeats": 2}})
    wrong = {f"{CLASSES[given[at]]}/{at:03}.png" for at in flips}
    issues = run.get("/v1/jobs/photos/issues?length=2")["issues"]
    for issue, decision in zip(issues, ("accept", "keep")):
        run.send("PUT", f"/v1/jobs/photos/reviews/{issue['row_idx']}", json.dumps({"decision": decision}).encode())
    return wrong


def table(run):
    """A small table with a job, for the exports of data without pictures."""
    numbers = np.random.default_rng(4)
    rows = [f"{numbers.normal(k, 0.6):.3f},{numbers.normal(-k, 0.6):.3f},{'ab'[k]}" for k in (0, 1) for _ in range(30)]
    run.send("PUT", "/v1/datasets/points.csv", ("u,v,kind\n" + "\n".join(rows) + "\n").encode())
    run.finished("points", {
        "dataset": "points", "model": {"name": "mlp", "hidden": [8]}, "training": {"epochs": 5}, "probes": {"k": 3},
        "ensemble": {"folds": 3, "repeats": 1}})


# Of each block of Python, by what it imports: whether its names hold what the service says.

def of_pandas(run, names, wrong):
    scores, hardest, suspects = names["scores"], names["hardest"], names["suspects"]
    run.check("pandas: every example", list(scores.index) == list(range(len(CLASSES) * PER_CLASS)), len(scores))
    columns = run.get("/v1/jobs/photos/columns")["columns"]
    run.check("pandas: every column", {column["name"] for column in columns} <= set(scores.columns), len(columns))
    text = [column["name"] for column in columns if column["dtype"] == "category"]
    run.check("pandas: numbers are numbers, labels are text", all(scores[column["name"]].dtype == float for column in columns
              if column["dtype"] != "category" and column["name"] != "review") and set(scores.label) == set(CLASSES), text)
    row = int(hardest.index[0])
    example = run.get(f"/v1/jobs/photos/examples/{row}")
    told = {name: score["value"] for name, score in example["scores"].items()}
    run.check("pandas: the values of one example are the service's", example["source"] == scores.source[row] and all(
        np.isnan(scores[name][row]) if value is None else abs(scores[name][row] - value) <= 1e-6 * max(1, abs(value))
        for name, value in told.items() if name in scores and isinstance(value, (int, float, type(None)))), f"{len(told)} scores of {example['source']}")
    found = wrong & set(suspects.source)
    run.check("pandas: the suspects are those with a wrong label, and as many others at most", len(found) >= 0.7 * FLIPS and len(found) >= 0.5 * len(suspects),
              f"{len(found)} of {FLIPS}, among {len(suspects)}")


def of_polars(run, names, wrong):
    with_pandas = pd.read_csv(os.path.join(run.folder, "scores.csv"), dtype={"label": str, "suggested_label": str})
    scores, suspects = names["scores"], names["suspects"]
    same = all(np.allclose(scores[name].cast(float).to_numpy(), with_pandas[name].to_numpy(float), equal_nan=True)
               for name in with_pandas if with_pandas[name].dtype == float)
    run.check("polars: the same numbers as pandas", same and scores.columns == list(with_pandas.columns), scores.shape)
    run.check("polars: the same labels", scores["label"].to_list() == list(with_pandas.label))
    chosen = with_pandas[(with_pandas.consistency < 0.5) & with_pandas.suggested_label.notna()]
    run.check("polars: the same suspects", suspects["source"].to_list() == list(chosen.source), len(suspects))
    run.check("polars: a mean for each class", sorted(names["per_class"]["label"].to_list()) == sorted(CLASSES))


def of_numpy(run, names, wrong, code):
    scores = pd.read_csv(os.path.join(run.folder, "scores.csv"))
    count = len(scores)
    run.check("NumPy: shapes are those of the comment", names["margin"].shape[1] == names["votes"].shape[1] == count == len(names["held_out"]),
              {name: names["evidence"][name].shape for name in ("margin", "votes", "held_out")})
    run.check("NumPy: some are always right, some held out", 0 < names["always_right"].sum() < count and names["held_out"].sum() == count / 4)
    # Over all networks the block's depths are the scores.
    total, times = np.zeros(count), np.zeros(count)
    for member in run.get("/v1/jobs/photos/members")["members"]:
        run.shell(f"curl -fo m0.npz localhost:8080/v1/jobs/photos/members/{member['index']}/evidence.npz")
        again = run.python(code)
        total += np.where(again["held_out"], again["depth"], 0)
        times += again["held_out"]
    run.check("NumPy: depths of all networks are prediction_depth_heldout_filled", np.allclose(total / times, scores.prediction_depth_heldout_filled),
              f"mean {np.mean(total / times):.3f}")


def of_cleanlab(run, names, wrong):
    from cleanlab.rank import get_self_confidence_for_each_label
    export = np.load(os.path.join(run.folder, "cleanlab.npz"))
    labels, probabilities = names["labels"], names["pred_probs"]
    run.check("cleanlab: probabilities of each example add up to 1", probabilities.shape == (len(CLASSES) * PER_CLASS, 3)
              and np.allclose(probabilities.sum(axis=1), 1, atol=1e-5) and np.array_equal(probabilities, export["pred_probs"]))
    run.check("cleanlab: label_quality is its self-confidence", np.allclose(
        get_self_confidence_for_each_label(labels, probabilities), export["label_quality"], atol=1e-6))
    found = {str(source) for source in export["source"][names["issues"]]}
    run.check("cleanlab: it finds the wrong labels", len(found & wrong) >= 0.7 * FLIPS and len(found & wrong) >= 0.6 * len(found),
              f"{len(found & wrong)} of {FLIPS}, among {len(found)}")
    ours = set(np.flatnonzero(export["is_label_issue"]))
    both = ours & set(names["issues"])
    run.check("cleanlab: its issues are mostly ours", len(both) >= 0.7 * max(len(ours), len(found)), f"{len(both)} of {len(ours)} and {len(found)}")


def of_label_studio(run, names, wrong):
    from label_studio_sdk.label_interface import LabelInterface
    tasks, interface = names["tasks"], names["interface"]
    interface.validate()
    run.check("Label Studio: a task for each example", len(tasks) == len(CLASSES) * PER_CLASS, len(tasks))
    run.check("Label Studio: it takes the data of every task", all(interface.validate_task({"data": task["data"]}) for task in tasks))
    run.check("Label Studio: it takes every prediction", names["refused"] == [] and all(len(task["predictions"]) == 1 for task in tasks))
    annotated = [task for task in tasks if task["annotations"]]
    run.check("Label Studio: it takes the reviews as annotations", len(annotated) == 2 and all(
        interface.validate_annotation(annotation) for task in annotated for annotation in task["annotations"]), len(annotated))
    spoiled = json.loads(json.dumps(tasks[0]["predictions"][0]))
    spoiled["result"][0]["value"]["choices"] = ["no such class"]
    run.check("Label Studio: it would refuse another class", not interface.validate_prediction(spoiled))
    with urllib.request.urlopen(tasks[0]["data"]["image"], timeout=60) as response:
        run.check("Label Studio: the address of a picture is one", Image.open(response).size == (28, 28), tasks[0]["data"]["image"])
        # Without it a browser shows no picture of another port to a page of Label Studio's.
        policy = response.headers["Cross-Origin-Resource-Policy"]
        run.check("Label Studio: its page on another port may show it", policy == "same-site", policy)
    rows = json.loads(run.shell("curl 'localhost:8080/v1/jobs/points/export?format=label-studio'"))
    of_text = LabelInterface(names["config"].replace("<Image", "<Text").replace("image", "text").replace(
        '<Choice value="7"/>', '<Choice value="a"/><Choice value="b"/>'))
    run.check("Label Studio: it takes those of a table", len(rows) == 60 and all(
        of_text.validate_task({"data": row["data"]}) and all(map(of_text.validate_prediction, row["predictions"])) for row in rows))


def of_cartography(run, names, wrong):
    """What train_dy_filtering.py of that program does with its own file is the block's first three lines (the program itself
    is not installed: it pins the PyTorch of 2020). It also wants these columns, numbers in them, and a guid once only."""
    metrics = names["metrics"]
    scores = pd.read_csv(os.path.join(run.folder, "scores.csv"))
    wanted = ["guid", "index", "threshold_closeness", "confidence", "variability", "correctness", "forgetfulness"]
    run.check("Dataset Cartography: its columns in its order", list(metrics.columns[:7]) == wanted)
    run.check("Dataset Cartography: numbers in all of them", all(np.isfinite(metrics[name].to_numpy(float)).all() for name in wanted[1:]))
    run.check("Dataset Cartography: an example each", metrics.guid.is_unique and set(metrics.guid) == set(scores.source), len(metrics))
    closeness = metrics.confidence * (1 - metrics.confidence)
    run.check("Dataset Cartography: its relations hold", np.allclose(metrics.threshold_closeness, closeness) and metrics.corr_frac.max() == 1
              and metrics.confidence.between(0, 1).all() and metrics.variability.between(0, 0.5).all())
    hard = metrics.sort_values("confidence").guid.head(FLIPS)
    run.check("Dataset Cartography: wrong labels are hard to learn", len(set(hard) & wrong) >= 0.6 * FLIPS, len(set(hard) & wrong))
    run.check("Dataset Cartography: a third is ambiguous", len(names["ambiguous"]) == int(0.33 * len(metrics)))


def of_datasets(run, names, wrong):
    from datasets import DatasetDict
    run.shell("curl -T shades.zip localhost:8080/v1/datasets/")
    dataset = run.get("/v1/datasets/shades")
    run.check("Hugging Face datasets: the archive is a dataset", dataset["classes"] == ["dark", "light"]
              and dataset["class_counts"]["train"] == [16, 16] and dataset["shape"] == [8, 8, 3], dataset["class_counts"])
    with urllib.request.urlopen(f"{run.url}/v1/datasets/shades/examples/3/image", timeout=60) as response:
        row = run.get("/v1/datasets/shades/examples/3")
        at = int(os.path.splitext(os.path.basename(row["source"]))[0])
        run.check("Hugging Face datasets: the pictures are the same", np.array_equal(
            np.asarray(Image.open(response).convert("RGB")), np.asarray(names["shades"][at]["image"])), row["source"])
    parts = names["shades"].train_test_split(test_size=8, seed=1)
    names["write_zip"](DatasetDict(parts), os.path.join(run.folder, "parts.zip"))
    parts["train"].remove_columns("image").add_column("depth", [0.5 * row for row in range(24)]).to_json(os.path.join(run.folder, "depths.jsonl"))
    run.shell("curl -T parts.zip localhost:8080/v1/datasets/\ncurl -T depths.jsonl localhost:8080/v1/datasets/")
    run.check("Hugging Face datasets: splits stay splits", run.get("/v1/datasets/parts")["splits"] == {"train": 24, "test": 8})
    run.check("Hugging Face datasets: a table by to_json", run.get("/v1/datasets/depths")["num_examples"] == 24)


CHECKS = {"pandas as pd\nscores": of_pandas, "polars": of_polars, "numpy as np\nevidence": of_numpy, "cleanlab": of_cleanlab,
          "label_studio_sdk": of_label_studio, "pandas as pd\nmetrics": of_cartography, "datasets import": of_datasets}


def main(page, url, folder):
    with open(page, encoding="utf-8") as file:
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    run = Run(url, folder)
    wrong = pictures(run)
    table(run)
    left = dict(CHECKS)
    for language, code in blocks:
        if language == "":
            run.shell(code)
            continue
        kinds = [kind for kind in left if kind in code]
        if len(kinds) != 1:
            sys.exit(f"a block of Python with {len(kinds)} checks:\n{code}")
        names = run.python(code)
        check = left.pop(kinds[0])
        check(run, names, wrong, code) if check is of_numpy else check(run, names, wrong)
    run.check("every check has its block on the page", not left, ", ".join(left))
    print(f"{run.failures} failed" if run.failures else "tools: all checks hold")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
