// The whole recording on one screen: figures, heart rate, ectopy, episodes, quality. A click goes there.
import { duration, percent, thousands } from "./clock.js";
import { colours, fitted, h } from "./dom.js";
import { CLASSES } from "./recording.js";
import { SHORT } from "./strip_marks.js";

const LEFT = 52; // pixels for what the rows are called
const RIGHT = 10;
const INK = "#1b1f24"; // of names on the colours of episodes, which are those of the day and of the night
const ECTOPIC = ["Q", "F", "S", "V"]; // from the bottom up
const LEAST_BIN = 2; // seconds: two beats of all but the slowest hearts, so that the rates make a line
const STEPS = [5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

export class Day {
  constructor(recording) {
    this.recording = recording;
    this.from = 0;
    this.to = recording.duration;
    this.canvas = h("canvas", { tabIndex: 0, role: "img" });
    this.told = h("p", { class: "small quiet number chart-told" });
    this.figures = h("dl", { class: "figures" });
    this.warnings = h("div");
    this.holder = h("div", { class: "chart" }, this.canvas);
    this.whole = h("button", { class: "small", hidden: true, onclick: () => this.zoom(0, recording.duration) }, "Whole recording");
    this.element = h("div", { class: "page day" }, this.figures, h("div", { class: "chart-head" }, h("h2", {}, "The whole recording"), this.told, this.whole),
      this.holder, this.legend(), this.warnings);
    this.listen();
    this.update();
  }

  listen() {
    const { canvas, recording } = this;
    canvas.addEventListener("click", (event) => recording.goTo(this.secondsAt(event.offsetX)));
    canvas.addEventListener("pointermove", (event) => this.tell(this.secondsAt(event.offsetX)));
    canvas.addEventListener("pointerleave", () => (this.told.textContent = ""));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const [at, factor] = [this.secondsAt(event.offsetX), event.deltaY > 0 ? 1.3 : 1 / 1.3];
      this.zoom(at - (at - this.from) * factor, at + (this.to - at) * factor);
    }, { passive: false });
    this.watched = { change: () => this.update(), go: () => this.redraw() };
    for (const [name, act] of Object.entries(this.watched)) recording.addEventListener(name, act);
    this.observer = new ResizeObserver(() => this.redraw());
    this.observer.observe(this.holder);
  }

  close() {
    for (const [name, act] of Object.entries(this.watched)) this.recording.removeEventListener(name, act);
    this.observer.disconnect();
  }

  onKey(event) {
    if (event.target !== this.canvas) return false;
    const step = (this.to - this.from) / 48;
    const by = { ArrowLeft: -step, ArrowRight: step, PageUp: -6 * step, PageDown: 6 * step }[event.key];
    if (!by) return false;
    this.recording.goTo(this.recording.at + by);
    return true;
  }

  zoom(from, to) {
    const least = Math.min(60, this.recording.duration);
    this.from = Math.max(0, Math.min(from, this.recording.duration - least));
    this.to = Math.min(this.recording.duration, Math.max(to, this.from + least));
    this.whole.hidden = this.from === 0 && this.to === this.recording.duration;
    this.redraw();
  }

  secondsAt(x) {
    const share = (x - LEFT) / (this.width - LEFT - RIGHT);
    return this.from + Math.min(1, Math.max(0, share)) * (this.to - this.from);
  }

  x(seconds) {
    return LEFT + ((seconds - this.from) / (this.to - this.from)) * (this.width - LEFT - RIGHT);
  }

  update() {
    const { state, about } = this.recording;
    const { figures } = state;
    const fact = (name, value, more = "", kind = "") => h("div", {}, h("dt", {}, name), h("dd", { class: kind }, value, more ? h("small", {}, ` ${more}`) : ""));
    const judged = Math.max(1, figures.judged);
    const share = (name) => percent(state.counts[name] / judged);
    const burden = figures.episodes["atrial fibrillation"]?.burden;
    this.figures.replaceChildren(
      fact("Beats", thousands(figures.beats), `${thousands(state.counts["?"])} not judged`),
      fact("Ventricular", thousands(state.counts.V), share("V"), "tag-V"), fact("Supraventricular", thousands(state.counts.S), share("S"), "tag-S"),
      fact("Fusion", thousands(state.counts.F), "", "tag-F"), fact("Rate", thousands(figures.mean_rate), `${thousands(figures.lowest_rate)}–${thousands(figures.highest_rate)}/min`),
      fact("Atrial fibrillation", burden ? percent(burden) : "none", burden ? "of the time" : ""),
      fact("Pauses ≥ 2 s", thousands(figures.pauses), figures.longest_rr ? `longest RR ${figures.longest_rr.toFixed(2)} s` : ""),
      fact("SDNN", figures.sdnn === null ? "–" : `${thousands(figures.sdnn)} ms`, figures.rmssd === null ? "" : `RMSSD ${thousands(figures.rmssd)} ms`),
      fact("Usable", percent(about.usable_share), duration(this.recording.duration)));
    this.warnings.replaceChildren(...(about.warnings.length ? [h("div", { class: "warnings" }, h("h2", {}, "Before you trust the figures"),
      h("ul", {}, about.warnings.map((each) => h("li", {}, each))))] : []));
    this.bins = null;
    this.redraw();
  }

  legend() {
    const swatch = (name, title) => h("span", {}, h("i", { class: `swatch fill-${name}` }), title);
    return h("p", { class: "legend small" }, swatch("V", "ventricular"), swatch("S", "supraventricular"), swatch("F", "fusion"), swatch("Q", "unclassifiable"),
      h("span", { class: "quiet wide" }, "Click to go there; Ctrl and wheel to look closer; arrow keys move."));
  }

  redraw() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  /** Rates and classes of every so many seconds, one pass over all beats. */
  count(n) {
    const { beats, about } = this.recording;
    const key = `${this.from} ${this.to} ${n} ${this.recording.state.revision}`;
    if (this.bins?.key === key) return this.bins;
    const bins = { key, sum: new Float64Array(n), known: new Uint32Array(n), low: new Float32Array(n).fill(Infinity), high: new Float32Array(n),
      classes: CLASSES.map(() => new Uint32Array(n)), beats: new Uint32Array(n) };
    const scale = n / (this.to - this.from) / about.fs;
    const [first, last] = [this.recording.rowAt(this.from * about.fs), this.recording.rowAt(this.to * about.fs)];
    for (let row = first; row < last; row++) {
      const bin = Math.min(n - 1, Math.floor((beats.samples[row] - this.from * about.fs) * scale));
      bins.beats[bin] += 1;
      bins.classes[beats.classes[row]][bin] += 1;
      const rr = beats.rr[row];
      if (!(rr > 0)) continue;
      bins.sum[bin] += rr;
      bins.known[bin] += 1;
      if (rr < bins.low[bin]) bins.low[bin] = rr;
      if (rr > bins.high[bin]) bins.high[bin] = rr;
    }
    this.bins = bins;
    return bins;
  }

  draw() {
    this.frame = 0;
    this.width = this.holder.clientWidth;
    if (!this.width) return;
    const leads = this.recording.about.leads.length;
    const rows = { rate: [8, 104], ectopy: [122, 44], episodes: [174, 16], quality: [198, Math.max(12, Math.min(36, 12 * leads))] };
    const height = rows.quality[0] + rows.quality[1] + 22;
    const ink = colours();
    const context = fitted(this.canvas, this.width, height);
    context.clearRect(0, 0, this.width, height);
    context.font = "12px system-ui, sans-serif";
    const fit = Math.max(40, Math.floor((this.width - LEFT - RIGHT) / 3));
    const bins = this.count(Math.min(fit, Math.ceil((this.to - this.from) / LEAST_BIN)));
    this.drawTimes(context, height, ink);
    this.drawRate(context, bins, rows.rate, ink);
    this.drawEctopy(context, bins, rows.ectopy, ink);
    this.drawEpisodes(context, rows.episodes, ink);
    this.drawQuality(context, rows.quality, ink);
    context.strokeStyle = ink.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(this.x(this.recording.at), 0);
    context.lineTo(this.x(this.recording.at), height - 20);
    context.stroke();
    this.canvas.setAttribute("aria-label", `Heart rate, ectopy, episodes and quality of ${duration(this.recording.duration)}; now at ${this.recording.clock.at(this.recording.at)}`);
  }

  drawTimes(context, height, ink) {
    const { clock } = this.recording;
    const wanted = ((this.to - this.from) / (this.width - LEFT)) * 90;
    const step = STEPS.find((each) => each >= wanted) ?? 86400;
    const offset = clock.start === null ? 0 : clock.start % step;
    context.strokeStyle = ink.rule;
    context.fillStyle = ink.faint;
    context.lineWidth = 1;
    context.textAlign = "center";
    for (let at = Math.ceil((this.from + offset) / step) * step - offset; at <= this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height - 20);
      context.stroke();
      const text = clock.ofDay(at);
      if (x > LEFT + 14 && x < this.width - 24) context.fillText(step >= 60 ? text.replace(/:00$/, "") : text, x, height - 5);
    }
    context.textAlign = "left";
  }

  drawRate(context, bins, [top, height], ink) {
    const fastest = Math.max(120, Math.min(240, Math.ceil((60 / Math.max(0.25, Math.min(...bins.low))) / 20) * 20));
    const y = (rate) => top + height - ((Math.min(fastest, rate) - 20) / (fastest - 20)) * height;
    context.fillStyle = ink.faint;
    context.textAlign = "right";
    for (let rate = 40; rate <= fastest; rate += 40) {
      context.fillText(rate, LEFT - 8, y(rate) + 4);
      context.strokeStyle = ink.rule;
      context.beginPath();
      context.moveTo(LEFT, y(rate));
      context.lineTo(this.width - RIGHT, y(rate));
      context.stroke();
    }
    context.textAlign = "left";
    context.fillText("/min", LEFT + 4, top + 10);
    const step = (this.width - LEFT - RIGHT) / bins.beats.length;
    context.fillStyle = ink["class-N"];
    context.globalAlpha = 0.42;
    bins.known.forEach((n, bin) => {
      if (n) context.fillRect(LEFT + bin * step, y(60 / bins.low[bin]), Math.ceil(step), Math.max(1, y(60 / bins.high[bin]) - y(60 / bins.low[bin])));
    });
    context.globalAlpha = 1;
    context.strokeStyle = ink.accent;
    context.lineWidth = 1.5;
    context.beginPath();
    let pen = false;
    bins.known.forEach((n, bin) => {
      const place = [LEFT + (bin + 0.5) * step, y((60 * n) / bins.sum[bin])];
      if (n && pen) context.lineTo(...place);
      else if (n) context.moveTo(...place);
      pen = n > 0;
    });
    context.stroke();
  }

  drawEctopy(context, bins, [top, height], ink) {
    const stacks = bins.beats.map((_, bin) => ECTOPIC.reduce((sum, name) => sum + bins.classes[CLASSES.indexOf(name)][bin], 0));
    const most = Math.max(4, ...stacks);
    context.fillStyle = ink.faint;
    context.textAlign = "right";
    context.fillText(most, LEFT - 8, top + 10);
    context.fillText("beats", LEFT - 8, top + height);
    context.textAlign = "left";
    const step = (this.width - LEFT - RIGHT) / bins.beats.length;
    stacks.forEach((total, bin) => {
      let base = top + height;
      if (!total) return;
      for (const name of ECTOPIC) {
        const tall = (bins.classes[CLASSES.indexOf(name)][bin] / most) * height;
        if (!tall) continue;
        context.fillStyle = ink[`class-${name}`];
        base -= tall;
        context.fillRect(LEFT + bin * step, base, Math.max(1.5, step - 0.5), tall);
      }
    });
    context.strokeStyle = ink.rule;
    context.strokeRect(LEFT + 0.5, top + 0.5, this.width - LEFT - RIGHT - 1, height);
  }

  drawEpisodes(context, [top, height], ink) {
    context.fillStyle = ink.faint;
    context.textAlign = "right";
    context.fillText("rhythm", LEFT - 8, top + 12);
    context.textAlign = "left";
    context.fillStyle = ink.card;
    context.fillRect(LEFT, top, this.width - LEFT - RIGHT, height);
    for (const { kind, start, stop, verdict } of this.recording.state.episodes) {
      if (stop < this.from || start > this.to || verdict === "rejected") continue;
      const [left, right] = [Math.max(LEFT, this.x(start)), Math.min(this.width - RIGHT, this.x(stop))];
      context.fillStyle = ink[`kind-${SHORT[kind] ?? kind}`] || ink.faint;
      context.fillRect(left, top, Math.max(2, right - left), height);
      if (right - left > 44) {
        context.fillStyle = INK;
        context.fillText(SHORT[kind] ?? kind, left + 4, top + 12);
      }
    }
  }

  drawQuality(context, [top, height], ink) {
    const { leads, unusable } = this.recording.about;
    const row = height / leads.length;
    if (row < 11) {
      context.fillStyle = ink.faint;
      context.textAlign = "right";
      context.fillText("quality", LEFT - 8, top + height / 2 + 4);
      context.textAlign = "left";
    }
    leads.forEach((name, lead) => {
      const y = top + lead * row;
      context.fillStyle = ink.card;
      context.fillRect(LEFT, y + 1, this.width - LEFT - RIGHT, row - 2);
      if (row >= 11) {
        context.fillStyle = ink.faint;
        context.textAlign = "right";
        context.fillText(name.slice(0, 6), LEFT - 8, y + row / 2 + 4);
        context.textAlign = "left";
      }
      context.fillStyle = ink["class-Q"];
      for (const [start, stop] of unusable[lead] ?? []) {
        if (stop < this.from || start > this.to) continue;
        const left = Math.max(LEFT, this.x(start));
        context.fillRect(left, y + 1, Math.max(1, Math.min(this.width - RIGHT, this.x(stop)) - left), row - 2);
      }
    });
  }

  tell(seconds) {
    const { bins } = this;
    if (!bins) return;
    const bin = Math.min(bins.beats.length - 1, Math.floor(((seconds - this.from) / (this.to - this.from)) * bins.beats.length));
    const rate = bins.known[bin] ? `${((60 * bins.known[bin]) / bins.sum[bin]).toFixed(0)}/min` : "no rate";
    const ectopic = ECTOPIC.toReversed().map((name) => [name, bins.classes[CLASSES.indexOf(name)][bin]]).filter(([, n]) => n).map(([name, n]) => `${n} ${name}`);
    this.told.textContent = [this.recording.clock.at(seconds), rate, ...ectopic].join(" · ");
  }
}
