"""Samples a second of PyTorch's training step: torch_steps.py NETWORK VARIANT STEPS THREADS -> one number.

NETWORK: mlp (784-512-256-10), cnn (28 x 28 x 1), resnet20, resnet18 (32 x 32 x 3, GroupNorm as ours by default).
VARIANT: words of eager, channels_last, compile, bf16 joined by +.
"""
import sys, time
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        norm = lambda c: nn.GroupNorm(min(32, c // 4) if c >= 16 else 1, c)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False); self.norm1 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False); self.norm2 = norm(outputs)
        self.skip = None if stride == 1 and inputs == outputs else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + (x if self.skip is None else self.skip(x)))


def resnet(widths, blocks):
    layers = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.GroupNorm(min(32, widths[0] // 4), widths[0]), nn.ReLU()]
    inputs = widths[0]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            layers.append(Block(inputs, width, 2 if stage and not block else 1)); inputs = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


def network(name):
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10)), (1, 28, 28)
    if name == "cnn":
        conv = lambda a, b: [nn.Conv2d(a, b, 3, padding=1), nn.ReLU()]
        return nn.Sequential(*conv(1, 32), *conv(32, 32), nn.MaxPool2d(2), *conv(32, 64), *conv(64, 64), nn.MaxPool2d(2),
                             nn.Flatten(), nn.Linear(3136, 128), nn.ReLU(), nn.Linear(128, 10)), (1, 28, 28)
    if name == "resnet20": return resnet([16, 32, 64], 3), (3, 32, 32)
    if name == "resnet18": return resnet([64, 128, 256, 512], 2), (3, 32, 32)
    raise SystemExit(f"no network {name}")


name, variant, steps, threads = sys.argv[1], sys.argv[2].split("+"), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads); torch.manual_seed(0)
net, shape = network(name)
batch = 128
x = torch.rand(batch, *shape); y = torch.randint(0, 10, (batch,))
if "channels_last" in variant: net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
forward = torch.compile(net) if "compile" in variant else net


def step():
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled="bf16" in variant):
        loss = F.cross_entropy(forward(x), y)
    loss.backward(); optimizer.step()


for _ in range(3): step()
start = time.perf_counter()
for _ in range(steps): step()
print(steps * batch / (time.perf_counter() - start))
