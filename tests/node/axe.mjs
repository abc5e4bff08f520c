// node axe.mjs CHROMIUM PAGE…: looks at pages on a desktop and on a phone, and prints what axe-core finds, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const [executablePath, ...pages] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const found = [];
for (const path of pages) {
  for (const width of [1280, 390]) {
    const context = await browser.newContext({ bypassCSP: true, viewport: { width, height: 900 } });
    const page = await context.newPage();
    await page.goto(pathToFileURL(path).href);
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll(".columns .scroll")]
        .filter((place) => place.scrollWidth > place.clientWidth + 1)
        .map((place) => place.getAttribute("aria-label")),
    );
    found.push({
      path,
      width,
      scrolls,
      cut,
      passes: passes.length,
      violations: violations.map(({ id, impact, nodes }) => ({ id, impact, first: nodes[0].html.slice(0, 200) })),
    });
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(found));
