// What lies over the traces of a strip: beats, stretches, the caliper.
import { CHANGED, CLASSES } from "./recording.js";

export const LABELS = 34; // pixels at the top for the letters of beats and their intervals
const BAND = 7; // pixels at the bottom edge for episodes and marks

export const SHORT = { "atrial fibrillation": "AF", "atrial flutter": "AFL", "ventricular fibrillation": "VF", tachycardia: "tachycardia",
  bradycardia: "bradycardia", artefact: "artefact", pause: "pause" };

/** Draw everything that is known between two samples; `x` turns a sample into pixels. */
export function drawMarks(context, recording, view, ink) {
  const { fs } = recording.about;
  drawUnusable(context, recording, view, ink);
  drawStretches(context, recording.state.episodes, view, ink, fs);
  if (view.span) shade(context, view, ink, view.span[0], view.span[1], ink.select);
  drawBeats(context, recording, view, ink);
  drawLeadNames(context, recording, view, ink);
  if (view.ghost !== null) drawGhost(context, view, ink);
  if (view.caliper) drawCaliper(context, view, ink, fs);
}

/** Colour an area so that the trace below stays as it is: darker on light paper, lighter on dark. */
function tint(context, ink, x, y, width, height, colour) {
  context.globalCompositeOperation = ink.page === "#fff" ? "multiply" : "screen";
  context.fillStyle = colour;
  context.fillRect(x, y, width, height);
  context.globalCompositeOperation = "source-over";
}

function shade(context, view, ink, start, stop, colour) {
  tint(context, ink, view.x(start), 0, Math.max(1, view.x(stop) - view.x(start)), view.height, colour);
}

function drawUnusable(context, recording, view, ink) {
  const { fs } = recording.about;
  view.leads.forEach((lead, n) => {
    for (const [start, stop] of recording.about.unusable[lead] ?? []) {
      if (stop * fs < view.first || start * fs > view.last) continue;
      const half = view.height / view.leads.length / 2;
      tint(context, ink, view.x(start * fs), view.zero(n) - half, view.x(stop * fs) - view.x(start * fs), 2 * half, ink.unusable);
    }
  });
}

function drawStretches(context, episodes, view, ink, fs) {
  context.font = "600 11px system-ui, sans-serif";
  for (const { kind, start, stop, mark } of episodes) {
    if (stop * fs < view.first || start * fs > view.last) continue;
    const [left, right] = [Math.max(-2, view.x(start * fs)), Math.min(view.width + 2, view.x(stop * fs))];
    if (kind === "artefact") shade(context, view, ink, start * fs, stop * fs, ink.unusable);
    context.fillStyle = ink[`kind-${SHORT[kind] ?? kind}`] || ink.faint;
    context.fillRect(left, view.height - BAND, Math.max(2, right - left), BAND);
    label(context, `${SHORT[kind] ?? kind}${mark ? " · marked" : ""}`, Math.max(4, left + 3), view.height - BAND - 4, ink.ink, ink);
  }
}

function label(context, text, x, y, colour, ink) {
  context.lineWidth = 3;
  context.strokeStyle = ink.paper;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function drawBeats(context, recording, view, ink) {
  const { beats, selected, about } = recording;
  const rows = recording.rowsBetween(view.first, view.last);
  context.textAlign = "center";
  for (const row of rows) {
    const x = view.x(beats.samples[row]);
    const name = CLASSES[beats.classes[row]];
    const colour = ink[`text-${name === "?" ? "none" : name}`];
    if (selected.has(beats.ids[row])) drawSelected(context, x, view, ink);
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.globalAlpha = 0.55;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, LABELS - 16);
    context.lineTo(Math.round(x) + 0.5, LABELS - 8);
    context.stroke();
    context.globalAlpha = 1;
    context.font = name === "N" ? "500 13px system-ui, sans-serif" : "750 14px system-ui, sans-serif";
    label(context, name, x, LABELS - 20, colour, ink);
    if (beats.flags[row] & CHANGED) context.fillRect(x - 4, LABELS - 17, 8, 2);
    const gap = row > 0 ? view.x(beats.samples[row]) - view.x(beats.samples[row - 1]) : 0;
    if (gap > 44) {
      const rr = (1000 * (beats.samples[row] - beats.samples[row - 1])) / about.fs;
      context.font = "10.5px system-ui, sans-serif";
      label(context, rr.toFixed(0), x - gap / 2, LABELS - 20, ink.faint, ink);
    }
  }
  context.textAlign = "left";
}

function drawSelected(context, x, view, ink) {
  tint(context, ink, x - 12, 0, 24, view.height, ink.select);
  context.strokeStyle = ink["select-edge"];
  context.lineWidth = 1.5;
  context.strokeRect(x - 10, LABELS - 33, 20, 18);
}

function drawLeadNames(context, recording, view, ink) {
  context.font = "650 12px system-ui, sans-serif";
  view.leads.forEach((lead, n) => {
    const top = view.leads.length === 1 ? LABELS + 12 : Math.max(LABELS + 12, view.zero(n) - Math.min(26, (0.36 * view.height) / view.leads.length));
    label(context, recording.about.leads[lead], 6, top, ink.ink, ink);
  });
}

function drawGhost(context, view, ink) {
  const x = Math.round(view.x(view.ghost)) + 0.5;
  context.strokeStyle = ink.accent;
  context.setLineDash([4, 3]);
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, view.height);
  context.stroke();
  context.setLineDash([]);
  context.font = "700 13px system-ui, sans-serif";
  context.textAlign = "center";
  label(context, "+", x, LABELS - 20, ink.accent, ink);
  context.textAlign = "left";
}

function drawCaliper(context, view, ink, fs) {
  const { from, to } = view.caliper;
  const [x0, x1] = [view.x(from.sample), view.x(to.sample)];
  context.strokeStyle = ink.accent;
  context.lineWidth = 1.25;
  context.beginPath();
  for (const [x, y] of [[x0, from.y], [x1, to.y]]) {
    context.moveTo(x, 0);
    context.lineTo(x, view.height);
    context.moveTo(Math.min(x0, x1) - 8, y);
    context.lineTo(Math.max(x0, x1) + 8, y);
  }
  context.stroke();
  const seconds = Math.abs(to.sample - from.sample) / fs;
  const millivolts = (from.y - to.y) / view.perMicrovolt / 1000;
  const text = `${(1000 * seconds).toFixed(0)} ms · ${seconds ? (60 / seconds).toFixed(0) : "–"}/min · ${millivolts.toFixed(2)} mV`;
  context.font = "600 13px system-ui, sans-serif";
  const width = context.measureText(text).width + 14;
  const x = Math.min(Math.max(4, (x0 + x1 - width) / 2), view.width - width - 4);
  const y = Math.min(view.height - 34, Math.max(LABELS + 4, Math.max(from.y, to.y) + 10));
  context.fillStyle = ink.accent;
  context.fillRect(x, y, width, 24);
  context.fillStyle = ink["accent-ink"];
  context.fillText(text, x + 7, y + 17);
}
