// node review_speed.mjs CHROMIUM ADDRESS: opens the first recording of the list twice, edits, scrolls and zooms; prints times, as JSON.
import { chromium } from "playwright-core";

const [executablePath, address] = process.argv.slice(2);
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

const go = (name) => page.evaluate((to) => (location.hash = location.hash.replace(/[^/]*$/, to)), name);
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Lengths of frames, and of the work in them, while something is done in every frame. */
function frames(what, n) {
  return page.evaluate(([action, count]) => new Promise((resolve) => {
    const { strip } = window.ectopy.screen.strip ? window.ectopy.screen : window.ectopy;
    const work = [];
    const draw = strip.draw.bind(strip);
    strip.draw = () => {
      const start = performance.now();
      draw();
      work.push(performance.now() - start);
    };
    const acts = { scroll: () => strip.scrollBy(0.12), zoom: (at) => at % 12 === 0 && strip.nextSpeed(), jump: (at) => at % 20 === 0 && strip.recording.goTo((at * 977) % strip.recording.duration) };
    let at = 0;
    const lengths = [];
    let last = performance.now();
    const step = (now) => {
      lengths.push(now - last);
      last = now;
      acts[action](at);
      if (++at < count) requestAnimationFrame(step);
      else {
        strip.draw = draw;
        resolve({ lengths: lengths.slice(1), work });
      }
    };
    requestAnimationFrame(step);
  }), [what, n]);
}

result["first open, seconds"] = await opened();
await page.evaluate(() => (location.hash = "#/"));
await page.locator(".work a.button").waitFor();
result["cached open, seconds"] = await opened();

const edits = [];
for (let n = 0; n < 9; n++) {
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

await go("strip");
await page.waitForFunction(() => window.ectopy.screen.strip?.centres.size);
for (const [name, n] of [["scroll", 240], ["zoom", 120], ["jump", 160]]) {
  const { lengths, work } = await frames(name, n);
  result[name] = { frames: lengths.length, "longest frame, milliseconds": Math.round(Math.max(...lengths)), "median frame, milliseconds": Math.round(middle(lengths)),
    "frames over 50 ms": lengths.filter((each) => each > 50).length, "longest drawing, milliseconds": Math.round(Math.max(...work)), "median drawing, milliseconds": Math.round(10 * middle(work)) / 10 };
}
await go("disclosure");
await page.waitForTimeout(3000);
await browser.close();
console.log(JSON.stringify(result));
