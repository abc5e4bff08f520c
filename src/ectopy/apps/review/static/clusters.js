// Beats of one shape together: label a whole cluster, merge, split, look at single beats; proposals of the learner.
import { percent, thousands } from "./clock.js";
import { attempt, h, toast } from "./dom.js";
import { Gallery } from "./gallery.js";
import { Learning } from "./learning.js";
import { keyOf } from "./keys.js";
import { CLASSES, author } from "./recording.js";
import { getJson } from "./server.js";
import { drawShapes, reachOf } from "./shapes.js";
import { LABEL_KEYS, labelButtons, symbolOf } from "./strip_actions.js";

const ORDERS = { size: "largest first", doubt: "most doubtful first" };

export class Clusters {
  constructor(recording) {
    this.recording = recording;
    this.chosen = new Set();
    this.order = "size";
    this.tools = h("div", { class: "tools" });
    this.grid = h("div", { class: "clusters", role: "group", "aria-label": "Clusters of beats of the same shape" });
    this.learning = new Learning(recording, (title, beats) => this.lookAt(title, beats));
    this.column = h("div", { class: "cluster-column" }, this.tools, this.grid);
    this.element = h("div", { class: "split" }, this.column, this.learning.element);
    this.change = () => this.load();
    recording.addEventListener("change", this.change);
    this.load();
  }

  close() {
    this.recording.removeEventListener("change", this.change);
    this.gallery?.close();
    this.learning.close();
  }

  redraw() {
    if (this.gallery) this.gallery.redraw();
    else this.paint();
  }

  async load() {
    const { revision } = this.recording.state;
    try {
      this.shapes = await getJson(`${this.recording.path}/clusters`);
    } catch (error) {
      toast(error.message, true);
      return;
    }
    if (revision === this.recording.state.revision) this.show();
  }

  /** What the beats of each cluster are called, and how sure that is. */
  tally() {
    const { beats } = this.recording;
    const known = new Map();
    for (let row = 0; row < beats.n; row++) {
      const cluster = beats.clusters[row];
      if (cluster < 0) continue;
      let one = known.get(cluster);
      if (!one) known.set(cluster, (one = { size: 0, classes: new Uint32Array(CLASSES.length), doubt: 0 }));
      one.size += 1;
      one.classes[beats.classes[row]] += 1;
      one.doubt += 1 - beats.sure[row] / 255;
    }
    return known;
  }

  show() {
    const focused = document.activeElement?.dataset?.cluster;
    const tally = this.tally();
    this.cards = this.shapes.clusters.filter((each) => tally.has(each.number)).map((shape) => ({ ...shape, ...tally.get(shape.number) }));
    for (const card of this.cards) card.name = CLASSES[card.classes.indexOf(Math.max(...card.classes))];
    const value = { size: (card) => -card.size, doubt: (card) => -card.doubt / card.size }[this.order];
    this.cards.sort((a, b) => value(a) - value(b));
    for (const number of this.chosen) if (!tally.has(number)) this.chosen.delete(number);
    this.showTools();
    if (this.gallery) return;
    this.grid.replaceChildren(...this.cards.map((card) => this.card(card)));
    if (focused) this.grid.querySelector(`[data-cluster="${focused}"]`)?.focus();
    this.paint();
  }

  card(card) {
    card.canvas = h("canvas", { "aria-hidden": "true" });
    const others = CLASSES.map((name, n) => [name, card.classes[n]]).filter(([name, n]) => n && name !== card.name);
    const doubt = card.doubt / card.size;
    return h("button", { class: `cluster edge-${card.name === "?" ? "none" : card.name}`, "data-cluster": card.number, "aria-pressed": this.chosen.has(card.number),
      onclick: (event) => this.choose(card, event.ctrlKey || event.metaKey || event.shiftKey), ondblclick: () => this.look(card) },
    h("span", { class: "cluster-head" }, h("b", { class: `tag-${card.name === "?" ? "none" : card.name}` }, card.name), h("span", { class: "number" }, thousands(card.size)),
      h("span", { class: "quiet small" }, `cluster ${card.number + 1}`)),
    card.canvas,
    h("span", { class: "cluster-foot small number" }, h("span", {}, others.length ? others.map(([name, n]) => `${n} ${name}`).join(" · ") : "all alike"),
      h("span", { class: doubt > 0.1 ? "doubtful" : "quiet" }, `doubt ${percent(doubt)}`)));
  }

  paint() {
    const reach = reachOf(this.cards.map((card) => card.mean));
    for (const card of this.cards) {
      const width = card.canvas.parentElement.clientWidth - 22;
      if (width > 0) drawShapes(card.canvas, { ...card, before: this.shapes.before, width, height: 96, reach });
    }
  }

  showTools() {
    const n = this.chosen.size;
    const chosen = this.cards.filter((card) => this.chosen.has(card.number));
    const beats = chosen.reduce((sum, card) => sum + card.size, 0);
    const order = h("select", { "aria-label": "Order", onchange: (event) => this.sort(event.target.value) },
      Object.entries(ORDERS).map(([value, title]) => h("option", { value, selected: value === this.order }, title)));
    const button = (text, key, act, disabled) => h("button", { class: "small", onclick: act, disabled }, text, h("kbd", { class: "wide" }, key));
    this.tools.replaceChildren(h("h2", {}, n ? `${thousands(beats)} beats of ${n} cluster${n === 1 ? "" : "s"}` : `${this.cards.length} cluster${this.cards.length === 1 ? "" : "s"}`),
      ...(n ? [labelButtons((key) => this.label(key)), button("Merge", "M", () => this.merge(), n < 2), button("Split", "/", () => this.split(), n !== 1),
        button("Look", "Enter", () => this.look(chosen[0]), n !== 1)] : [h("span", { class: "quiet small wide" }, "Choose clusters, then press N S V F Q or X")]),
      h("span", { class: "spacer" }), order);
  }

  sort(order) {
    this.order = order;
    this.show();
  }

  choose(card, more) {
    const was = this.chosen.has(card.number);
    if (!more) this.chosen.clear();
    if (was) this.chosen.delete(card.number);
    else this.chosen.add(card.number);
    this.mark();
    if (!was && card.beats.length) this.recording.goToBeat(card.beats[0]);
  }

  chooseNothing() {
    this.chosen.clear();
    this.mark();
    return true;
  }

  mark() {
    for (const button of this.grid.children) button.setAttribute("aria-pressed", this.chosen.has(Number(button.dataset.cluster)));
    this.showTools();
  }

  /** The clusters that keys act on: those chosen, else the one in focus. */
  targets() {
    if (this.chosen.size) return [...this.chosen];
    const focused = document.activeElement?.dataset?.cluster;
    return focused === undefined ? [] : [Number(focused)];
  }

  label(key) {
    const edits = this.targets().map((cluster) => ({ type: "relabel_cluster", cluster, symbol: symbolOf(key) }));
    if (edits.length) attempt(() => this.recording.act(edits));
  }

  merge() {
    const chosen = this.cards.filter((card) => this.chosen.has(card.number)).sort((a, b) => b.size - a.size);
    if (chosen.length < 2) return;
    const [into, ...others] = chosen;
    const beats = others.flatMap((card) => this.recording.idsOf(this.recording.members(card.number)));
    this.chosen = new Set([into.number]);
    attempt(() => this.recording.edit("assign_cluster", { beats, cluster: into.number }));
  }

  split() {
    const [cluster] = this.targets();
    if (cluster !== undefined) attempt(() => this.recording.send("split", { author: author(), cluster }));
  }

  look(card) {
    if (card) this.lookAt(`Cluster ${card.number + 1}`, this.recording.idsOf(this.recording.members(card.number)));
  }

  lookAt(title, beats) {
    this.gallery?.close();
    this.gallery = new Gallery(this.recording, title, beats, () => this.back());
    this.column.replaceChildren(this.gallery.element);
    this.gallery.focus();
  }

  back() {
    this.gallery.close();
    this.gallery = null;
    this.column.replaceChildren(this.tools, this.grid);
    this.show();
  }

  onKey(event) {
    if (this.gallery) return this.gallery.onKey(event);
    const key = keyOf(event);
    const card = document.activeElement?.closest?.(".cluster");
    if (card && (key === "Enter" || key === " ")) return this.press(card, key);
    if (key === "Escape" && this.chosen.size) return this.chooseNothing();
    if (event.shiftKey && key === "A") return void this.learning.acceptAll() ?? true;
    if (LABEL_KEYS.includes(key) && this.targets().length) return void this.label(key) ?? true;
    if (key === "M" && this.chosen.size > 1) return void this.merge() ?? true;
    if (key === "/" && this.targets().length === 1) return void this.split() ?? true;
    if (card && key.startsWith("Arrow")) return this.walk(card, key);
    return false;
  }

  /** Enter looks at a cluster, space chooses it beside the others. */
  press(button, key) {
    const card = this.cards.find((each) => each.number === Number(button.dataset.cluster));
    if (key === "Enter") this.look(card);
    else this.choose(card, true);
    return true;
  }

  walk(card, key) {
    const cards = [...this.grid.children];
    const columns = cards.filter((each) => each.offsetTop === cards[0].offsetTop).length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    cards[cards.indexOf(card) + by]?.focus();
    return true;
  }
}
