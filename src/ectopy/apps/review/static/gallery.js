// Single beats side by side, the most doubtful first.
import { thousands } from "./clock.js";
import { attempt, h, toast } from "./dom.js";
import { keyOf } from "./keys.js";
import { CLASSES } from "./recording.js";
import { postBytes } from "./server.js";
import { drawShapes } from "./shapes.js";
import { LABEL_KEYS, labelButtons, symbolOf } from "./strip_actions.js";

const PAGE = 48;

export class Gallery {
  constructor(recording, title, beats, back) {
    Object.assign(this, { recording, title, back, page: 0 });
    this.head = h("div", { class: "tools" });
    this.grid = h("div", { class: "gallery", role: "group", "aria-label": title });
    this.element = h("div", {}, this.head, this.grid);
    this.watched = { change: () => this.load(), select: () => this.mark() };
    for (const [name, act] of Object.entries(this.watched)) recording.addEventListener(name, act);
    const { sure } = recording.beats;
    const rows = beats.map((id) => recording.row(id)).filter((row) => row >= 0);
    this.beats = recording.idsOf(rows.sort((a, b) => sure[a] - sure[b]));
    this.load();
  }

  close() {
    for (const [name, act] of Object.entries(this.watched)) this.recording.removeEventListener(name, act);
    this.recording.select([]);
  }

  focus() {
    this.wantsFocus = true;
  }

  async load() {
    this.shown = this.beats.slice(this.page * PAGE, (this.page + 1) * PAGE).filter((id) => this.recording.row(id) >= 0);
    try {
      const buffer = await postBytes(`${this.recording.path}/waveforms`, { beats: this.shown });
      const [n, times, before] = new Float64Array(buffer, 0, 3);
      this.before = before;
      this.windows = Array.from({ length: n }, (_, row) => new Int16Array(buffer, 24 + 2 * row * times, times));
      this.show();
    } catch (error) {
      toast(error.message, true);
    }
  }

  show() {
    const at = [...this.grid.children].indexOf(document.activeElement);
    const { beats } = this.recording;
    this.grid.replaceChildren(...this.shown.map((id) => {
      const row = this.recording.row(id);
      const name = CLASSES[beats.classes[row]];
      const when = this.recording.clock.at(beats.samples[row] / this.recording.about.fs, 1);
      return h("button", { class: "beat", "data-beat": id, "aria-pressed": this.recording.selected.has(id), "aria-label": `${name} at ${when}`,
        onclick: (event) => this.toggle(id, event.ctrlKey || event.metaKey || event.shiftKey) },
      h("canvas", { "aria-hidden": "true" }), h("span", { class: "small number" }, h("b", { class: `tag-${name === "?" ? "none" : name}` }, name), ` ${when}`));
    }));
    this.showHead();
    this.redraw();
    if (at >= 0 || this.wantsFocus) this.grid.children[Math.max(0, at)]?.focus();
    this.wantsFocus = false;
  }

  redraw() {
    [...this.grid.children].forEach((button, n) => {
      const name = CLASSES[this.recording.beats.classes[this.recording.row(this.shown[n])]];
      const size = this.windows[n].reduce((most, value) => Math.max(most, Math.abs(value)), 100);
      drawShapes(button.firstChild, { members: [], mean: this.windows[n], before: this.before, name, width: 92, height: 56, reach: size });
    });
  }

  showHead() {
    const pages = Math.ceil(this.beats.length / PAGE);
    const chosen = this.recording.selected.size;
    const turn = (by) => () => this.turn(by);
    this.head.replaceChildren(h("button", { class: "small", onclick: () => this.back() }, "← Clusters"), h("h2", {}, `${this.title}: ${thousands(this.beats.length)} beat${this.beats.length === 1 ? "" : "s"}`),
      ...(chosen ? [h("span", { class: "small" }, `${chosen} chosen`), labelButtons((key) => this.label(key)),
        h("button", { class: "small", onclick: () => this.remove() }, "Delete")] : [h("span", { class: "quiet small wide" }, "the most doubtful first")]),
      h("span", { class: "spacer" }), h("button", { class: "small", onclick: turn(-1), disabled: !this.page, "aria-label": "Page before" }, "‹"),
      h("span", { class: "small number" }, `${this.page + 1} of ${pages}`), h("button", { class: "small", onclick: turn(1), disabled: this.page + 1 >= pages, "aria-label": "Next page" }, "›"));
  }

  turn(by) {
    const next = this.page + by;
    if (next < 0 || next * PAGE >= this.beats.length) return;
    this.page = next;
    this.load();
  }

  toggle(id, more) {
    const chosen = new Set(more ? this.recording.selected : []);
    if (this.recording.selected.has(id)) chosen.delete(id);
    else chosen.add(id);
    this.recording.select(chosen);
    if (chosen.has(id)) this.recording.goTo(this.recording.beats.samples[this.recording.row(id)] / this.recording.about.fs);
  }

  mark() {
    for (const button of this.grid.children) button.setAttribute("aria-pressed", this.recording.selected.has(Number(button.dataset.beat)));
    this.showHead();
  }

  label(key) {
    if (this.recording.selected.size) attempt(() => this.recording.edit("relabel", { beats: [...this.recording.selected], symbol: symbolOf(key) }));
  }

  remove() {
    if (this.recording.selected.size) attempt(() => this.recording.edit("delete_beats", { beats: [...this.recording.selected] }));
  }

  onKey(event) {
    const key = keyOf(event);
    if (LABEL_KEYS.includes(key)) return void this.label(key) ?? true;
    if (key === "Escape") return void this.back() ?? true;
    if (key === "Delete") return void this.remove() ?? true;
    if (key === "PageDown" || key === "PageUp") return void this.turn(key === "PageDown" ? 1 : -1) ?? true;
    const cards = [...this.grid.children];
    const at = cards.indexOf(document.activeElement);
    if (at >= 0 && key === " ") return void this.toggle(Number(cards[at].dataset.beat), true) ?? true;
    if (at < 0 || !key.startsWith("Arrow")) return false;
    const columns = cards.filter((each) => each.offsetTop === cards[0].offsetTop).length;
    cards[at + { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key]]?.focus();
    return true;
  }
}
