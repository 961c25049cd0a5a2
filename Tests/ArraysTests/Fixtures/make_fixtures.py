"""Writes the arrays in this folder with NumPy itself; run it to make them again (NumPy 2.4)."""

import io
import pathlib
import zipfile

import numpy as np

here = pathlib.Path(__file__).parent
grid = np.arange(-6, 6).reshape(3, 4)

np.save(here / "int32.npy", grid.astype("<i4"))
np.save(here / "int64_big.npy", grid.astype(">i8"))
np.save(here / "float64_fortran.npy", np.asfortranarray(grid / 4))
np.save(here / "uint8_fortran3.npy", np.asfortranarray(np.arange(24, dtype="u1").reshape(2, 3, 4)))
np.save(here / "float16.npy", np.array([0.5, -2.0, np.inf, np.nan], "<f2"))
np.save(here / "bool.npy", np.array([True, False, True]))
np.save(here / "scalar.npy", np.float32(2.5))
np.save(here / "empty.npy", np.zeros((0, 3), "<f4"))
np.save(here / "object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
np.save(here / "structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<i2", (2,))]))
np.save(here / "complex.npy", np.zeros(2, "<c8"))
with open(here / "version2.npy", "wb") as file:
    np.lib.format.write_array(file, grid.astype("<i2"), version=(2, 0))

np.savez(here / "stored.npz", x=grid.astype("<f4"), y=np.arange(3), ids=np.array(["a", "Grüße", ""]))
np.savez_compressed(here / "deflated.npz", x=np.tile(np.arange(1000, dtype="<u2"), 200), code=np.array([b"ab", b"c"]))

# What NumPy writes: every local header in its ZIP64 form. And a stored member with a data descriptor, as streams do.
with open(here / "streamed.npz", "wb") as target:

    class Unseekable(io.RawIOBase):
        def writable(self):
            return True

        def write(self, data):
            return target.write(data)

    with zipfile.ZipFile(Unseekable(), "w") as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.arange(5, dtype="<f8"))
        archive.writestr("x.npy", buffer.getvalue())
with zipfile.ZipFile(here / "bzip2.npz", "w", zipfile.ZIP_BZIP2) as archive:
    archive.writestr("x.npy", buffer.getvalue())
