// ECG paper and traces: drawn once into tiles of a fixed width, so that scrolling only moves pictures.
import { MISSING } from "./signal.js";

const SQUARES = 13; // squares of 5 mm in a tile, so that the paper is the same in all of them
const KEPT = 40; // tiles
const BUDGET = 6; // milliseconds of a frame after which no further tile is begun

/** What decides how a strip looks; two tiles of the same look fit together. */
export class Look {
  constructor({ mm, speed, gain, height, rows, leads, centre, theme }) {
    Object.assign(this, { mm, speed, gain, height, rows, leads, centre, theme });
    this.tile = 5 * mm * SQUARES;
    this.perSecond = mm * speed;
    this.perMicrovolt = (mm * gain) / 1000;
    this.key = [mm, speed, gain, height, leads.join(), centre.join(), theme, window.devicePixelRatio].join("|");
  }

  /** Height of the zero line of the n-th lead that is shown. */
  zero(n) {
    return (this.height * (n + 0.5)) / this.leads.length;
  }
}

export class Tiles {
  constructor(signal, fs) {
    Object.assign(this, { signal, fs, tiles: new Map(), key: "" });
  }

  /** Draw a stretch; returns whether something is still missing. `left` is in pixels since the first sample. */
  draw(context, look, left, width, ink) {
    if (look.key !== this.key) {
      this.tiles.clear();
      this.paper = drawnPaper(look, ink);
      this.key = look.key;
    }
    const start = performance.now();
    let [missing, made] = [false, 0];
    for (let number = Math.floor(left / look.tile); number * look.tile < left + width; number++) {
      let tile = this.tiles.get(number);
      if (!tile && (!made || performance.now() - start < BUDGET)) {
        made += 1;
        tile = this.make(number, look, ink);
        this.keep(number, tile);
      }
      missing ||= !tile;
      context.drawImage(tile?.canvas ?? this.paper, number * look.tile - left, 0, look.tile, look.height);
    }
    return missing;
  }

  keep(number, tile) {
    this.tiles.delete(number);
    this.tiles.set(number, tile);
    for (const old of this.tiles.keys()) {
      if (this.tiles.size <= KEPT) break;
      this.tiles.delete(old);
    }
  }

  /** Forget tiles that were drawn before their samples were here. */
  refresh() {
    for (const [number, tile] of this.tiles) if (!tile.whole) this.tiles.delete(number);
  }

  make(number, look, ink) {
    const left = number * look.tile;
    const { canvas, context } = blank(look);
    context.drawImage(this.paper, 0, 0, look.tile, look.height);
    const start = Math.floor(((left - 2) / look.perSecond) * this.fs);
    const stop = Math.ceil(((left + look.tile + 2) / look.perSecond) * this.fs) + 1;
    const { pieces, whole } = this.signal.between(start, stop);
    context.strokeStyle = ink.trace;
    context.lineWidth = 1.15;
    context.lineJoin = "bevel";
    look.leads.forEach((lead, n) => drawTrace(context, look, pieces, lead, n, { start, stop, left, fs: this.fs }));
    return { canvas, whole };
  }
}

function blank(look) {
  const ratio = window.devicePixelRatio || 1;
  const canvas = document.createElement("canvas");
  canvas.width = look.tile * ratio;
  canvas.height = look.height * ratio;
  const context = canvas.getContext("2d", { alpha: false });
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { canvas, context };
}

function drawnPaper(look, ink) {
  const { mm, height, tile } = look;
  const { canvas, context } = blank(look);
  context.fillStyle = ink.paper;
  context.fillRect(0, 0, tile, height);
  for (const [step, colour, width] of [[mm, ink["paper-fine"], 0.5], [5 * mm, ink["paper-coarse"], 0.7]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    for (let x = 0; x < tile; x += step) {
      context.moveTo(x + 0.25, 0);
      context.lineTo(x + 0.25, height);
    }
    for (let y = 0; y <= height; y += step) {
      context.moveTo(0, y + 0.25);
      context.lineTo(tile, y + 0.25);
    }
    context.stroke();
  }
  return canvas;
}

/** Draw samples as a line; where several fall into one pixel, the lowest and the highest of them. */
function drawTrace(context, look, pieces, lead, n, { start, stop, left, fs }) {
  const xPerSample = look.perSecond / fs;
  const scale = look.perMicrovolt;
  const base = look.zero(n) + (look.centre[n] ?? 0) * scale;
  context.beginPath();
  for (const { start: begin, n: length, columns } of pieces) {
    const values = columns[lead];
    const [from, to] = [Math.max(start, begin) - begin, Math.min(stop, begin + length) - begin];
    const shift = begin * xPerSample - left;
    if (xPerSample < 0.6) drawDense(context, values, from, to, { shift, xPerSample, base, scale });
    else drawSparse(context, values, from, to, { shift, xPerSample, base, scale });
  }
  context.stroke();
}

function drawSparse(context, values, from, to, { shift, xPerSample, base, scale }) {
  let pen = false;
  for (let at = from; at < to; at++) {
    const value = values[at];
    if (value === MISSING) pen = false;
    else if (pen) context.lineTo(shift + at * xPerSample, base - value * scale);
    else context.moveTo(shift + at * xPerSample, base - value * scale);
    pen ||= value !== MISSING;
  }
}

function drawDense(context, values, from, to, { shift, xPerSample, base, scale }) {
  let [pen, at] = [false, from];
  while (at < to) {
    const x = Math.floor(shift + at * xPerSample);
    const end = Math.min(to, Math.max(at + 1, Math.ceil((x + 1 - shift) / xPerSample)));
    let [low, high] = [32767, MISSING];
    for (; at < end; at++) {
      const value = values[at];
      if (value === MISSING) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high === MISSING) {
      pen = false;
      continue;
    }
    if (pen) context.lineTo(x, base - low * scale);
    else context.moveTo(x, base - low * scale);
    if (high > low) context.lineTo(x, base - high * scale);
    pen = true;
  }
}

/** Return the middle of samples, in microvolts. */
export function centreOf(samples) {
  const sorted = samples.sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : 0;
}
