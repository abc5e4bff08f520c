// What the learner proposes after some corrections, and what it would like to know next.
import { percent, thousands } from "./clock.js";
import { attempt, h, toast } from "./dom.js";
import { getJson } from "./server.js";
import { labelButtons, symbolOf } from "./strip_actions.js";

const REST = 400; // milliseconds without a change before the learner is asked again

export class Learning {
  /** `look` shows beats side by side, under a title. */
  constructor(recording, look) {
    Object.assign(this, { recording, look });
    this.element = h("aside", { class: "learning", "aria-label": "Proposals" });
    this.proposals = [];
    this.change = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.load(), REST);
    };
    recording.addEventListener("change", this.change);
    this.show({ answers: null, proposals: [], question: null });
    this.load();
  }

  close() {
    clearTimeout(this.timer);
    this.recording.removeEventListener("change", this.change);
    this.closed = true;
  }

  /** Ask the learner, one question at a time; a change meanwhile asks again. */
  async load() {
    const { revision } = this.recording.state;
    if (this.asking) return;
    this.asking = true;
    this.element.setAttribute("aria-busy", "true");
    try {
      const found = await getJson(`${this.recording.path}/proposals`);
      if (!this.closed) this.show(found);
    } catch (error) {
      toast(error.message, true);
    }
    this.asking = false;
    this.element.setAttribute("aria-busy", "false");
    if (!this.closed && revision !== this.recording.state.revision) this.change();
  }

  show({ answers, proposals, question }) {
    this.proposals = proposals;
    const all = proposals.length > 1 ? [h("button", { class: "small", onclick: () => this.acceptAll() }, "Accept all", h("kbd", { class: "wide" }, "Shift-A"))] : [];
    this.element.replaceChildren(h("h2", {}, "Learnt from you"),
      h("p", { class: "small quiet" }, answers === null ? "Looking at all beats …" : answers ? `${thousands(answers)} label${answers === 1 ? "" : "s"} so far.` : "Label clusters or beats: what they teach is proposed here for the others."),
      ...(question ? [this.question(question)] : []), ...proposals.map((each) => this.proposal(each)), ...all);
  }

  /** The beats that would teach most: one answer labels all of them. */
  question({ beats, symbol, confidence }) {
    const n = beats.length;
    return h("div", { class: "proposal ask" }, h("h3", {}, n > 1 ? `What are these ${thousands(n)} beats?` : "What is this beat?"),
      h("p", { class: "small number" }, `Called ${symbol}, ${percent(confidence)} sure${n > 1 ? ", and all alike" : ""}.`),
      h("div", { class: "row" }, h("button", { class: "small", onclick: () => this.look("Asked about", beats) }, "Look"),
        labelButtons((key) => attempt(() => this.recording.edit("relabel", { beats, symbol: symbolOf(key) })))));
  }

  proposal(each) {
    const { cluster, symbol, now, beats, confidence } = each;
    return h("div", { class: "proposal" }, h("p", {}, h("b", {}, thousands(beats.length)), ` beat${beats.length === 1 ? "" : "s"}`,
      ` of cluster ${cluster + 1}: `, h("b", { class: `tag-${now}` }, now), " → ", h("b", { class: `tag-${symbol}` }, symbol)),
    h("p", { class: "small quiet number" }, `${percent(confidence)} sure`),
    h("div", { class: "row" }, h("button", { class: "small", onclick: () => this.look(`Proposed as ${symbol}`, beats) }, "Look"), h("button", { class: "small primary", onclick: () => this.accept([each]) }, "Accept")));
  }

  accept(proposals) {
    return proposals.length && attempt(() => this.recording.act(proposals.map(({ beats, symbol }) => ({ type: "relabel", beats, symbol }))));
  }

  acceptAll() {
    return this.accept(this.proposals);
  }

}
