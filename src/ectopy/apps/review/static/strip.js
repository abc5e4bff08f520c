// The strip: a stretch of the recording on ECG paper, and everything that can be done to its beats.
import { attempt, colours, fitted, h, showDialog, toast } from "./dom.js";
import { Look, Tiles, centreOf } from "./paper.js";
import { Signal } from "./signal.js";
import { LABELS, drawMarks } from "./strip_marks.js";
import { ActionBar } from "./strip_actions.js";
import { ContextLane } from "./context_lane.js";

const SPEEDS = [12.5, 25, 50];
const GAINS = [5, 10, 20];
const NEAR = 11; // pixels within which a click means a beat
const SNAP = 0.08; // seconds to either side in which the R peak is looked for
const DRIFT = 250; // microvolts that a lead may lie off the middle before it is centred anew

export class Strip {
  /** `tall`: all leads in all the room there is; otherwise as many as fit into a dock. */
  constructor(recording, { tall = false } = {}) {
    const gain = tall && recording.about.leads.length > 6 ? 5 : 10; // many leads have little room each
    Object.assign(this, { recording, tall, gain, speed: 25, single: !tall, ghost: null, span: null, caliper: null, measuring: false });
    this.mm = window.innerWidth < 600 ? 3 : 4;
    this.signal = new Signal(recording);
    this.tiles = new Tiles(this.signal, recording.about.fs);
    this.centres = new Map();
    this.signal.onload = () => {
      this.tiles.refresh();
      this.redraw();
    };
    this.canvas = h("canvas", { tabIndex: 0, role: "img", class: "strip-canvas" });
    this.canvas.setAttribute("aria-label", "ECG strip: arrow keys go from beat to beat, N S V F Q X label, Delete removes");
    this.where = h("button", { class: "plain number", title: "Go to a time (G)", onclick: () => this.askTime() });
    this.scale = h("span", { class: "quiet small number" });
    this.actions = new ActionBar(this);
    this.lane = new ContextLane(recording, this);
    this.holder = h("div", { class: "strip-holder" }, this.canvas);
    this.element = h("div", { class: tall ? "strip tall" : "strip" },
      h("div", { class: "strip-bar" }, this.where, this.scale, this.buttons(), h("span", { class: "spacer" }), this.actions.element),
      this.holder, this.lane.element);
    this.listen();
  }

  buttons() {
    const button = (text, title, act) => h("button", { class: "plain small", title, onclick: act }, text);
    this.measureButton = button("Calipers", "Measure by dragging (C), or drag with Shift", () => this.toggleCalipers());
    return h("span", { class: "strip-buttons wide" },
      button("Speed", "Paper speed (W)", () => this.nextSpeed()), button("Gain", "Gain (+ and −)", () => this.nextGain(1)),
      button("Leads", "One lead, or all (L)", () => this.toggleLeads()), this.measureButton);
  }

  listen() {
    const { canvas, recording } = this;
    const events = { pointerdown: "press", pointermove: "drag", pointerup: "release", pointercancel: "cancel", wheel: "wheel" };
    for (const [name, method] of Object.entries(events)) canvas.addEventListener(name, (event) => this[method](event), { passive: name !== "wheel" });
    this.watched = { go: () => this.jumped(), select: () => this.changed(), change: () => this.changed() };
    for (const [name, act] of Object.entries(this.watched)) recording.addEventListener(name, act);
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.holder);
  }

  close() {
    for (const [name, act] of Object.entries(this.watched)) this.recording.removeEventListener(name, act);
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.closed = true;
  }

  get leads() {
    const { order } = this.recording.about;
    if (this.single) return order.slice(0, 1);
    return this.tall ? order.toSorted((a, b) => a - b) : order.slice(0, 3);
  }

  get perSecond() {
    return this.mm * this.speed;
  }

  /** Left edge in seconds; a strip does not begin before the recording, nor end after it. */
  get left() {
    const shown = this.width / this.perSecond;
    return Math.max(0, Math.min(this.recording.at - shown / 2, this.recording.duration - shown));
  }

  sampleAt(x) {
    return Math.round((this.left + x / this.perSecond) * this.recording.about.fs);
  }

  jumped() {
    this.centres.clear();
    this.redraw();
  }

  changed() {
    this.actions.update();
    this.redraw();
  }

  redraw() {
    if (!this.frame && !this.closed) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    this.width = this.holder.clientWidth;
    const height = Math.max(120, Math.floor(this.holder.clientHeight));
    if (!this.width) return;
    const ink = colours();
    const context = fitted(this.canvas, this.width, height);
    const { fs } = this.recording.about;
    const [first, last] = [Math.floor(this.left * fs), Math.ceil((this.left + this.width / this.perSecond) * fs)];
    this.centre(first, last);
    const look = new Look({ mm: this.mm, speed: this.speed, gain: this.gain, height, leads: this.leads,
      centre: this.leads.map((lead) => this.centres.get(lead) ?? 0), theme: ink.page });
    const left = Math.round(this.left * this.perSecond);
    const missing = this.tiles.draw(context, look, left, this.width, ink);
    const view = { x: (sample) => (sample / fs) * this.perSecond - left, first: first - fs, last: last + fs, width: this.width, height,
      leads: this.leads, zero: (n) => look.zero(n), perMicrovolt: look.perMicrovolt, span: this.span, ghost: this.ghost, caliper: this.caliper };
    this.view = view;
    context.save();
    drawMarks(context, this.recording, view, ink);
    context.restore();
    this.where.textContent = this.recording.clock.at(this.left, 1);
    this.scale.textContent = `${this.speed} mm/s · ${this.gain} mm/mV`;
    this.lane.redraw();
    if (missing) this.redraw();
  }

  /** Put the middle of each lead on its line, once its samples are here; later only where it drifted away. */
  centre(first, last) {
    if (this.moving && this.centres.size) return;
    if (!this.signal.between(first, last).whole) return;
    for (const lead of this.leads) {
      const middle = Math.round(centreOf(this.signal.some(lead, Math.max(0, first), Math.max(1, last))));
      const known = this.centres.get(lead);
      if (known === undefined || Math.abs(known - middle) > DRIFT) this.centres.set(lead, middle);
    }
  }

  scrollBy(seconds) {
    const { recording } = this;
    const half = this.width / this.perSecond / 2;
    const middle = this.left + half;
    recording.at = Math.min(Math.max(half, middle + seconds), Math.max(half, recording.duration - half));
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.moving = false;
      this.redraw();
    }, 200);
    this.redraw();
  }

  wheel(event) {
    event.preventDefault();
    if (event.ctrlKey) return this.nextSpeed(event.deltaY < 0 ? 1 : -1);
    const delta = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    this.scrollBy((event.deltaMode ? 30 * delta : delta) / this.perSecond);
  }

  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    const point = { x: event.offsetX, y: event.offsetY, sample: this.sampleAt(event.offsetX), left: this.left };
    const beat = event.offsetY < LABELS ? this.beatNear(event.offsetX) : null;
    let kind = "span";
    if (event.pointerType === "touch") kind = "scroll";
    else if (event.shiftKey || this.measuring) kind = "caliper";
    else if (beat !== null) kind = "move";
    this.hold = { ...point, kind, beat, moved: false };
  }

  drag(event) {
    const { hold } = this;
    if (!hold || (!hold.moved && Math.abs(event.offsetX - hold.x) < 5)) return;
    hold.moved = true;
    const sample = this.sampleAt(event.offsetX);
    if (hold.kind === "scroll") {
      this.scrollBy(hold.left + (hold.x - event.offsetX) / this.perSecond - this.left);
      return;
    }
    if (hold.kind === "caliper") {
      this.caliper = { from: { sample: hold.sample, y: hold.y }, to: { sample, y: event.offsetY } };
    } else if (hold.kind === "move") {
      this.ghost = event.altKey ? sample : this.snap(sample);
    } else {
      this.ghost = null;
      this.span = [Math.max(0, Math.min(hold.sample, sample)), Math.min(this.signal.total, Math.max(hold.sample, sample))];
    }
    this.changed();
  }

  release(event) {
    const { hold } = this;
    this.hold = null;
    if (!hold) return;
    if (hold.moved) {
      if (hold.kind === "move") this.finishMove(hold.beat);
      return;
    }
    this.caliper = null;
    this.span = null;
    const beat = this.beatNear(event.offsetX);
    if (beat === null) {
      this.recording.select([]);
      this.ghost = event.altKey ? hold.sample : this.snap(hold.sample);
    } else {
      this.ghost = null;
      const chosen = new Set(event.ctrlKey || event.metaKey ? this.recording.selected : []);
      if (!chosen.delete(beat)) chosen.add(beat);
      this.recording.select(chosen);
    }
    this.changed();
  }

  cancel() {
    this.hold = null;
  }

  finishMove(beat) {
    const sample = this.ghost;
    this.ghost = null;
    if (sample !== null) attempt(() => this.recording.edit("move_beat", { beat, sample }));
  }

  /** Return the id of the beat next to a place of the strip, null where there is none. */
  beatNear(x) {
    const { beats, about } = this.recording;
    const sample = this.sampleAt(x);
    const row = this.recording.rowAt(sample);
    let [best, distance] = [null, NEAR];
    for (const each of [row - 1, row]) {
      if (each < 0 || each >= beats.n) continue;
      const away = (Math.abs(beats.samples[each] - sample) / about.fs) * this.perSecond;
      if (away <= distance) [best, distance] = [beats.ids[each], away];
    }
    return best;
  }

  /** Return the sample near another that lies farthest from the middle of its surroundings in the leads shown. */
  snap(sample) {
    const { fs } = this.recording.about;
    const reach = Math.round(SNAP * fs);
    const [start, stop] = [Math.max(0, sample - reach), Math.min(this.signal.total, sample + reach + 1)];
    const off = new Float64Array(Math.max(0, stop - start));
    for (const lead of this.leads) {
      const middle = centreOf(this.signal.some(lead, Math.max(0, start - 2 * reach), Math.min(this.signal.total, stop + 2 * reach)));
      this.signal.samples(lead, start, stop).forEach((value, n) => {
        if (!Number.isNaN(value)) off[n] += Math.abs(value - middle);
      });
    }
    return off.length ? start + off.indexOf(Math.max(...off)) : sample;
  }

  nextSpeed(step = 1) {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + step + SPEEDS.length) % SPEEDS.length];
    this.redraw();
  }

  nextGain(step) {
    this.gain = GAINS[(GAINS.indexOf(this.gain) + step + GAINS.length) % GAINS.length];
    this.redraw();
  }

  toggleLeads() {
    this.single = !this.single;
    this.centres.clear();
    this.redraw();
  }

  toggleCalipers() {
    this.measuring = !this.measuring;
    this.measureButton.setAttribute("aria-pressed", this.measuring);
    this.caliper = null;
    this.redraw();
  }

  askTime() {
    const { clock } = this.recording;
    const field = h("input", { name: "time", value: clock.at(this.left), size: 18, required: true });
    const go = (event) => {
      event.preventDefault();
      const seconds = clock.parse(field.value);
      if (seconds === null) return toast(`${field.value} is no time; write 13:05:00, or day 2 01:30:00`, true);
      dialog.close();
      this.recording.goTo(seconds + this.width / this.perSecond / 2);
    };
    const dialog = showDialog("Go to a time", h("form", { class: "row", onsubmit: go },
      h("label", { class: "field" }, clock.start === null ? "Since the beginning, h:mm:ss" : "Of the clock, h:mm:ss", field), h("button", { class: "primary" }, "Go")));
    field.select();
  }

  clear() {
    Object.assign(this, { ghost: null, span: null, caliper: null });
    this.recording.select([]);
  }

  /** Select the beat before or after the selected one, or after the middle of the strip. */
  step(by, wanted = () => true) {
    const { recording } = this;
    const { beats, about } = recording;
    const [chosen] = recording.selected;
    const row = chosen === undefined ? -1 : recording.row(chosen);
    let next = row >= 0 ? row + by : recording.rowAt(recording.at * about.fs) - (by < 0 ? 1 : 0);
    while (next >= 0 && next < beats.n && !wanted(next)) next += by;
    if (next < 0 || next >= beats.n) return;
    Object.assign(this, { ghost: null, span: null });
    const seconds = beats.samples[next] / about.fs;
    const margin = this.width / this.perSecond / 5;
    recording.select([beats.ids[next]]);
    if (seconds < this.left + margin || seconds > this.left + this.width / this.perSecond - margin) {
      if (Math.abs(seconds - recording.at) < 6) this.scrollBy(seconds - recording.at);
      else recording.goTo(seconds);
    }
  }

  /** Put the ends of a stretch at the selected beat or at the middle, by keyboard. */
  bound(end) {
    const { recording } = this;
    const [chosen] = recording.selected;
    const row = chosen === undefined ? -1 : recording.row(chosen);
    const sample = row >= 0 ? recording.beats.samples[row] : Math.round(recording.at * recording.about.fs);
    const other = this.span ? this.span[end ? 0 : 1] : sample + (end ? -1 : 1) * recording.about.fs;
    this.span = [Math.min(sample, other), Math.max(sample, other)];
    this.changed();
  }
}
