// Events and episodes by urgency: look at each, accept or reject it, relabel its beats.
import { duration, thousands } from "./clock.js";
import { attempt, h, icon } from "./dom.js";
import { keyOf } from "./keys.js";
import { LABEL_KEYS, labelButtons, symbolOf } from "./strip_actions.js";

const VERDICTS = { A: "confirmed", R: "rejected", O: "open" };
const LONG = 8; // seconds from which on only the beginning is shown
const SHOWN = 300; // rows at once; more with a button

export class Events {
  constructor(recording) {
    this.recording = recording;
    this.kind = "";
    this.most = SHOWN;
    this.chosen = "";
    this.list = h("div", { class: "events", role: "group", "aria-label": "Events by urgency" });
    this.tools = h("div", { class: "tools" });
    this.element = h("div", { class: "page" }, this.tools, this.list);
    this.change = () => this.show();
    recording.addEventListener("change", this.change);
    this.show();
    if (this.items.length) this.choose(this.items[0]);
  }

  close() {
    this.recording.removeEventListener("change", this.change);
  }

  show() {
    const { state } = this.recording;
    const kinds = new Map();
    for (const { kind, count } of state.event_kinds) kinds.set(kind, count);
    this.items = state.events.filter((each) => !this.kind || each.kind === this.kind).slice(0, this.most);
    const focused = this.list.contains(document.activeElement);
    this.showTools(kinds);
    this.list.replaceChildren(...this.items.map((item) => this.row(item)));
    if (!this.items.length) this.list.append(h("p", { class: "quiet" }, "No event was found: no runs, couplets, pauses or episodes."));
    const all = state.events.filter((each) => !this.kind || each.kind === this.kind).length;
    if (all > this.items.length) this.list.append(h("button", { onclick: () => this.more() }, `Show more of ${thousands(all)}`));
    if (focused) this.rowOf(this.chosen)?.focus();
  }

  more() {
    this.most += SHOWN;
    this.show();
  }

  showTools(kinds) {
    const total = [...kinds.values()].reduce((sum, n) => sum + n, 0);
    const open = this.items.filter((item) => item.verdict === "open").length;
    const select = h("select", { "aria-label": "Kind of event", onchange: (event) => this.filter(event.target.value) },
      [["", `all kinds (${thousands(total)})`], ...[...kinds].map(([kind, n]) => [kind, `${kind} (${thousands(n)})`])].map(([value, title]) => h("option", { value, selected: value === this.kind }, title)));
    this.tools.replaceChildren(h("h2", {}, "Events by urgency"), h("span", { class: "quiet small" }, `${thousands(open)} open`), h("span", { class: "spacer" }),
      h("span", { class: "wide" }, labelButtons((key) => this.label(key))), select);
  }

  filter(kind) {
    this.kind = kind;
    this.most = SHOWN;
    this.show();
  }

  row(item) {
    const { clock } = this.recording;
    const long = item.stop - item.start;
    const facts = [item.n ? `${item.n} beats` : "", item.rate ? `${Math.round(item.rate)}/min` : "", item.kind === "pause" ? `${long.toFixed(2)} s` : duration(long)].filter(Boolean);
    const verdict = (key, name, title) => h("button", { class: "icon", "aria-pressed": item.verdict === VERDICTS[key], "aria-label": `${title} ${item.kind} at ${clock.at(item.start)}`, title: `${title} (${key})`,
      onclick: () => this.judge(item, VERDICTS[key]) }, icon(name));
    return h("div", { class: `event event-${item.verdict} urgency-${item.urgency}`, "data-key": item.key },
      h("button", { class: "what", "aria-current": item.key === this.chosen ? "true" : null, onclick: () => this.choose(item) },
        h("b", {}, item.kind), h("span", { class: "number" }, clock.at(item.start)), h("span", { class: "quiet small number" }, facts.join(" · "))),
      h("span", { class: "verdict" }, verdict("A", "check", "Accept"), verdict("R", "cross", "Reject")));
  }

  rowOf(key) {
    return [...this.list.children].find((row) => row.dataset.key === key)?.querySelector(".what");
  }

  choose(item) {
    this.chosen = item.key;
    for (const row of this.list.querySelectorAll(".what")) row.toggleAttribute("aria-current", false);
    this.rowOf(item.key)?.setAttribute("aria-current", "true");
    this.recording.select(this.beatsOf(item));
    this.recording.goTo(item.stop - item.start > LONG ? item.start + LONG / 2 - 1 : (item.start + item.stop) / 2);
  }

  /** The beats of an event that labels are for: those of a run or couplet, none of an episode or pause. */
  beatsOf(item) {
    if (item.first === null || item.kind === "pause") return [];
    const [first, last] = [this.recording.row(item.first), this.recording.row(item.last)];
    if (first < 0 || last < 0) return [];
    const rows = Array.from({ length: last - first + 1 }, (_, n) => first + n);
    const ectopic = rows.filter((row) => this.recording.beats.classes[row] > 0);
    return this.recording.idsOf(ectopic.length ? ectopic : rows);
  }

  judge(item, verdict) {
    const wanted = item.verdict === verdict ? "open" : verdict;
    return attempt(() => this.recording.edit("judge_event", { event: item.key, verdict: wanted }));
  }

  label(key) {
    const beats = [...this.recording.selected];
    if (beats.length) attempt(() => this.recording.edit("relabel", { beats, symbol: symbolOf(key) }));
  }

  onKey(event) {
    const key = keyOf(event);
    const at = this.items.findIndex((item) => item.key === this.chosen);
    const by = { ArrowDown: 1, ArrowUp: -1, J: 1, K: -1 }[key];
    if (by) return this.walk(at, by);
    if (VERDICTS[key] && at >= 0) {
      const item = this.items[at];
      this.judge(item, VERDICTS[key]).then(() => key !== "O" && this.walk(this.items.findIndex((each) => each.key === item.key), 1));
      return true;
    }
    if (LABEL_KEYS.includes(key)) return void this.label(key) ?? true;
    return false;
  }

  walk(at, by) {
    const next = this.items[Math.min(this.items.length - 1, Math.max(0, at + by))];
    if (!next) return false;
    this.choose(next);
    const row = this.rowOf(next.key);
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
    return true;
  }
}
