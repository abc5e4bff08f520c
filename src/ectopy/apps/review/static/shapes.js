// Beats drawn over each other, as windows of microvolts around the R peak.
import { colours, fitted } from "./dom.js";

/** Draw windows faintly and their mean over them; `reach` is the largest size that fits, in microvolts. */
export function drawShapes(canvas, { members, mean, before, name, width, height, reach }) {
  const ink = colours();
  const context = fitted(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const n = mean.length;
  const scale = Math.min(height / (2.1 * reach), (height * 0.55) / Math.max(1, highest(mean)), (height * 0.55) / Math.max(1, -lowest(mean)));
  const middle = height * (0.5 + 0.12 * Math.sign(highest(mean) + lowest(mean)));
  const line = (values) => {
    context.beginPath();
    for (let at = 0; at < n; at++) context.lineTo((at * width) / (n - 1), middle - values[at] * scale);
    context.stroke();
  };
  context.strokeStyle = ink.rule;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(Math.round((before * width) / (n - 1)) + 0.5, 4);
  context.lineTo(Math.round((before * width) / (n - 1)) + 0.5, height - 4);
  context.stroke();
  context.lineJoin = "round";
  context.strokeStyle = ink.faint;
  context.globalAlpha = members.length > 1 ? 0.28 : 1;
  context.lineWidth = 0.8;
  members.forEach(line);
  context.globalAlpha = 1;
  context.strokeStyle = ink[`text-${name === "?" ? "none" : name}`];
  context.lineWidth = 2;
  line(mean);
}

const highest = (values) => values.reduce((most, value) => Math.max(most, value), -Infinity);
const lowest = (values) => values.reduce((least, value) => Math.min(least, value), Infinity);

/** Return a size in microvolts that nearly all windows stay within. */
export function reachOf(means) {
  const sizes = means.map((mean) => Math.max(highest(mean), -lowest(mean))).sort((a, b) => a - b);
  return Math.max(200, sizes[Math.floor(0.8 * (sizes.length - 1))] ?? 200);
}
