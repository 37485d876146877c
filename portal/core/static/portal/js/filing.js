// Saving what is typed into a section of an application while it is typed; the button works without.
//
// A form takes part when its tag carries (templates/towns/_autosave.html writes all three):
//   data-autosave   address that keeps fields; it is sent acting_post, csrfmiddlewaretoken, page and
//                   fields, JSON {name: [text it was opened with, text typed]}, changed fields only;
//   data-presence   address that is told every half minute that the page is open, and that it closed;
//   data-opened     JSON {name: text} of the fields as they stand; only these are ever sent.
// Beside it stand, where the page wants them shown: [data-saved] (a status line inside the form),
// [data-people] (who else is here, outside or inside), and around each control
// [data-field="name"], which receives a conflict or a problem, with [data-counter data-limit] in it.
// Controls may be text, textarea, select, radio and checkbox; the value of a group is that chosen.
// After something was kept the body gets the event "autosaved"; parts of the page listen by
// hx-trigger="autosaved from:body". Nothing is left in the browser: what is not kept stays in the
// page alone. On submitting, a hidden field `autosaved` says which texts this page has itself kept.
(() => {
  "use strict";

  const PAUSE = 2000;
  const SOON = 300;
  const BEAT = 25000;
  const LONGEST_WAIT = 60000;
  const PAGE = Array.from(crypto.getRandomValues(new Uint8Array(12)), (part) => part.toString(36)).join("").slice(0, 32);
  const forms = [];

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const plain = (text) => text.replace(/\r\n?/g, "\n");
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });

  class Lost extends Error {}
  class Ended extends Error {}

  class Section {
    constructor(form) {
      this.form = form;
      this.fields = new Map();
      for (const [name, text] of Object.entries(JSON.parse(form.dataset.opened || "{}"))) {
        if (!this.controls(name).length) continue;
        // known: the text somebody else's change is told from; kept: the text of the page that is
        // saved; sent: texts on the way whose answer never came.
        this.fields.set(name, { known: text, kept: plain(text), sent: new Set(), bad: null, clash: null, own: false });
      }
      this.status = one("[data-saved]", form);
      this.timer = 0;
      this.running = null;
      this.again = false;
      this.fails = 0;
      this.stopped = false;
      this.passing = false;
      // The button that was pressed while the line was lost; typing on takes the press back.
      this.wanted = null;
      form.addEventListener("input", (event) => this.typed(event, PAUSE));
      form.addEventListener("change", (event) => this.typed(event, SOON));
      form.addEventListener("focusout", () => this.dirty().length && this.later(0));
      form.addEventListener("submit", (event) => this.submit(event));
      all("[data-counter]", form).forEach((counter) => this.count(counter));
      if (this.dirty().length) this.later(PAUSE);
    }

    controls(name) {
      return Array.from(this.form.elements).filter((item) => item.name === name && item.type !== "hidden");
    }

    value(name) {
      const controls = this.controls(name);
      const choice = ["radio", "checkbox"].includes(controls[0]?.type);
      if (!choice) return plain(controls[0]?.value ?? "");
      return controls.find((item) => item.checked)?.value ?? "";
    }

    put(name, text) {
      for (const control of this.controls(name)) {
        if (["radio", "checkbox"].includes(control.type)) control.checked = control.value === text;
        else control.value = text;
      }
      all("[data-counter]", this.box(name) || undefined).forEach((counter) => this.count(counter));
    }

    box(name) {
      return one(`[data-field="${CSS.escape(name)}"]`, this.form) || this.controls(name)[0]?.parentElement;
    }

    // Fields whose text is not saved; those in conflict or refused wait for the person.
    dirty(waiting = false) {
      const found = [];
      for (const [name, field] of this.fields) {
        const text = this.value(name);
        if (text === field.kept) continue;
        if (!waiting && (field.clash !== null || field.bad === text)) continue;
        found.push(name);
      }
      return found;
    }

    typed(event, pause) {
      const counter = one("[data-counter]", event.target.closest("[data-field]") || this.form.ownerDocument.createElement("i"));
      if (counter) this.count(counter);
      this.wanted = null;
      if (!this.fields.has(event.target.name)) return;
      if (this.dirty().length && !this.stopped) this.later(pause);
    }

    count(counter) {
      const control = one("textarea, input", counter.closest("[data-field]"));
      if (!control) return;
      const length = Array.from(plain(control.value)).length;
      counter.textContent = `${length}/${counter.dataset.limit} 字`;
      counter.classList.toggle("section-counter-over", length > Number(counter.dataset.limit));
    }

    later(pause) {
      if (this.stopped) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.flush(), pause);
    }

    say(text, tone = "") {
      if (!this.status) return;
      if (this.status.textContent !== text) this.status.textContent = text;
      this.status.dataset.tone = tone;
    }

    body(fields) {
      const body = new URLSearchParams({ page: PAGE });
      for (const name of ["acting_post", "csrfmiddlewaretoken"]) {
        const control = this.form.elements[name];
        if (control) body.set(name, control.value);
      }
      if (fields) body.set("fields", JSON.stringify(fields));
      return body;
    }

    // One request at a time; whoever asks meanwhile gets another one after it.
    flush(keepalive = false) {
      clearTimeout(this.timer);
      if (this.running) {
        this.again = true;
        return this.running;
      }
      this.running = this.run(keepalive).finally(() => (this.running = null));
      return this.running;
    }

    async run(keepalive) {
      let outcome = "kept";
      do {
        this.again = false;
        try {
          outcome = await this.send(keepalive);
          this.fails = 0;
        } catch (error) {
          return this.failed(error);
        }
      } while (this.again && this.dirty().length && !this.stopped);
      const wanted = this.wanted;
      this.wanted = null;
      if (wanted && outcome === "kept") this.go(wanted);
      return outcome;
    }

    async send(keepalive) {
      const fields = {};
      for (const name of this.dirty()) {
        const field = this.fields.get(name);
        const text = this.value(name);
        fields[name] = [field.known, text];
        field.sent.add(text);
      }
      const names = Object.keys(fields);
      if (names.length) this.say("正在保存…");
      const answer = await this.ask(this.form.dataset.autosave, this.body(fields), keepalive && names.length);
      if (answer.status === 403 || answer.status === 404) return this.refuse(answer.data.detail);
      if (answer.status === 422) return this.problems(answer.data, fields);
      const { kept, stands, conflicts, others, saved_at: at } = answer.data;
      for (const name of kept) this.keep(name, fields[name][1], stands[name]);
      for (const conflict of conflicts) this.clash(conflict, fields[conflict.name][1]);
      this.people(others);
      if (names.length) this.settled(at, kept.length > 0);
      return conflicts.length ? "conflict" : "kept";
    }

    keep(name, text, stands) {
      const field = this.fields.get(name);
      field.known = stands ?? text;
      field.kept = text;
      field.bad = null;
      field.sent.clear();
      this.unclash(name);
      this.box(name)?.querySelectorAll("[data-mark], .field-problem").forEach((mark) => mark.remove());
      this.form.dispatchEvent(new CustomEvent("portal:saved", { bubbles: true, detail: { name, text } }));
    }

    settled(at, kept) {
      const left = this.dirty(true).length;
      const clashes = Array.from(this.fields.values()).filter((field) => field.clash !== null).length;
      const others = Array.from(this.fields.values()).some((field) => field.clash !== null && !field.own);
      const who = others ? "他人" : "您在另一个窗口";
      if (clashes) this.say(`有 ${clashes} 项${who}也修改了，请在该项下面选择。其余内容已自动保存 ${at}`, "warning");
      else if (left) this.say(`有未保存的内容，上次自动保存 ${at}`);
      else this.say(`已自动保存 ${at}`);
      if (kept) document.body.dispatchEvent(new CustomEvent("autosaved"));
    }

    // ---- what went wrong

    failed(error) {
      if (error instanceof Ended) {
        this.say("登录已退出或超时，刚填写的内容还在本页，没有保存。请在新窗口重新登录，再回到本页，会自动继续保存。", "danger");
        this.link();
      } else if (error instanceof Lost) {
        this.sayLost();
      } else {
        throw error;
      }
      this.fails += 1;
      this.later(Math.min(3000 * 2 ** (this.fails - 1), LONGEST_WAIT));
      return error instanceof Ended ? "ended" : "lost";
    }

    sayLost() {
      const next = this.wanted ? `自动保存，并接着办理“${this.wanted.textContent.trim()}”` : "自动保存";
      this.say(`连接中断，已填内容保留在本页，恢复后${next}。请不要关闭或刷新本页。`, "warning");
    }

    link() {
      const link = document.createElement("a");
      link.href = "/login/";
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = "在新窗口登录";
      this.status?.append(" ", link);
    }

    refuse(detail) {
      this.stopped = true;
      this.say(`没有保存：${detail || "该申报已不在您的办理范围内。"}请先复制本页填写的内容，再刷新页面查看现在的情况。`, "danger");
      return "refused";
    }

    problems({ detail, problems = [] }, fields) {
      for (const { name, text } of problems) {
        const field = this.fields.get(name);
        if (!field) continue;
        field.bad = fields[name]?.[1] ?? null;
        field.sent.clear();
        const box = this.box(name);
        box?.querySelectorAll(".field-problem").forEach((line) => line.remove());
        const line = document.createElement("p");
        line.className = "field-problem";
        line.setAttribute("role", "alert");
        line.textContent = text;
        box?.append(line);
      }
      if (problems.length) {
        this.again = true;
        this.say("有内容没有保存，原因写在该项下面。", "danger");
      } else {
        this.say(`没有保存：${detail || "请稍后重试。"}`, "danger");
      }
      return "problem";
    }

    clash(conflict, sent) {
      const field = this.fields.get(conflict.name);
      const theirs = plain(conflict.theirs);
      // What this page sent itself and got no answer for is nobody else's change.
      if (field.sent.has(theirs) && theirs !== sent) {
        field.known = conflict.theirs;
        field.sent.clear();
        this.again = true;
        return;
      }
      field.clash = conflict.theirs;
      field.own = conflict.own;
      field.sent.clear();
      this.unclash(conflict.name, true);
      const place = document.createElement("div");
      place.className = "field-conflict";
      place.setAttribute("role", "alert");
      const words = document.createElement("p");
      const when = conflict.when ? `在 ${conflict.when} ` : "";
      const who = conflict.own ? `您${when}在另一个窗口` : `${conflict.who || "他人"}${when}`;
      const mine = conflict.own ? "本窗口填写的" : "您填写的";
      words.textContent = `您填写期间，${who}把“${conflict.label}”改成了下面的内容。${mine}仍在上面，还没有保存：`;
      const text = document.createElement("pre");
      text.className = "field-conflict-theirs";
      text.tabIndex = 0;
      text.textContent = conflict.theirs || "（空）";
      const buttons = document.createElement("p");
      buttons.className = "form-buttons";
      buttons.append(
        this.button(conflict.own ? "采用另一个窗口的内容" : "采用对方内容", () => {
          this.put(conflict.name, theirs);
          this.decide(conflict.name, conflict.theirs, theirs);
        }),
        this.button(conflict.own ? "保留本窗口的内容" : "保留我的内容", () => this.decide(conflict.name, conflict.theirs, null)),
      );
      place.append(words, text, buttons);
      this.box(conflict.name)?.append(place);
    }

    button(text, act) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-secondary";
      button.textContent = text;
      button.addEventListener("click", act);
      return button;
    }

    decide(name, theirs, kept) {
      const field = this.fields.get(name);
      field.known = theirs;
      if (kept !== null) field.kept = kept;
      else field.kept = null;
      this.unclash(name);
      this.controls(name)[0]?.focus();
      if (kept === null) this.later(0);
      else this.keep(name, kept, theirs);
      if (kept !== null) this.settled(clock(), false);
    }

    unclash(name, keepState = false) {
      if (!keepState) this.fields.get(name).clash = null;
      this.box(name)?.querySelectorAll(".field-conflict").forEach((place) => place.remove());
    }

    // ---- the line to the server

    async ask(address, body, keepalive = false) {
      let answer;
      try {
        answer = await fetch(address, {
          method: "POST",
          body,
          headers: { Accept: "application/json" },
          keepalive: Boolean(keepalive) && body.toString().length < 60000,
        });
      } catch {
        throw new Lost();
      }
      if (answer.status >= 500 || answer.status === 413 || answer.status === 429) throw new Lost();
      if (!(answer.headers.get("Content-Type") || "").includes("json")) {
        if (answer.status === 404) return { status: 404, data: {} };
        return this.retried(address, body, answer.redirected);
      }
      if (answer.status === 401) return this.retried(address, body, false);
      try {
        return { status: answer.status, data: await answer.json() };
      } catch {
        throw new Lost();
      }
    }

    // Signed in again in another window, the page needs that session's token; once, then it waits.
    async retried(address, body, redirected) {
      const token = redirected || body.has("retried") ? "" : await this.token();
      if (!token) throw new Ended();
      all("[name=csrfmiddlewaretoken]").forEach((item) => (item.value = token));
      body.set("csrfmiddlewaretoken", token);
      body.set("retried", "1");
      return this.ask(address, body);
    }

    async token() {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        if (answer.redirected) return "";
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        return one("form[data-autosave] [name=csrfmiddlewaretoken]", page)?.value || "";
      } catch {
        throw new Lost();
      }
    }

    // ---- the button: first what is typed is kept, so that a lost line costs nothing

    submit(event) {
      if (this.passing) {
        this.passing = false;
        return;
      }
      if (event.defaultPrevented) return;
      event.preventDefault();
      const submitter = event.submitter;
      this.wanted = null;
      this.reach().then((outcome) => {
        if (outcome === "lost") {
          this.wanted = submitter;
          this.sayLost();
        }
        if (["lost", "ended", "refused"].includes(outcome)) return;
        this.go(submitter);
      });
    }

    go(submitter) {
      this.tell();
      this.passing = true;
      this.form.requestSubmit(submitter);
    }

    async reach() {
      if (this.stopped) return "refused";
      if (this.running) await this.running;
      return this.flush();
    }

    // What this page has kept itself is not somebody else's change.
    tell() {
      const texts = {};
      for (const [name, field] of this.fields) texts[name] = field.known;
      let control = one("input[name=autosaved]", this.form);
      if (!control) {
        control = document.createElement("input");
        control.type = "hidden";
        control.name = "autosaved";
        this.form.append(control);
      }
      control.value = JSON.stringify(texts);
    }

    // ---- who else is here

    people(others) {
      const place = one("[data-people]");
      if (!place) return;
      const words = others.map((row) => row.words);
      const list = one("ul", place);
      const shown = Array.from(list.children, (item) => item.textContent);
      if (shown.join("\n") !== words.join("\n")) {
        list.replaceChildren(...words.map((text) => {
          const item = document.createElement("li");
          item.textContent = text;
          return item;
        }));
      }
      place.hidden = !words.length;
    }

    async beat() {
      if (this.stopped || document.hidden) return;
      try {
        const answer = await this.ask(this.form.dataset.presence, this.body());
        if (answer.status === 200) this.people(answer.data.others);
      } catch {
        // The next one says so again; what is typed is told by its own request.
      }
    }

    leave() {
      const body = this.body();
      body.set("left", "1");
      navigator.sendBeacon(this.form.dataset.presence, body);
    }
  }

  document.addEventListener("visibilitychange", () => {
    for (const section of forms) {
      if (document.hidden && section.dirty().length && !section.stopped) section.flush(true);
      else if (!document.hidden) section.beat();
    }
  });
  for (const name of ["online", "focus"]) {
    window.addEventListener(name, () => {
      for (const section of forms) if (section.fails && !section.stopped) section.later(0);
    });
  }
  window.addEventListener("pagehide", () => forms.forEach((section) => section.leave()));

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of all("form[data-autosave]")) {
      const section = new Section(form);
      forms.push(section);
      section.beat();
      setInterval(() => section.beat(), BEAT);
    }
  });
})();
