#!/usr/bin/env python3
"""Makes transformer.onnx and transformer.json: a small vision transformer, trained, exported as people export theirs, and what
PyTorch says of one picture.

    python3 make_transformer.py FASHION_MNIST_TAR

Needs PyTorch, NumPy and onnxscript. Fashion-MNIST (MIT licence) at 28 x 28, its grey as three channels; patches of 7 pixels, 17
tokens with the class token, width 32, 4 blocks (attention and perceptron, layer normalisation before each: Dosovitskiy et al.
2021), the class token after the last normalisation as embedding. One output is declared, as exporters do: its blocks are within.
"""
import gzip, io, json, sys, tarfile
import numpy as np, torch
from torch import nn

torch.manual_seed(0); torch.set_num_threads(1)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__(); self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.mix(self.before(x)).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5, -1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(n, t, d))
        return x + self.perceptron(self.between(x))


class Tower(nn.Module):
    def __init__(self, width=32, depth=4, heads=4):
        super().__init__(); self.patches = nn.Conv2d(3, width, 7, 7)
        self.token = nn.Parameter(torch.zeros(1, 1, width)); self.place = nn.Parameter(torch.randn(1, 17, width) * 0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth)); self.last = nn.LayerNorm(width)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        self.sums = []
        for block in self.blocks:
            x = block(x); self.sums.append(x.mean(1))
        return self.last(x)[:, 0]


def pictures(path, part, count):
    with tarfile.open(path) as tar:
        def read(kind): return gzip.decompress(tar.extractfile(next(m for m in tar.getmembers() if m.name.endswith(f"{part}-{kind}.gz"))).read())
        x = np.frombuffer(read("images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 1, 28, 28)[:count].astype(np.float32)
        return torch.tensor((x.repeat(3, 1) - 127.5) / 127.5), torch.tensor(np.frombuffer(read("labels-idx1-ubyte"), np.uint8, offset=8)[:count].astype(np.int64))


tower, head = Tower(), nn.Linear(32, 10)
x, y = pictures(sys.argv[1], "train", 20_000)
epochs, batch = 6, 100
optimiser = torch.optim.AdamW([*tower.parameters(), *head.parameters()], 2e-3, weight_decay=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=epochs * len(y) // batch)
for epoch in range(epochs):
    for rows in torch.randperm(len(y)).split(batch):
        optimiser.zero_grad(); loss = nn.functional.cross_entropy(head(tower(x[rows])), y[rows]); loss.backward(); optimiser.step(); schedule.step()
    print(epoch, loss.item(), file=sys.stderr)
tower.eval()
with torch.no_grad():
    test, labels = pictures(sys.argv[1], "t10k", 2_000)
    accuracy = float((head(tower(test)).argmax(1) == labels).float().mean()); print("accuracy", accuracy, file=sys.stderr)
    picture = torch.tensor([[((7 * i + 13 * j + 29 * c) % 256 - 127.5) / 127.5 for j in range(28)] for c in range(3) for i in range(28)]).reshape(1, 3, 28, 28)
    embedding = tower(picture)[0].tolist(); sums = [s[0].tolist() for s in tower.sums]
out = io.BytesIO()
torch.onnx.export(tower, (picture,), out, input_names=["pixels"], output_names=["embedding"], dynamic_axes={"pixels": {0: "n"}}, opset_version=17, dynamo=False)
open("transformer.onnx", "wb").write(out.getvalue())
json.dump({"accuracy": round(accuracy, 4), "picture": "((7 row + 13 column + 29 channel) mod 256 - 127.5) / 127.5", "embedding": embedding, "block_means": sums}, open("transformer.json", "w"))
