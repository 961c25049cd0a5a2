#!/usr/bin/env python3
"""Makes vocab.txt, pieces.json, encoder.onnx and encoder.json: a small vocabulary, what the library `tokenizers` cuts texts into
with it, and a small encoder as people export theirs with what PyTorch says of one text.

    python3 make_encoder.py VOCABULARY

Needs PyTorch, onnxscript and tokenizers 0.22. VOCABULARY is that of a BERT without capitals; the small one has its special
tokens, all its single characters of one byte, some longer ones, and the pieces of the words below. The encoder is not trained:
width 16, two layers of attention and perceptron, normalised behind each (Devlin et al. 2019), inputs as BERT's.
"""
import io, json, sys
import torch
from tokenizers import BertWordPieceTokenizer
from torch import nn

WORDS = """the card payment pay ##ment ##ments ##ing charge ##d ##s re ##fund un ##aff ##able top ##up ##ups naive cafe uber ##ll ##o
hello world ##ized token 日 本 한 ##국 ##ク µ ß ss ##ß ss i ist ##anbul ﬁ fi ##n ##e ##an ##a ##b ##c""".split()
TEXTS = [
    "", " ", "Hello, world!", "hello,world", "I've been CHARGED twice (re-fund)?!", "unaffable", "topups & refunds", "tokenized",
    "naïve café", "naïve café", "Über", "Grüße", "İstanbul", "日本語のテキスト", "한국", "ﬁne", "µ", "a b c​d", "x‎y", "tab\tnew\nline\r",
    "zwnj‌here", "“quoted” — dash… ¿qué?", "e-mail@example.com", "$5.00 + 3%", "a" * 100, "a" * 101, "€uro", "🙂 smile",
    "a�b", "nul\x00byte", "bell\x07", "line separator", "the " * 40, "1234567890", "ǅ Ǆ", "Ω Ω", "ﷺ", "½", "𠀀 𝔘𝔫𝔦",
    "[CLS]", "##ing", "don't", "日 本",
]


def vocabulary(path):
    lines = open(path, encoding="utf-8").read().splitlines()
    known = set(lines)
    wanted = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    wanted += [line for line in lines if len(line) == 1 and ord(line) < 128] + [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz0123456789"]
    wanted += [word for word in dict.fromkeys(WORDS) if word in known or len(word) < 8]
    return list(dict.fromkeys(wanted))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__(); self.heads = heads
        self.after, self.last = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.perceptron = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x, mask):
        n, t, d = x.shape
        q, k, v = self.mix(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5 + mask, -1)
        x = self.after(x + self.out((weights @ v).transpose(1, 2).reshape(n, t, d)))
        return self.last(x + self.perceptron(x))


class Encoder(nn.Module):
    def __init__(self, pieces, width=16):
        super().__init__()
        self.words, self.kinds, self.places = nn.Embedding(pieces, width), nn.Embedding(2, width), nn.Embedding(64, width)
        self.first = nn.LayerNorm(width); self.layers = nn.ModuleList(Layer(width, 2) for _ in range(2))

    def forward(self, input_ids, attention_mask, token_type_ids):
        place = torch.cumsum(torch.ones_like(input_ids), 1) - 1
        x = self.first(self.words(input_ids) + self.kinds(token_type_ids) + self.places(place))
        mask = (1 - attention_mask[:, None, None, :].to(x.dtype)) * -1e4
        self.means = []
        for layer in self.layers:
            x = layer(x, mask); self.means.append(x.mean(1))
        return x


pieces = vocabulary(sys.argv[1])
open("vocab.txt", "w", encoding="utf-8").write("\n".join(pieces) + "\n")
cut = BertWordPieceTokenizer("vocab.txt", lowercase=True)
# The library takes "[CLS]" within a text for the token, as we do not.
cases = [{"text": text, "pieces": cut.encode(text).ids} for text in TEXTS if text != "[CLS]"]
json.dump(cases, open("pieces.json", "w"), indent=0, ensure_ascii=True)
torch.manual_seed(1)
encoder = Encoder(len(pieces)).eval()
text = "I've been charged twice, re-fund the payment!"
ids = torch.tensor([cut.encode(text).ids])
with torch.no_grad():
    last = encoder(ids, torch.ones_like(ids), torch.zeros_like(ids))[0].mean(0).tolist(); means = [m[0].tolist() for m in encoder.means]
out = io.BytesIO()
names = ["input_ids", "attention_mask", "token_type_ids"]
torch.onnx.export(encoder, (ids, torch.ones_like(ids), torch.zeros_like(ids)), out, input_names=names, output_names=["last_hidden_state"],
                  dynamic_axes={name: {0: "n", 1: "t"} for name in names}, opset_version=17, dynamo=False)
open("encoder.onnx", "wb").write(out.getvalue())
json.dump({"text": text, "embedding": last, "layer_means": means}, open("encoder.json", "w"))
print(len(pieces), "pieces", len(out.getvalue()), "bytes", [o for o in names])
