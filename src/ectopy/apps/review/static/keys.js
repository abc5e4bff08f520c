// Every key, in one place: what `?` shows, and what docs/review.md lists.
import { h, showDialog } from "./dom.js";

export const KEYS = {
  Everywhere: { "1 – 6": "day, clusters, events, strip, disclosure, report", "Ctrl-Z": "undo", "Ctrl-Shift-Z": "redo", T: "dark or light", "?": "this table" },
  Labels: { N: "normal", S: "supraventricular", V: "ventricular", F: "fusion", Q: "unclassifiable", X: "cannot be judged; a stretch: artefact" },
  Strip: { "← →": "beat before, beat after", ", .": "ectopic beat before, after", "Shift-← →": "one second", "PgUp PgDn": "one screen", "Home End": "first, last",
    I: "insert a beat at the middle, then a label", "Alt-← →": "move the beat by a sample", Del: "delete", "[ ]": "begin and end of a stretch here",
    "A L B P": "stretch: AF, flutter, VF, pause", U: "take back a mark", C: "calipers", "+ −": "gain", W: "paper speed", L: "one lead or all", G: "go to a time", Esc: "choose nothing" },
  Clusters: { "← → ↑ ↓": "from cluster to cluster", Space: "choose beside others", Enter: "look at its beats", M: "merge the chosen", "/": "split", Esc: "choose none", "Shift-A": "accept all proposals" },
  Events: { "↑ ↓": "event before, after", A: "accept", R: "reject", O: "leave open" },
};

/** Return the key of an event: letters as capitals. */
export const keyOf = (event) => (event.key.length === 1 ? event.key.toUpperCase() : event.key);

export function showKeys() {
  const sections = Object.entries(KEYS).map(([title, keys]) => h("section", {}, h("h3", {}, title),
    h("dl", {}, Object.entries(keys).flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]))));
  showDialog("Keys", h("div", { class: "keytable" }, sections));
}
