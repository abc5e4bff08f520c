// Full disclosure: one lead, a minute a row, beats in the colour of their class; a click goes to the strip.
import { colours, fitted, h } from "./dom.js";
import { CLASSES } from "./recording.js";
import { MISSING, Signal } from "./signal.js";

const NARROW = 600; // pixels of width below which a row has a third of a minute
const ROW = 46; // pixels
const LEFT = 64; // pixels for the time of a row
const AROUND = [0.12, 0.28]; // seconds before and after an R peak that carry its colour

export class Disclosure {
  constructor(recording) {
    this.recording = recording;
    this.lead = recording.about.order[0];
    this.canvas = h("canvas", { tabIndex: 0, role: "img", "aria-label": "Full disclosure; page keys scroll, Enter goes to the strip" });
    this.spacer = h("div", { class: "disclosure-room" });
    this.scroller = h("div", { class: "disclosure", tabIndex: -1 }, h("div", { class: "disclosure-view" }, this.canvas), this.spacer);
    const leads = h("select", { "aria-label": "Lead", onchange: (event) => this.take(Number(event.target.value)) },
      recording.about.leads.map((name, lead) => h("option", { value: lead, selected: lead === this.lead }, name)));
    this.element = h("div", { class: "disclosure-screen" }, h("div", { class: "tools" }, h("h2", {}, "Full disclosure"), leads,
      h("span", { class: "quiet small wide" }, "Click to go to the strip"), h("span", { class: "spacer" })), this.scroller);
    this.scroller.addEventListener("scroll", () => this.redraw());
    this.canvas.addEventListener("click", (event) => this.open(event.offsetX, event.offsetY));
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.scroller);
    this.change = () => this.redraw();
    recording.addEventListener("change", this.change);
    this.take(this.lead);
    requestAnimationFrame(() => {
      this.scroller.scrollTop = Math.max(0, Math.floor(recording.at / this.seconds) - 3) * ROW;
    });
  }

  close() {
    this.observer.disconnect();
    this.recording.removeEventListener("change", this.change);
    this.closed = true;
  }

  take(lead) {
    this.lead = lead;
    this.signal = new Signal(this.recording, this.recording.about.finest, lead);
    this.signal.onload = () => this.redraw();
    this.gain = null;
    this.redraw();
  }

  /** Seconds of a row. */
  get seconds() {
    return this.scroller.clientWidth < NARROW ? 20 : 60;
  }

  get rows() {
    return Math.ceil(this.recording.duration / this.seconds);
  }

  redraw() {
    if (!this.frame && !this.closed) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const [width, height] = [this.scroller.clientWidth, this.scroller.clientHeight];
    if (!width) return;
    this.width = width;
    this.spacer.style.height = `${Math.max(0, this.rows * ROW + 16 - height)}px`;
    const ink = colours();
    const context = fitted(this.canvas, width, height);
    context.fillStyle = ink.paper;
    context.fillRect(0, 0, width, height);
    const top = this.scroller.scrollTop;
    context.font = "12px system-ui, sans-serif";
    for (let row = Math.floor(top / ROW); row * ROW < top + height && row < this.rows; row++) this.drawRow(context, row, row * ROW - top, ink);
  }

  drawRow(context, row, y, ink) {
    const { recording } = this;
    const { fs } = recording.about;
    const { seconds } = this;
    const scale = (this.width - LEFT - 6) / seconds;
    const x = (sample) => LEFT + (sample / fs - row * seconds) * scale;
    context.fillStyle = ink.faint;
    context.fillText(recording.clock.ofDay(row * seconds), 8, y + ROW / 2 + 4);
    context.strokeStyle = ink["paper-fine"];
    context.beginPath();
    for (let second = 0; second <= seconds; second += 5) {
      context.moveTo(LEFT + second * scale, y);
      context.lineTo(LEFT + second * scale, y + ROW);
    }
    context.stroke();
    const [start, stop] = [Math.floor(row * seconds * fs), Math.min(recording.about.n_samples, Math.ceil((row + 1) * seconds * fs))];
    const { pieces } = this.signal.between(start, stop);
    this.gain ??= this.gainOf(pieces, start, stop);
    if (this.gain === null) return;
    this.trace(context, pieces, { start, stop, x, y, colour: ink.trace });
    for (const beat of recording.rowsBetween(start, stop)) {
      const name = CLASSES[recording.beats.classes[beat]];
      if (name === "N" || name === "?") continue;
      const sample = recording.beats.samples[beat];
      this.trace(context, pieces, { start: sample - AROUND[0] * fs, stop: sample + AROUND[1] * fs, x, y, colour: ink[`text-${name}`], width: 2 });
    }
  }

  /** Pixels of a microvolt and the middle, so that the first row that is here fits. */
  gainOf(pieces, start, stop) {
    const step = this.recording.about.finest;
    const [lows, highs] = [[], []];
    for (const { start: begin, n, columns } of pieces) {
      for (let at = Math.max(0, Math.floor((start - begin) / step)); at < Math.min(n, (stop - begin) / step); at++) {
        if (columns[0][2 * at] === MISSING) continue;
        lows.push(columns[0][2 * at]);
        highs.push(columns[0][2 * at + 1]);
      }
    }
    if (!lows.length) return null;
    lows.sort((a, b) => a - b);
    highs.sort((a, b) => a - b);
    const [low, high] = [lows[Math.floor(0.005 * lows.length)], highs[Math.floor(0.995 * highs.length)]];
    return { middle: (low + high) / 2, perMicrovolt: Math.min(0.06, (ROW * 0.86) / Math.max(400, high - low)) };
  }

  trace(context, pieces, { start, stop, x, y, colour, width = 1 }) {
    const { middle, perMicrovolt } = this.gain;
    const step = this.recording.about.finest;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    let pen = false;
    const height = (value) => y + ROW / 2 - Math.max(-ROW * 0.62, Math.min(ROW * 0.62, (value - middle) * perMicrovolt));
    for (const { start: begin, n, columns } of pieces) {
      for (let at = Math.max(0, Math.floor((start - begin) / step)); at < Math.min(n, Math.ceil((stop - begin) / step)); at++) {
        const low = columns[0][2 * at];
        if (low === MISSING) {
          pen = false;
          continue;
        }
        const place = x(begin + (at + 0.5) * step);
        if (pen) context.lineTo(place, height(low));
        else context.moveTo(place, height(low));
        context.lineTo(place, height(columns[0][2 * at + 1]));
        pen = true;
      }
    }
    context.stroke();
  }

  open(x, y) {
    const row = Math.floor((y + this.scroller.scrollTop) / ROW);
    this.recording.goTo((row + (x - LEFT) / (this.width - LEFT - 6)) * this.seconds);
    location.hash = `#/${this.recording.key}/strip`;
  }

  onKey(event) {
    const by = { ArrowDown: ROW, ArrowUp: -ROW, PageDown: this.scroller.clientHeight - ROW, PageUp: ROW - this.scroller.clientHeight, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === "Enter" && event.target === this.canvas) return void this.open(LEFT + (this.width - LEFT) / 2, ROW / 2) ?? true;
    if (by === undefined) return false;
    this.scroller.scrollTop = Math.min(this.rows * ROW, Math.max(0, this.scroller.scrollTop + by));
    return true;
  }
}
