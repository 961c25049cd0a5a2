// The point layer of the depth map: one canvas, any number of points, no library. Coordinates run from 0 to 1; where one is
// undefined the point stands in a band beyond 1.

import { token } from './dom.js';

const BAND = 0.09;
const CELL = 16;
/// Above this many, points are blended into pixels instead of drawn as paths.
const MANY = 20000;

/// Red, green and blue of any CSS colour.
function rgb(colour) {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d');
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

/// A number in [-0.5, 0.5) that depends on the row only, so that a point never moves between visits.
function jitter(i, salt) {
  let z = Math.imul(i + 1, 0x9e3779b1) ^ salt;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return ((z ^ (z >>> 16)) >>> 0) / 4294967296 - 0.5;
}

/// The smallest distance between two values that occur, at most `most`.
function smallestStep(values, most) {
  const seen = new Set();
  for (const value of values) {
    if (!Number.isNaN(value)) seen.add(Math.round(value * 1e5));
    if (seen.size > 400) return 0.004;
  }
  const sorted = [...seen].sort((a, b) => a - b);
  let step = most;
  for (let k = 1; k < sorted.length; k += 1) step = Math.min(step, (sorted[k] - sorted[k - 1]) / 1e5);
  return Math.max(step, 0.012);
}

export class Scatter {
  /// `cuts` are the places of the dashed lines, by axis.
  constructor(canvas, { x, y, steps, cuts }) {
    this.canvas = canvas;
    this.cuts = cuts;
    this.count = x.length;
    this.focused = -1;
    this.layers = [];
    this.codes = null;
    // Positions in units of the plot, undefined ones already in their band.
    const place = (values, salt) => {
      const spread = 0.92 * smallestStep(values, 1 / Math.max(1, steps));
      const out = new Float32Array(values.length);
      for (let i = 0; i < values.length; i += 1) {
        out[i] = Number.isNaN(values[i]) ? 1 + spread / 2 + 0.02 + BAND * (0.5 + 0.8 * jitter(i, salt)) : values[i] + spread * jitter(i, salt);
      }
      return { out, low: -spread / 2 - 0.01, high: 1 + spread / 2 + 0.02 + BAND };
    };
    this.x = place(x, 0x1b873593);
    this.y = place(y, 0x52dce729);
    this.undefinedX = x.some(Number.isNaN);
    this.undefinedY = y.some(Number.isNaN);
  }

  /// Draws the rows of each layer's code in its colour, later layers on top.
  colour(codes, layers) {
    this.codes = codes;
    this.layers = layers;
    this.draw();
  }

  /// Takes the size its element has now.
  fit() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || (width === this.width && height === this.height)) return;
    this.width = width;
    this.height = height;
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.box = { left: 44, right: width - 10, top: 10, bottom: height - 34 };
    this.draw();
  }

  px(u) { return this.box.left + (u - this.x.low) / (this.x.high - this.x.low) * (this.box.right - this.box.left); }
  py(u) { return this.box.bottom - (u - this.y.low) / (this.y.high - this.y.low) * (this.box.bottom - this.box.top); }

  position(i) { return i >= 0 && this.box ? [this.px(this.x.out[i]), this.py(this.y.out[i])] : null; }

  draw() {
    if (!this.width || !this.codes) return;
    // Points go to a canvas of their own; moving the ring then copies it instead of drawing them all again.
    this.points ??= document.createElement('canvas');
    this.points.width = this.canvas.width;
    this.points.height = this.canvas.height;
    const context = this.points.getContext('2d', { willReadFrequently: this.count > MANY });
    const scale = devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.drawFrame(context);
    this.size = this.count > 200000 ? 1.5 : this.count > MANY ? 2 : this.count > 6000 ? 3.4 : this.count > 500 ? 4.6 : 7;
    this.visible = new Uint8Array(this.count);
    if (this.count > MANY) this.splat(context, scale); else this.stamp(context);
    this.index();
    this.overlay();
  }

  /// Calls `each(x, y)` for the rows of a layer, in canvas units, and marks them visible.
  eachOf({ code }, each) {
    const wanted = Number.isNaN(code);
    const { codes, visible, count, box } = this;
    const xs = this.x.out;
    const ys = this.y.out;
    const kx = (box.right - box.left) / (this.x.high - this.x.low);
    const ky = (box.bottom - box.top) / (this.y.high - this.y.low);
    for (let i = 0; i < count; i += 1) {
      const own = codes[i];
      if (wanted ? !Number.isNaN(own) : own !== code) continue;
      visible[i] = 1;
      each(box.left + (xs[i] - this.x.low) * kx, box.bottom - (ys[i] - this.y.low) * ky);
    }
  }

  /// Few points: round, through the canvas's own paths.
  stamp(context) {
    const radius = this.size / 2;
    context.globalAlpha = 0.72;
    for (const layer of this.layers) {
      context.fillStyle = layer.colour;
      context.beginPath();
      this.eachOf(layer, (px, py) => { context.moveTo(px + radius, py); context.arc(px, py, radius, 0, 6.2832); });
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /// Many points: squares blended into the pixels themselves, some twenty times as fast as paths.
  splat(context, scale) {
    const { width, height } = this.points;
    const image = context.getImageData(0, 0, width, height);
    const { data } = image;
    const side = Math.max(1, Math.round(this.size * scale));
    const alpha = this.count > 200000 ? 0.45 : 0.6;
    for (const layer of this.layers) {
      const [red, green, blue] = rgb(layer.colour);
      this.eachOf(layer, (px, py) => {
        const left = Math.round(px * scale - side / 2);
        const top = Math.round(py * scale - side / 2);
        if (left < 0 || top < 0 || left + side > width || top + side > height) return;
        for (let row = top; row < top + side; row += 1) {
          for (let at = (row * width + left) * 4, end = at + side * 4; at < end; at += 4) {
            // The frame's background is transparent: what lies below counts as much as it covers.
            const under = data[at + 3] / 255 * (1 - alpha);
            const cover = alpha + under;
            data[at] = (red * alpha + data[at] * under) / cover;
            data[at + 1] = (green * alpha + data[at + 1] * under) / cover;
            data[at + 2] = (blue * alpha + data[at + 2] * under) / cover;
            data[at + 3] = cover * 255;
          }
        }
      });
    }
    context.putImageData(image, 0, 0);
  }

  drawFrame(context) {
    const { box } = this;
    context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    context.lineWidth = 1;
    const edgeX = this.px(this.x.high - BAND);
    const edgeY = this.py(this.y.high - BAND);
    context.fillStyle = token('--sunken');
    if (this.undefinedX) context.fillRect(edgeX, box.top, box.right - edgeX, box.bottom - box.top);
    if (this.undefinedY) context.fillRect(box.left, box.top, box.right - box.left, edgeY - box.top);
    context.strokeStyle = token('--line');
    context.setLineDash([3, 4]);
    context.beginPath();
    for (const cut of this.cuts.x) {
      context.moveTo(Math.round(this.px(cut)) + 0.5, box.top); context.lineTo(Math.round(this.px(cut)) + 0.5, box.bottom);
    }
    for (const cut of this.cuts.y) {
      context.moveTo(box.left, Math.round(this.py(cut)) + 0.5); context.lineTo(box.right, Math.round(this.py(cut)) + 0.5);
    }
    context.stroke();
    context.setLineDash([]);
    context.strokeRect(box.left + 0.5, box.top + 0.5, box.right - box.left - 1, box.bottom - box.top - 1);
    context.fillStyle = token('--muted');
    context.textAlign = 'center';
    const marks = this.width > 480 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.25, 0.5, 0.75];
    for (const tick of marks) context.fillText(String(tick), this.px(tick), box.bottom + 17);
    if (this.undefinedX) context.fillText(this.width > 560 ? 'undefined' : 'undef.', (edgeX + box.right) / 2, box.bottom + 17);
    context.textAlign = 'right';
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) context.fillText(String(tick), box.left - 8, this.py(tick) + 4);
    if (this.undefinedY) {
      context.save();
      context.textAlign = 'left';
      context.fillText('undefined', box.left + 8, box.top + 16);
      context.restore();
    }
  }

  /// Sorts the visible points into square cells, so that finding one looks at a few of them only. A counting sort:
  /// `starts[c]` is where cell c begins in `sorted`.
  index() {
    this.across = Math.ceil(this.width / CELL) + 1;
    const down = Math.ceil(this.height / CELL) + 1;
    const cells = new Int32Array(this.count).fill(-1);
    const starts = new Int32Array(this.across * down + 1);
    for (let i = 0; i < this.count; i += 1) {
      if (!this.visible[i]) continue;
      const c = Math.floor(this.py(this.y.out[i]) / CELL) * this.across + Math.floor(this.px(this.x.out[i]) / CELL);
      if (c < 0 || c >= starts.length - 1) continue;
      cells[i] = c;
      starts[c + 1] += 1;
    }
    for (let c = 1; c < starts.length; c += 1) starts[c] += starts[c - 1];
    const next = starts.slice();
    this.sorted = new Int32Array(starts.at(-1));
    for (let i = 0; i < this.count; i += 1) if (cells[i] >= 0) this.sorted[next[cells[i]]++] = i;
    this.starts = starts;
  }

  /// The visible point nearest to a place on the canvas, within 12 pixels, or -1.
  at(px, py) {
    if (!this.starts) return -1;
    let best = -1;
    let nearest = 144;
    const column = Math.floor(px / CELL);
    const line = Math.floor(py / CELL);
    for (let cy = line - 1; cy <= line + 1; cy += 1) {
      for (let cx = column - 1; cx <= column + 1; cx += 1) {
        const c = cy * this.across + cx;
        if (cx < 0 || cx >= this.across || c < 0 || c >= this.starts.length - 1) continue;
        for (let k = this.starts[c]; k < this.starts[c + 1]; k += 1) {
          const i = this.sorted[k];
          const distance = (this.px(this.x.out[i]) - px) ** 2 + (this.py(this.y.out[i]) - py) ** 2;
          if (distance < nearest || (distance === nearest && i > best)) { nearest = distance; best = i; }
        }
      }
    }
    return best;
  }

  focus(i) {
    if (i === this.focused) return;
    this.focused = i;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.overlay());
  }

  /// The points as drawn, and the ring around the focused one.
  overlay() {
    if (!this.points) return;
    const context = this.canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.points, 0, 0);
    const point = this.position(this.focused);
    if (!point) return;
    const scale = devicePixelRatio || 1;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.strokeStyle = token('--ink');
    context.lineWidth = 2;
    context.beginPath();
    context.arc(point[0], point[1], this.size / 2 + 4, 0, 6.2832);
    context.stroke();
  }

  /// Moves to the nearest visible point in a direction; the first step starts in the middle.
  step([dx, dy]) {
    const from = this.position(this.focused) ?? [(this.box.left + this.box.right) / 2, (this.box.top + this.box.bottom) / 2];
    let best = -1;
    let nearest = Infinity;
    for (let i = 0; i < this.count; i += 1) {
      if (!this.visible[i] || i === this.focused) continue;
      const along = (this.px(this.x.out[i]) - from[0]) * dx + (this.py(this.y.out[i]) - from[1]) * dy;
      const across = Math.abs((this.px(this.x.out[i]) - from[0]) * dy) + Math.abs((this.py(this.y.out[i]) - from[1]) * dx);
      if (along <= 0.5 || across > along * 2) continue;
      const distance = along + 2 * across;
      if (distance < nearest) { nearest = distance; best = i; }
    }
    if (best >= 0) this.focus(best);
    return this.focused;
  }
}
