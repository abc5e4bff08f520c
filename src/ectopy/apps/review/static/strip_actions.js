// What the keys do to what is chosen in a strip, and the bar that says so.
import { keyOf } from "./keys.js";
import { CLASSES } from "./recording.js";
import { attempt, h, toast } from "./dom.js";

export const LABEL_KEYS = ["N", "S", "V", "F", "Q", "X"];
const MARKS = { X: "artefact", A: "atrial fibrillation", L: "atrial flutter", B: "ventricular fibrillation", P: "pause" };
const TITLES = { N: "normal", S: "supraventricular", V: "ventricular", F: "fusion", Q: "unclassifiable", X: "cannot be judged" };

export const symbolOf = (key) => (key === "X" ? "?" : key);

/** Buttons N S V F Q X that do what the keys do. */
export function labelButtons(act) {
  return h("span", { class: "keys" }, LABEL_KEYS.map((key) => h("button", { class: `tag-${key === "X" ? "none" : key}`,
    title: `${TITLES[key]} (${key})`, "aria-label": `${key}: ${TITLES[key]}`, onclick: () => act(key) }, key)));
}

export class ActionBar {
  constructor(strip) {
    this.strip = strip;
    this.recording = strip.recording;
    this.element = h("div", { class: "action-bar" });
    this.update();
  }

  update() {
    const { strip, recording } = this;
    const chosen = [...recording.selected];
    this.element.replaceChildren(...this.content(strip, recording, chosen));
    this.element.classList.toggle("acting", Boolean(strip.span || strip.ghost !== null || chosen.length));
  }

  content(strip, recording, chosen) {
    if (strip.span) return this.spanContent(strip.span);
    if (strip.hold?.kind === "move") return [h("span", { class: "small" }, "Move the beat here")];
    if (strip.ghost !== null) {
      const mark = this.markHere();
      return [...(mark ? [h("button", { class: "small", title: "Take the mark back (U)", onclick: () => this.unmark() }, `Not ${mark.kind}`)] : []),
        h("span", { class: "small" }, "Add a beat here as"), h("span", { class: "keys" },
          LABEL_KEYS.slice(0, 5).map((key) => h("button", { class: `tag-${key}`, onclick: () => this.label(key) }, key)))];
    }
    if (!chosen.length) return [h("span", { class: "small quiet wide" }, "Click a beat to choose it, the trace to add one; drag to mark a stretch")];
    return [h("span", { class: "small number" }, this.described(chosen)), labelButtons((key) => this.label(key)),
      h("button", { class: "small", title: "Delete (Del)", onclick: () => this.remove() }, "Delete")];
  }

  described(chosen) {
    const { recording } = this;
    if (chosen.length > 1) return `${chosen.length} beats`;
    const row = recording.row(chosen[0]);
    const { classes, sure, clusters } = recording.beats;
    const cluster = clusters[row] >= 0 ? ` · cluster ${clusters[row] + 1}` : "";
    return `${CLASSES[classes[row]]}${sure[row] ? ` · ${Math.round((100 * sure[row]) / 255)} % sure` : ""}${cluster}`;
  }

  spanContent([start, stop]) {
    const { recording } = this;
    const n = recording.rowAt(stop) - recording.rowAt(start);
    const marks = Object.entries(MARKS).map(([key, kind]) => h("button", { class: "small", title: `Mark as ${kind} (${key})`, onclick: () => this.mark(kind) },
      h("kbd", {}, key), kind.replace("atrial fibrillation", "AF").replace("ventricular fibrillation", "VF").replace("atrial flutter", "flutter")));
    return [h("span", { class: "small number" }, `${((stop - start) / recording.about.fs).toFixed(2)} s · ${n} beat${n === 1 ? "" : "s"}`), ...marks,
      ...(n ? [labelButtons((key) => this.label(key)), h("button", { class: "small", onclick: () => this.remove() }, "Delete")] : [])];
  }

  /** Ids of what the keys act on. */
  chosen() {
    const { span } = this.strip;
    if (span) return this.recording.idsOf(this.recording.rowsBetween(...span));
    return [...this.recording.selected];
  }

  label(key) {
    const { strip, recording } = this;
    if (strip.ghost !== null && key !== "X") {
      const sample = strip.ghost;
      strip.ghost = null;
      return attempt(() => recording.edit("add_beat", { sample, symbol: key }));
    }
    if (strip.span && key === "X") return this.mark("artefact");
    const beats = this.chosen();
    if (!beats.length) return undefined;
    strip.span = null;
    return attempt(() => recording.edit("relabel", { beats, symbol: symbolOf(key) }));
  }

  mark(kind) {
    const [start, stop] = this.strip.span;
    this.strip.span = null;
    return attempt(() => this.recording.edit("mark_span", { start, stop, kind }));
  }

  /** Return the mark at the chosen place, or at the middle of the strip. */
  markHere() {
    const { recording, strip } = this;
    const samples = strip.span ?? [strip.ghost ?? recording.at * recording.about.fs];
    const at = samples.reduce((sum, sample) => sum + sample, 0) / samples.length / recording.about.fs;
    return recording.state.episodes.findLast((each) => each.mark && each.start <= at && at <= each.stop);
  }

  unmark() {
    const { recording, strip } = this;
    const found = this.markHere();
    if (!found) return toast("There is no mark here; click into one first");
    strip.ghost = null;
    return attempt(() => recording.edit("unmark_span", { mark: found.mark }));
  }

  remove() {
    const beats = this.chosen();
    if (!beats.length) return undefined;
    this.strip.span = null;
    return attempt(() => this.recording.edit("delete_beats", { beats }));
  }

  /** Move the chosen beat, or where one is to be added, by samples. */
  nudge(by) {
    const { strip, recording } = this;
    if (strip.ghost !== null) {
      strip.ghost += by;
      return strip.redraw();
    }
    const [beat] = recording.selected;
    const row = beat === undefined ? -1 : recording.row(beat);
    if (row < 0) return undefined;
    return attempt(() => recording.edit("move_beat", { beat, sample: recording.beats.samples[row] + by }));
  }

  /** Do what a key asks for; returns whether it was one of the strip's. */
  onKey(event) {
    const { strip } = this;
    const key = keyOf(event);
    const screen = strip.width / strip.perSecond;
    const abnormal = (row) => !["N", "?"].includes(CLASSES[this.recording.beats.classes[row]]);
    if (strip.span && MARKS[key]) return void this.mark(MARKS[key]) ?? true;
    if (LABEL_KEYS.includes(key)) return void this.label(key) ?? true;
    const acts = {
      ArrowLeft: () => (event.altKey ? this.nudge(-1) : event.shiftKey ? strip.scrollBy(-1) : strip.step(-1)),
      ArrowRight: () => (event.altKey ? this.nudge(1) : event.shiftKey ? strip.scrollBy(1) : strip.step(1)),
      ",": () => strip.step(-1, abnormal),
      ".": () => strip.step(1, abnormal),
      PageUp: () => strip.scrollBy(-0.9 * screen),
      PageDown: () => strip.scrollBy(0.9 * screen),
      Home: () => this.recording.goTo(0),
      End: () => this.recording.goTo(this.recording.duration),
      Delete: () => this.remove(),
      Backspace: () => this.remove(),
      Escape: () => strip.clear(),
      "+": () => strip.nextGain(1),
      "-": () => strip.nextGain(-1),
      W: () => strip.nextSpeed(),
      L: () => strip.toggleLeads(),
      C: () => strip.toggleCalipers(),
      G: () => strip.askTime(),
      U: () => this.unmark(),
      I: () => {
        strip.ghost = strip.snap(Math.round(this.recording.at * this.recording.about.fs));
        strip.changed();
      },
      "[": () => strip.bound(0),
      "]": () => strip.bound(1),
    };
    if (!acts[key]) return false;
    acts[key]();
    return true;
  }
}
