// The recordings of the folder, and how far each is.
import { duration, thousands } from "./clock.js";
import { h, toast } from "./dom.js";
import { getJson, postJson } from "./server.js";

const STATES = { new: "not analysed yet", waiting: "waiting", running: "being analysed", failed: "could not be analysed", analysed: "analysed",
  "in review": "in review", signed: "signed" };
const OPEN = ["analysed", "in review", "signed"];

export class Worklist {
  constructor() {
    this.rows = h("div", { class: "worklist", role: "list" });
    this.all = h("button", { onclick: () => this.analyseAll() }, "Analyse all that are new");
    this.filter = h("input", { type: "search", placeholder: "Find …", "aria-label": "Find a recording", oninput: () => this.show() });
    this.element = h("div", { class: "page" }, h("div", { class: "worklist-head" }, h("h1", {}, "Recordings"), this.filter, this.all), this.rows);
    this.timer = setInterval(() => this.load(), 1000);
    this.load("?again=1");
  }

  close() {
    clearInterval(this.timer);
  }

  /** Ask how far all are; `?again=1` looks into the folder again. */
  async load(again = "") {
    if (document.hidden) return;
    try {
      const items = await getJson(`/api/recordings${again}`);
      const key = JSON.stringify(items);
      if (key === this.shown) return;
      this.shown = key;
      this.items = items;
      this.show();
    } catch (error) {
      if (!this.told) toast(error.message, true);
      this.told = true;
    }
  }

  async analyse(items) {
    try {
      for (const item of items) await postJson(`/api/recordings/${item.key}/analysis`);
    } catch (error) {
      toast(error.message, true);
    }
    await this.load();
  }

  analyseAll() {
    return this.analyse(this.items.filter((item) => item.state === "new" || item.state === "failed"));
  }

  show() {
    const wanted = this.filter.value.trim().toLowerCase();
    const shown = this.items.filter((item) => item.title.toLowerCase().includes(wanted));
    this.all.disabled = !this.items.some((item) => item.state === "new" || item.state === "failed");
    this.rows.replaceChildren(...shown.map((item) => this.row(item)));
    if (!shown.length) this.rows.append(h("p", { class: "quiet" }, "No recording of that name."));
  }

  row(item) {
    const open = OPEN.includes(item.state);
    const name = open ? h("a", { class: "name", href: `#/${item.key}/day` }, item.title) : h("span", { class: "name" }, item.title);
    const facts = [item.duration && duration(item.duration), item.beats && `${thousands(item.beats)} beats`, item.patient,
      item.edits && `${thousands(item.edits)} edits`, item.signed_by && `by ${item.signed_by}`, item.message].filter(Boolean);
    const state = h("span", { class: `state state-${item.state.replace(" ", "-")}` }, STATES[item.state]);
    let act = null;
    if (item.state === "running") act = h("progress", { max: 1, value: item.share, "aria-label": `Analysing ${item.title}` });
    else if (open) act = h("a", { class: "button", href: `#/${item.key}/day` }, "Open");
    else if (item.state !== "waiting") act = h("button", { class: "primary", onclick: () => this.analyse([item]) }, item.state === "failed" ? "Try again" : "Analyse");
    return h("div", { class: "work", role: "listitem" }, h("div", { class: "who" }, name, h("span", { class: "small quiet number" }, facts.join(" · "))), state, h("div", { class: "act" }, act));
  }

  onKey(event) {
    const links = [...this.rows.querySelectorAll("a.name")];
    const at = links.indexOf(document.activeElement);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || !links.length) return false;
    links[Math.min(links.length - 1, Math.max(0, at + by))].focus();
    return true;
  }
}
