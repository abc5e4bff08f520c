// Samples of a recording, fetched in pieces and kept while there is room.
import { getBytes } from "./server.js";

const PIECE = 8192; // samples or pairs of each lead in a request
const ENOUGH = 300; // samples that tell the middle of a lead
const KEPT = 48; // pieces in memory: some ten megabytes with twelve leads
export const MISSING = -32768;

/** One piece: for each lead its samples (factor 1), or pairs of lowest and highest value, in microvolts. */
function piece(buffer) {
  const [start, factor, n, leads] = new Float64Array(buffer, 0, 4);
  const per = factor === 1 ? 1 : 2;
  const columns = Array.from({ length: leads }, (_, lead) => new Int16Array(buffer, 32 + lead * n * per * 2, n * per));
  return { start, factor, n, columns };
}

export class Signal {
  /** Samples of all leads (factor 1), or extremes of one lead over so many samples. */
  constructor(recording, factor = 1, lead = null) {
    this.path = `${recording.path}/signal`;
    this.total = recording.about.n_samples;
    [this.factor, this.lead] = [factor, lead];
    this.span = PIECE * factor;
    this.pieces = new Map();
    this.asked = new Map();
    this.onload = () => {};
  }

  /** Return the pieces of a stretch that are here, and ask for those that are not. */
  between(start, stop) {
    const [first, last] = [Math.floor(Math.max(0, start) / this.span), Math.floor((Math.min(stop, this.total) - 1) / this.span)];
    const found = [];
    let whole = true;
    for (let number = first; number <= last; number++) {
      const here = this.pieces.get(number);
      if (here) {
        this.pieces.delete(number); // the latest used stands last
        this.pieces.set(number, here);
        found.push(here);
      } else {
        whole = false;
        this.fetch(number);
      }
    }
    return { pieces: found, whole };
  }

  /** Return the samples of a lead between two samples, NaN where missing or not here yet. */
  samples(lead, start, stop) {
    const out = new Float32Array(stop - start).fill(NaN);
    for (const { start: begin, n, columns } of this.between(start, stop).pieces) {
      for (let at = Math.max(start, begin); at < Math.min(stop, begin + n); at++) {
        const value = columns[lead][at - begin];
        if (value !== MISSING) out[at - start] = value;
      }
    }
    return out;
  }

  /** Return some known samples of a lead between two samples, evenly spread: enough to know its middle. */
  some(lead, start, stop) {
    const step = Math.ceil((stop - start) / ENOUGH);
    const out = [];
    for (const { start: begin, n, columns } of this.between(start, stop).pieces) {
      for (let at = Math.ceil(Math.max(start, begin) / step) * step; at < Math.min(stop, begin + n); at += step) {
        const value = columns[lead][at - begin];
        if (value !== MISSING) out.push(value);
      }
    }
    return out;
  }

  fetch(number) {
    if (number < 0 || number * this.span >= this.total || this.asked.has(number) || this.pieces.has(number)) return;
    const [start, stop] = [number * this.span, Math.min((number + 1) * this.span, this.total)];
    const lead = this.lead === null ? "" : `&lead=${this.lead}`;
    const asked = getBytes(`${this.path}?start=${start}&stop=${stop}&factor=${this.factor}${lead}`)
      .then((buffer) => {
        this.pieces.set(number, piece(buffer));
        for (const old of this.pieces.keys()) {
          if (this.pieces.size <= KEPT) break;
          this.pieces.delete(old);
        }
      })
      .catch(() => new Promise((resolve) => setTimeout(resolve, 2000)))
      .finally(() => {
        this.asked.delete(number);
        this.onload();
      });
    this.asked.set(number, asked);
  }
}
