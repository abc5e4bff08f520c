// The frame: which screen is shown, the bar above it, the strip below it, keys that work everywhere.
import { Clusters } from "./clusters.js";
import { thousands } from "./clock.js";
import { Day } from "./day.js";
import { Disclosure } from "./disclosure.js";
import { attempt, forgetColours, h, icon, toast } from "./dom.js";
import { Events } from "./events.js";
import { showKeys } from "./keys.js";
import { CLASSES, Recording } from "./recording.js";
import { Report } from "./report.js";
import { Strip } from "./strip.js";
import { StripScreen } from "./strip_screen.js";
import { Worklist } from "./worklist.js";

const SCREENS = { day: ["Day", Day], clusters: ["Clusters", Clusters], events: ["Events", Events], strip: ["Strip", StripScreen],
  disclosure: ["Disclosure", Disclosure], report: ["Report", Report] };
const DOCKED = ["day", "clusters", "events"];
const THEME = "ectopy-theme";

const page = { recording: null, screen: null, strip: null, name: "" };
window.ectopy = page; // for the console
const [bar, main, dock] = ["bar", "screen", "dock"].map((id) => document.getElementById(id));

function theme() {
  const chosen = localStorage.getItem(THEME);
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  forgetColours();
}

function switchTheme() {
  localStorage.setItem(THEME, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  theme();
  page.strip?.redraw();
  page.screen?.redraw?.();
}

let turn = 0;

async function route() {
  const [, key = "", name = ""] = location.hash.split("/");
  const mine = ++turn;
  page.screen?.close();
  page.screen = null;
  if (!key) {
    leave();
    document.body.classList.remove("fixed");
    dock.hidden = true;
    document.title = "Review · ectopy";
    show(new Worklist());
    drawBar();
    return;
  }
  try {
    if (page.recording?.key !== key) {
      main.replaceChildren(h("p", { class: "page quiet" }, "Opening …"));
      const recording = await Recording.open(key);
      if (mine !== turn) return recording.close();
      enter(recording);
    }
  } catch (error) {
    if (mine !== turn) return;
    toast(error.message, true);
    location.hash = "#/";
    return;
  }
  page.name = SCREENS[name] ? name : "day";
  document.body.classList.add("fixed");
  document.title = `${page.recording.about.title} · ${SCREENS[page.name][0]} · ectopy`;
  dock.hidden = !DOCKED.includes(page.name);
  show(new SCREENS[page.name][1](page.recording, page));
  drawBar();
}

function show(screen) {
  page.screen = screen;
  main.replaceChildren(screen.element);
  main.scrollTop = 0;
}

function enter(recording) {
  leave();
  page.recording = recording;
  page.recording.addEventListener("change", drawBar);
  page.recording.at = Math.min(5, page.recording.duration / 2);
  page.strip = new Strip(page.recording);
  dock.replaceChildren(page.strip.element);
}

function leave() {
  page.recording?.close();
  page.strip?.close();
  Object.assign(page, { recording: null, strip: null });
  dock.replaceChildren();
}

function drawBar() {
  const { recording } = page;
  const iconButton = (name, label, act, disabled = false) => h("button", { class: "icon", "aria-label": label, title: label, onclick: act, disabled }, icon(name));
  const home = h("a", { class: "home", href: "#/", "aria-label": "ectopy: all recordings" }, h("img", { src: "/static/icon.svg", width: 24, height: 24, alt: "" }), h("span", { class: "wide" }, "ectopy"));
  const tools = [iconButton("theme", "Dark or light (T)", switchTheme), iconButton("help", "Keys (?)", showKeys)];
  if (!recording) {
    bar.replaceChildren(home, h("span", { class: "spacer" }), ...tools);
    return;
  }
  const { state, about } = recording;
  const tabs = Object.entries(SCREENS).map(([name, [title]], n) => h("a", { href: `#/${recording.key}/${name}`, title: `${title} (${n + 1})`,
    "aria-current": name === page.name ? "page" : null }, title));
  const counts = CLASSES.map((name) => h("span", {}, h("b", { class: `tag-${name === "?" ? "none" : name}` }, name), ` ${thousands(state.counts[name])}`));
  bar.replaceChildren(home, h("span", { class: "title", title: about.title }, about.title),
    h("span", { class: `state state-${state.state.replace(" ", "-")} wide` }, state.state),
    h("nav", { "aria-label": "Screens" }, tabs), h("span", { class: "spacer" }),
    h("span", { class: "counts", id: "counts", role: "group", "aria-label": "Beats by class" }, counts),
    h("span", { class: "icons" }, iconButton("undo", "Undo (Ctrl-Z)", () => attempt(() => recording.undo()), !state.can_undo),
      iconButton("redo", "Redo (Ctrl-Shift-Z)", () => attempt(() => recording.redo()), !state.can_redo), ...tools));
  bar.querySelector("[aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Keys that mean the same on every screen; then those of the screen, then those of the strip. */
function onKey(event) {
  if (event.target.closest("input, textarea, select, dialog") || event.defaultPrevented) return;
  const { recording } = page;
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && recording && (key === "z" || key === "y")) {
    event.preventDefault();
    attempt(() => (event.shiftKey || key === "y" ? recording.redo() : recording.undo()));
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (key === "?") return showKeys();
  if (key === "t") return switchTheme();
  const number = Number(key) - 1;
  if (recording && number >= 0 && Object.keys(SCREENS)[number]) {
    location.hash = `#/${recording.key}/${Object.keys(SCREENS)[number]}`;
    return;
  }
  const inStrip = page.strip?.element.contains(event.target);
  const strip = page.screen?.strip ?? (dock.hidden ? null : page.strip);
  const asked = inStrip ? [strip?.actions, page.screen] : [page.screen, strip?.actions];
  if (asked.some((each) => each?.onKey?.(event))) event.preventDefault();
}

theme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  theme();
  page.strip?.redraw();
  page.screen?.redraw?.();
});
if (location.search) history.replaceState(null, "", `/${location.hash}`); // the token has become a cookie
addEventListener("hashchange", route);
addEventListener("keydown", onKey);
route();
