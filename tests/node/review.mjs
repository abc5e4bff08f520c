// node review.mjs CHROMIUM ADDRESS STORY: does what a person does on the review page; prints what was seen, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [executablePath, address, story] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const seen = { faults: [] };

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(150000); // for machines that have much else to do
  page.on("pageerror", (error) => seen.faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && seen.faults.push(message.text()));
  page.on("request", (request) => new URL(request.url()).host === new URL(address).host || seen.faults.push(request.url()));
  await page.goto(address);
  await page.waitForSelector(".work");
  return page;
}

async function openRecording(page, title) {
  await page.locator(".work", { hasText: title }).getByRole("link", { name: "Open" }).click();
  await page.waitForSelector("dl.figures dd");
}

const screen = (page, name) => page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name }).click();
const idle = (page) => page.waitForLoadState("networkidle");

/** Beats by class, as the bar shows them. */
async function counts(page) {
  const text = await page.locator("#counts").innerText();
  return Object.fromEntries([...text.matchAll(/([NSVFQ?])\s+([\d,]+)/g)].map(([, name, n]) => [name, Number(n.replace(",", ""))]));
}

/** Do something, and wait until the bar shows other counts. */
async function changing(page, act) {
  const before = await page.locator("#counts").innerText();
  await act();
  await page.waitForFunction((old) => document.getElementById("counts").innerText !== old, before);
  return counts(page);
}

/** How many cards of clusters let something stick out once the window is narrowed. */
async function cutWhenNarrowed(page) {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await idle(page);
  const cut = await page.evaluate(() => {
    const right = (element) => element.getBoundingClientRect().right;
    const cards = [...document.querySelectorAll(".cluster")];
    return cards.filter((card) => [...card.querySelectorAll("*")].some((part) => right(part) > right(card))).length;
  });
  await page.setViewportSize(before);
  return cut;
}

const stories = {
  /** Analyse a new recording from the page. */
  async analyse() {
    const page = await open();
    const work = page.locator(".work", { hasText: "new" });
    await work.getByRole("button", { name: "Analyse" }).click();
    await work.getByRole("link", { name: "Open" }).waitFor({ timeout: 200000 });
    seen.states = await page.locator(".state").allInnerTexts();
  },

  /** Look at a short recording: the line of its heart rate, and the bar of the strip where beats are chosen. */
  async look() {
    const page = await open();
    await openRecording(page, "seen");
    await idle(page);
    seen.drawn = await page.evaluate(() => {
      const canvas = document.querySelector(".chart canvas");
      const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, Math.round(canvas.height / 3));
      const ink = document.createElement("canvas").getContext("2d");
      ink.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent");
      ink.fillRect(0, 0, 1, 1);
      const accent = ink.getImageData(0, 0, 1, 1).data;
      const columns = new Set();
      for (let at = 0; at < data.length; at += 4) if (accent.every((value, n) => Math.abs(data[at + n] - value) < 40)) columns.add((at / 4) % width);
      return columns.size / width;
    });
    await screen(page, "Events");
    await page.locator(".events .what").first().click();
    await screen(page, "Strip");
    seen.buttons = await page.locator("main .strip-buttons").isVisible();
  },

  /** Correct a day: clusters, undo, a missed beat, artefact, events, a conclusion. */
  async correct() {
    const page = await open();
    await openRecording(page, "seen");
    seen.start = await counts(page);
    await screen(page, "Clusters");
    const cluster = page.locator(".cluster", { has: page.locator("b", { hasText: "V" }) }).first();
    seen.size = Number(await cluster.locator(".number").first().innerText());
    await cluster.click();
    seen.relabelled = await changing(page, () => page.keyboard.press("f"));
    seen.undone = await changing(page, () => page.keyboard.press("Control+z"));
    seen.redone = await changing(page, () => page.keyboard.press("Control+Shift+Z"));
    seen.back = await changing(page, () => page.keyboard.press("Control+z"));

    const cards = page.locator(".cluster");
    seen.clusters = [await cards.count()];
    const other = async (act) => {
      const n = await cards.count();
      await act();
      await page.waitForFunction((old) => document.querySelectorAll(".cluster").length !== old, n);
      seen.clusters.push(await cards.count());
    };
    const chooseTwo = async () => {
      await page.keyboard.press("Escape");
      await cards.nth(0).focus();
      await page.keyboard.press("Space");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Space");
    };
    await chooseTwo();
    seen.both = await changing(page, () => page.keyboard.press("f"));
    seen.neither = await changing(page, () => page.keyboard.press("Control+z"));
    await chooseTwo();
    await other(() => page.keyboard.press("m"));
    await other(() => page.keyboard.press("/"));
    await cards.nth(0).focus();
    await page.keyboard.press("Enter");
    await page.locator(".beat").first().waitFor();
    await page.keyboard.press("Space");
    seen.chosen = await page.locator(".beat[aria-pressed=true]").count();
    await page.keyboard.press("Escape");

    await screen(page, "Strip");
    const strip = page.locator("main .strip-canvas");
    const { x, y } = await strip.boundingBox();
    await idle(page);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(() => window.ectopy.recording.selected.size === 1);
    const place = await page.evaluate(() => {
      const { strip } = window.ectopy.screen;
      const [id] = strip.recording.selected;
      return strip.view.x(strip.recording.beats.samples[strip.recording.row(id)]);
    });
    seen.deleted = await changing(page, () => page.keyboard.press("Delete"));
    await page.mouse.click(x + place + 4, y + 200);
    seen.added = await changing(page, () => page.keyboard.press("n"));
    seen.off = await page.evaluate(() => {
      const { beats, about } = window.ectopy.recording;
      const gaps = [...beats.samples.slice(1, 12)].map((sample, row) => (sample - beats.samples[row]) / about.fs);
      return Math.min(...gaps);
    });
    await page.mouse.move(x + 300, y + 220);
    await page.mouse.down();
    await page.mouse.move(x + 700, y + 230, { steps: 3 });
    await page.mouse.up();
    seen.span = await page.locator("main .action-bar").innerText();
    seen.artefact = await changing(page, () => page.keyboard.press("x"));
    const letter = await page.evaluate(() => {
      const { strip } = window.ectopy.screen;
      const { beats, ...recording } = strip.recording;
      const row = beats.samples.findIndex((sample) => strip.view.x(sample) > 800);
      return { id: beats.ids[row], sample: beats.samples[row], x: strip.view.x(beats.samples[row]), fs: recording.about.fs };
    });
    await page.keyboard.down("Alt");
    await page.mouse.move(x + letter.x, y + 12);
    await page.mouse.down();
    await page.mouse.move(x + letter.x + 20, y + 12, { steps: 3 });
    await page.mouse.up();
    await page.keyboard.up("Alt");
    const sampleOf = (id) => page.evaluate((beat) => window.ectopy.recording.beats.samples[window.ectopy.recording.row(beat)], id);
    await page.waitForFunction(({ id, sample }) => window.ectopy.recording.beats.samples[window.ectopy.recording.row(id)] !== sample, letter);
    seen.moved = ((await sampleOf(letter.id)) - letter.sample) / letter.fs;

    await screen(page, "Events");
    await page.locator(".event .what").first().click();
    await page.keyboard.press("a");
    await page.locator(".event-confirmed").first().waitFor();
    await screen(page, "Report");
    const conclusion = page.getByLabel("Conclusion");
    await page.waitForFunction(() => document.getElementById("conclusion").value.includes("recorded"));
    await conclusion.fill("Read by a person.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.frameLocator("iframe").getByText("Read by a person.").waitFor();
    seen.last = await counts(page);
  },

  /** Two tabs at once lose nothing of each other. */
  async together() {
    const page = await open();
    await openRecording(page, "seen");
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.waitForSelector("dl.figures dd");
    const both = [page, other];
    for (const one of both) await one.evaluate(() => window.ectopy.recording.select([window.ectopy.recording.beats.ids[window.ectopy.recording.beats.n - 4]]));
    seen.before = await counts(page);
    await Promise.all([
      page.evaluate(() => window.ectopy.recording.edit("relabel", { beats: [window.ectopy.recording.beats.ids[20]], symbol: "Q" })),
      other.evaluate(() => window.ectopy.recording.edit("relabel", { beats: [window.ectopy.recording.beats.ids[21]], symbol: "Q" })),
    ]);
    for (const one of both) await one.waitForFunction((n) => document.getElementById("counts").innerText.replace(/\s+/g, " ").includes(`Q ${n}`), seen.before.Q + 2);
    seen.after = await Promise.all(both.map(counts));
  },

  /** After a crash: everything is there; sign and print. */
  async sign() {
    const page = await open();
    await openRecording(page, "seen");
    seen.start = await counts(page);
    await screen(page, "Report");
    await page.getByLabel("Your name").fill("Ada Reviewer");
    await page.getByRole("button", { name: "Sign" }).click();
    await page.getByText("Signed by Ada Reviewer").first().waitFor();
    await page.frameLocator("iframe").locator("h1").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "PDF" }).click();
    seen.pdf = readFileSync(await (await download).path()).subarray(0, 5).toString();
    await page.evaluate(() => (document.querySelector("iframe").contentWindow.print = () => (window.printed = true)));
    await page.getByRole("button", { name: "Print" }).click();
    seen.printed = await page.evaluate(() => window.printed);
    await page.goto(address);
    await page.locator(".state-signed").waitFor();
  },

  /** What axe-core finds on every screen, on a desktop in daylight and on a phone in the dark. */
  async axe() {
    const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    seen.looked = [];
    for (const options of [{ colorScheme: "light" }, { colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }]) {
      const page = await open({ ...options, bypassCSP: true });
      await page.evaluate(axe);
      const look = async (name) => {
        await idle(page);
        const { violations, passes } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"], iframes: false }));
        const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        seen.looked.push({ name, scheme: options.colorScheme, scrolls, passes: passes.length,
          violations: violations.map(({ id, impact, nodes }) => ({ id, impact, first: nodes[0].html.slice(0, 200) })) });
      };
      await look("worklist");
      await openRecording(page, "seen");
      for (const name of ["Day", "Clusters", "Events", "Strip", "Disclosure", "Report"]) {
        await screen(page, name);
        await look(name);
        if (name === "Clusters") seen.cut = (seen.cut ?? 0) + (await cutWhenNarrowed(page));
      }
      await page.getByRole("button", { name: "Keys (?)" }).click();
      await look("keys");
    }
  },
};

await stories[story]();
await browser.close();
console.log(JSON.stringify(seen));
