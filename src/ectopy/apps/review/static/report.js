// The report as it will be printed, beside its conclusion, which is a person's to write and to sign.
import { attempt, h, showDialog, toast } from "./dom.js";
import { setAuthor, signer } from "./recording.js";
import { getJson, postJson } from "./server.js";

export class Report {
  constructor(recording) {
    this.recording = recording;
    this.text = h("textarea", { id: "conclusion", rows: 12, spellcheck: true, oninput: () => this.touched() });
    this.save = h("button", { class: "primary", onclick: () => this.keep() }, "Save");
    this.restore = h("button", { onclick: () => this.bringBack() }, "Automatic text");
    this.signed = h("div");
    this.frame = h("iframe", { title: "Report", class: "report-frame", sandbox: "allow-same-origin allow-modals" });
    this.element = h("div", { class: "report-screen" },
      h("aside", { class: "report-side" }, h("label", { class: "field", for: "conclusion" }, h("span", {}, "Conclusion: one sentence a line"), this.text),
        h("div", { class: "row" }, this.save, this.restore), this.signed), this.frame);
    this.change = () => this.update();
    recording.addEventListener("change", this.change);
    this.update(true);
  }

  close() {
    this.recording.removeEventListener("change", this.change);
    clearTimeout(this.timer);
  }

  touched() {
    this.save.disabled = this.text.value === this.shown;
  }

  update(first = false) {
    const { state } = this.recording;
    attempt(() => this.loadConclusion());
    this.showSigned(state);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.frame.src = `/recordings/${this.recording.key}/report?revision=${state.revision}`;
    }, first ? 0 : 300);
  }

  /** Show the conclusion as it stands, unless a person is writing another one. */
  async loadConclusion() {
    const { text, edited } = await getJson(`${this.recording.path}/conclusion`);
    if (this.shown === undefined || this.text.value === this.shown) this.text.value = text;
    this.shown = text;
    this.restore.disabled = !edited;
    this.touched();
  }

  showSigned(state) {
    const print = h("button", { onclick: () => this.print() }, "Print");
    const pdf = this.recording.about.can_print ? h("a", { class: "button", href: `/recordings/${this.recording.key}/report.pdf`, download: `${this.recording.about.title.split("/").at(-1)}.report.pdf` }, "PDF") : null;
    const write = h("button", { onclick: () => this.write() }, "Write files");
    this.signed.replaceChildren(state.signed_by
      ? h("p", { class: "signed" }, h("b", {}, `Signed by ${state.signed_by}`), h("span", { class: "small" }, "An edit opens the review again."))
      : h("form", { class: "sign", onsubmit: (event) => this.sign(event) },
        h("label", { class: "field" }, "Your name", h("input", { name: "name", required: true, maxLength: 200, autocomplete: "name", value: signer() })),
        h("button", { class: "primary" }, "Sign")),
    h("div", { class: "row" }, print, pdf, write));
  }

  keep() {
    return attempt(() => this.recording.edit("edit_conclusion", { text: this.text.value }));
  }

  bringBack() {
    this.text.value = this.shown;
    return attempt(() => this.recording.edit("edit_conclusion", { text: "" }));
  }

  sign(event) {
    event.preventDefault();
    const name = new FormData(event.target).get("name").trim();
    if (!name) return;
    setAuthor(name);
    attempt(async () => {
      if (this.text.value !== this.shown) await this.keep();
      await this.recording.edit("sign", { name });
      toast("Signed");
    });
  }

  print() {
    this.frame.contentWindow.print();
  }

  async write() {
    const written = await attempt(() => postJson(`${this.recording.path}/outputs`));
    if (written) showDialog("Written", h("ul", { class: "small paths" }, written.files.map((file) => h("li", {}, file))));
  }
}
