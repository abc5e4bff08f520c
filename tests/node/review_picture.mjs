// node review_picture.mjs CHROMIUM ADDRESS PNG: takes a picture of the review page, clusters above a strip.
import { chromium } from "playwright-core";

const [executablePath, address, path] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
page.setDefaultTimeout(60000);
await page.goto(address);
await page.locator(".work a.button").click();
await page.waitForSelector("dl.figures dd");
await page.getByRole("link", { name: "Clusters" }).click();
await page.locator(".cluster").nth(1).click();
await page.mouse.move(600, 715);
await page.waitForLoadState("networkidle");
await page.waitForTimeout(500);
await page.screenshot({ path });
await browser.close();
