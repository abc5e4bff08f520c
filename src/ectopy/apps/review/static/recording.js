// One recording under review: its beats, its figures, and every change that is made to it.
import { Clock } from "./clock.js";
import { getJson, getNews, postBytes } from "./server.js";

export const CLASSES = ["N", "S", "V", "F", "Q", "?"];
export const ABNORMAL = 1;
export const CHANGED = 2;
const POLL = 2000; // milliseconds between two looks for what others did

/** Beats as columns; a row is a beat, by time. The layout is that of ectopy.apps.review.snapshot. */
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const state = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const n = state.n_beats;
  let at = Math.ceil((4 + length) / 8) * 8;
  const take = (Kind) => {
    const column = new Kind(buffer, at, n);
    at += Math.ceil((n * Kind.BYTES_PER_ELEMENT) / 8) * 8;
    return column;
  };
  const beats = { n, samples: take(Uint32Array), ids: take(Uint32Array), rr: take(Float32Array), clusters: take(Int16Array),
    classes: take(Uint8Array), sure: take(Uint8Array), flags: take(Uint8Array) };
  return { state, beats };
}

export class Recording extends EventTarget {
  static async open(key) {
    const recording = new Recording(key, await getJson(`/api/recordings/${key}`));
    recording.take(await getNews(`${recording.path}/state?since=-1&author=${encodeURIComponent(author())}`));
    return recording;
  }

  constructor(key, about) {
    super();
    this.key = key;
    this.about = about;
    this.path = `/api/recordings/${key}`;
    usual = about.reviewer;
    this.clock = new Clock(about.start);
    this.duration = about.n_samples / about.fs;
    this.selected = new Set(); // ids of beats
    this.at = 0; // seconds, the middle of what the strip shows
    this.busy = Promise.resolve();
    this.timer = setInterval(() => this.poll(), POLL);
  }

  close() {
    clearInterval(this.timer);
  }

  /** Take in a state of the server, unless a newer one is known. */
  take(buffer) {
    if (!buffer) return;
    const { state, beats } = unpack(buffer);
    if (this.state && state.revision < this.state.revision) return;
    this.state = state;
    this.beats = beats;
    this.rowOf = null;
    for (const id of this.selected) if (this.row(id) < 0) this.selected.delete(id);
    this.dispatchEvent(new Event("change"));
  }

  async poll() {
    if (document.hidden) return;
    try {
      this.take(await getNews(`${this.path}/state?since=${this.state.revision}&author=${encodeURIComponent(author())}`));
    } catch {
      // the next change says what is wrong
    }
  }

  /** Ask for a change; changes go out one after the other. */
  send(what, value = {}) {
    const sent = this.busy.then(async () => this.take(await postBytes(`${this.path}/${what}`, value)));
    this.busy = sent.catch(() => {});
    return sent;
  }

  /** Make one edit; its types and members are those of ectopy.analysis.edits. */
  edit(type, members) {
    return this.act([{ type, ...members }]);
  }

  /** Make the edits of one action, which is undone as a whole. */
  act(edits) {
    return this.send("edits", { author: author(), edits });
  }

  undo() {
    return this.send("undo", { author: author() });
  }

  redo() {
    return this.send("redo", { author: author() });
  }

  /** Return the row of a beat by its id, −1 if it is gone. */
  row(id) {
    if (!this.rowOf) {
      this.rowOf = new Map();
      this.beats.ids.forEach((each, row) => this.rowOf.set(each, row));
    }
    return this.rowOf.get(id) ?? -1;
  }

  /** Return the first row at or after a sample. */
  rowAt(sample) {
    const { samples, n } = this.beats;
    let [low, high] = [0, n];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (samples[middle] < sample) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Return the rows of the beats between two samples. */
  rowsBetween(start, stop) {
    const first = this.rowAt(start);
    const last = this.rowAt(stop);
    return Array.from({ length: last - first }, (_, n) => first + n);
  }

  /** Return the rows of a cluster. */
  members(cluster) {
    const rows = [];
    this.beats.clusters.forEach((each, row) => each === cluster && rows.push(row));
    return rows;
  }

  idsOf(rows) {
    return rows.map((row) => this.beats.ids[row]);
  }

  select(ids) {
    this.selected = new Set(ids);
    this.dispatchEvent(new Event("select"));
  }

  /** Show a time in the strip. */
  goTo(seconds) {
    this.at = Math.min(Math.max(0, seconds), this.duration);
    this.dispatchEvent(new Event("go"));
  }

  goToBeat(id) {
    const row = this.row(id);
    if (row < 0) return;
    this.select([id]);
    this.goTo(this.beats.samples[row] / this.about.fs);
  }
}

const AUTHOR = "ectopy-author";
let usual = "reviewer";

/** Return who reviews, as the log says: who signed last on this page, or who started the server. */
export function author() {
  return localStorage.getItem(AUTHOR) || usual;
}

/** Return who signed last on this page, or nobody. */
export function signer() {
  return localStorage.getItem(AUTHOR) ?? "";
}

export function setAuthor(name) {
  localStorage.setItem(AUTHOR, name);
}
