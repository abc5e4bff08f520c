// Two minutes around the strip in one lane: where one is, and what comes next.
import { CLASSES } from "./recording.js";
import { colours, fitted, h } from "./dom.js";
import { MISSING, Signal } from "./signal.js";

const SECONDS = 120;
const HEIGHT = 46;

export class ContextLane {
  constructor(recording, strip) {
    Object.assign(this, { recording, strip });
    this.lead = recording.about.order[0];
    this.signal = new Signal(recording, recording.about.finest, this.lead);
    this.signal.onload = () => this.redraw();
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.element = h("div", { class: "lane", title: "Two minutes around; click to go there" }, this.canvas);
    this.canvas.addEventListener("pointerdown", (event) => recording.goTo(this.start + (event.offsetX / this.width) * SECONDS));
  }

  redraw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const { recording, strip } = this;
    this.width = this.element.clientWidth;
    if (!this.width || strip.closed) return;
    const ink = colours();
    const context = fitted(this.canvas, this.width, HEIGHT);
    this.start = Math.min(Math.max(0, recording.at - SECONDS / 2), Math.max(0, recording.duration - SECONDS));
    context.fillStyle = ink.card;
    context.fillRect(0, 0, this.width, HEIGHT);
    const x = (seconds) => ((seconds - this.start) / SECONDS) * this.width;
    context.fillStyle = ink["accent-soft"];
    context.fillRect(x(strip.left), 0, (strip.width / strip.perSecond / SECONDS) * this.width, HEIGHT);
    this.drawTrace(context, x, ink);
    this.drawBeats(context, x, ink);
    context.strokeStyle = ink.accent;
    context.strokeRect(x(strip.left) + 0.5, 0.5, (strip.width / strip.perSecond / SECONDS) * this.width, HEIGHT - 1);
  }

  drawTrace(context, x, ink) {
    const { fs, finest } = this.recording.about;
    const middle = this.strip.centres.get(this.lead) ?? 0;
    const scale = HEIGHT / 3200; // 3.2 mV from edge to edge
    const y = (value) => Math.min(HEIGHT - 1, Math.max(8, HEIGHT * 0.62 - (value - middle) * scale));
    context.strokeStyle = ink.faint;
    context.lineWidth = 1;
    context.beginPath();
    const [first, last] = [this.start * fs, (this.start + SECONDS) * fs];
    for (const { start, n, columns } of this.signal.between(Math.floor(first), Math.ceil(last)).pieces) {
      const from = Math.max(0, Math.floor((first - start) / finest));
      const to = Math.min(n, Math.ceil((last - start) / finest));
      for (let at = from; at < to; at++) {
        const low = columns[0][2 * at];
        if (low === MISSING) continue;
        const place = x((start + at * finest) / fs);
        context.moveTo(place, y(low) + 0.5);
        context.lineTo(place, y(columns[0][2 * at + 1]) - 0.5);
      }
    }
    context.stroke();
  }

  drawBeats(context, x, ink) {
    const { beats, about } = this.recording;
    for (const row of this.recording.rowsBetween(this.start * about.fs, (this.start + SECONDS) * about.fs)) {
      const name = CLASSES[beats.classes[row]];
      if (name === "N") continue;
      context.fillStyle = ink[`text-${name === "?" ? "none" : name}`];
      context.fillRect(x(beats.samples[row] / about.fs) - 1, 1, 2.5, 6);
    }
  }
}
