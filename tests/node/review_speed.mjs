// node review_speed.mjs CHROMIUM ADDRESS PID: opens the first recording of the list twice, edits, scrolls and zooms; prints times, as JSON.
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [executablePath, address, pid] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
page.setDefaultTimeout(120000);
await page.goto(address);
await page.locator(".work a.button").waitFor();
const result = {};

/** Seconds until figures and the first strip stand on the screen. */
async function opened() {
  const start = Date.now();
  await page.locator(".work a.button").click();
  await page.waitForFunction(() => document.querySelector("dl.figures dd") && window.ectopy.strip?.centres.size);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return (Date.now() - start) / 1000;
}

/** Processor milliseconds that the server has used; its clock ticks a hundred times a second. */
function used() {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

const go = (name) => page.evaluate((to) => (location.hash = location.hash.replace(/[^/]*$/, to)), name);
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/**
 * Do something in every frame. Frames are measured on the wall, which a busy machine makes longer, and tasks of the
 * page's main thread in processor time, as chromium's trace has them.
 */
async function frames(action, count) {
  await browser.startTracing(page, { categories: ["devtools.timeline", "toplevel"] });
  const lengths = await page.evaluate(([what, n]) => new Promise((resolve) => {
    const { strip } = window.ectopy.screen.strip ? window.ectopy.screen : window.ectopy;
    const acts = { scroll: () => strip.scrollBy(0.12), zoom: (at) => at % 12 === 0 && strip.nextSpeed(),
      jump: (at) => at % 20 === 0 && strip.recording.goTo((at * 977) % strip.recording.duration) };
    const found = [];
    let [at, last] = [0, performance.now()];
    const step = (now) => {
      found.push(now - last);
      last = now;
      acts[what](at);
      if (++at < n) requestAnimationFrame(step);
      else resolve(found.slice(1));
    };
    requestAnimationFrame(step);
  }), [action, count]);
  const trace = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const drawing = trace.filter((each) => each.name === "FireAnimationFrame" && each.tdur).map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = trace.filter((each) => each.name.endsWith("RunTask") && each.tdur && drawing.includes(`${each.pid} ${each.tid}`)).map((each) => each.tdur / 1000);
  return {
    frames: lengths.length,
    "median frame, milliseconds": Math.round(middle(lengths)),
    "longest frame, milliseconds": Math.round(Math.max(...lengths)),
    "frames over 50 ms": lengths.filter((each) => each > 50).length,
    "longest task in a frame, processor milliseconds": Math.round(10 * Math.max(0, ...tasks)) / 10,
    "tasks over 50 ms of processor time": tasks.filter((each) => each > 50).length,
  };
}

result["first open, seconds"] = await opened();
await page.evaluate(() => (location.hash = "#/"));
await page.locator(".work a.button").waitFor();
result["cached open, seconds"] = await opened();

const [edits, before] = [[], used()];
for (let n = 0; n < 25; n++) {
  edits.push(await page.evaluate((symbol) => new Promise((resolve) => {
    const { recording } = window.ectopy;
    const before = document.getElementById("counts").innerText;
    const start = performance.now();
    recording.edit("relabel", { beats: [recording.beats.ids[1000]], symbol });
    const look = () => (document.getElementById("counts").innerText === before ? requestAnimationFrame(look) : resolve(performance.now() - start));
    look();
  }), n % 2 ? "N" : "F"));
}
result["edit, milliseconds"] = Math.round(middle(edits));
result["edit, processor milliseconds of the server"] = Math.round((used() - before) / edits.length);

await go("strip");
await page.waitForFunction(() => window.ectopy.screen.strip?.centres.size);
for (const [name, n] of [["scroll", 240], ["zoom", 120], ["jump", 160]]) result[name] = await frames(name, n);
await go("disclosure");
await page.waitForTimeout(3000);
await browser.close();
console.log(JSON.stringify(result));
