// All leads of a stretch, in all the room there is.
import { h } from "./dom.js";
import { Strip } from "./strip.js";

export class StripScreen {
  constructor(recording) {
    this.strip = new Strip(recording, { tall: true });
    this.element = h("div", { class: "strip-screen" }, this.strip.element);
  }

  redraw() {
    this.strip.redraw();
  }

  close() {
    this.strip.close();
  }
}
