// Files in pieces: chosen or dropped, many at once, gone on with after a break or a reload.
// Works on every <input type="file" data-uploads="address of uploads">; without this script the
// same input sends its files with its form.

const LEAST = 64 * 1024;
const FIRST = 256 * 1024;
const AT_ONCE = 2;
const ATTEMPTS = 8;
const ONE_FORM = new WeakMap();
const WAITING = new WeakMap();

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// A name for the same file chosen again: not a secret and not a check, the server has its digest.
function fingerprint(file) {
  let [a, b] = [0x811c9dc5, 0x1b873593];
  for (const letter of `${file.name}|${file.size}|${file.lastModified}`) {
    const code = letter.codePointAt(0);
    a = Math.imul(a ^ code, 0x01000193) >>> 0;
    b = Math.imul(b + code, 0x85ebca6b) >>> 0;
  }
  return a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
}

function size(bytes) {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

class Refused extends Error {}
class Interrupted extends Error {}

class Sending {
  constructor(box, file) {
    this.box = box;
    this.file = file;
    this.state = "waiting";
    this.chunk = FIRST;
    this.control = new AbortController();
    this.draw();
  }

  draw() {
    this.row = document.createElement("li");
    this.row.className = "upload-item";
    this.label = document.createElement("span");
    this.label.className = "upload-name";
    this.label.textContent = `${this.file.name}（${size(this.file.size)}）`;
    this.bar = document.createElement("progress");
    this.bar.max = Math.max(this.file.size, 1);
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", `上传进度：${this.file.name}`);
    this.text = document.createElement("span");
    this.text.className = "upload-state";
    this.text.textContent = "等待上传";
    const buttons = document.createElement("span");
    buttons.className = "upload-buttons";
    this.again = this.button("继续", () => this.box.retry(this));
    this.again.hidden = true;
    this.cancel = this.button("取消", () => this.box.remove(this));
    buttons.append(this.again, this.cancel);
    this.row.append(this.label, this.bar, this.text, buttons);
    this.box.list.append(this.row);
  }

  button(word, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-quiet";
    button.textContent = word;
    button.setAttribute("aria-label", `${word}上传 ${this.file.name}`);
    button.addEventListener("click", act);
    return button;
  }

  rename(word) {
    this.cancel.textContent = word;
    this.cancel.setAttribute("aria-label", `${word}上传 ${this.file.name}`);
  }

  show(text, failed = false) {
    this.text.textContent = text;
    this.row.classList.toggle("upload-failed", failed);
  }

  // One request; refusals and breaks of the line are told apart.
  async ask(address, body, type) {
    const headers = { "X-CSRFToken": this.box.token() };
    if (type) headers["Content-Type"] = type;
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", body, headers, signal: this.control.signal, credentials: "same-origin",
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Interrupted("网络中断");
    }
    if (answer.redirected) throw new Refused("登录已过期，请重新登录后再选择这份文件，会从断开处继续。");
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
      throw new Interrupted(answer.status === 429 ? "服务器繁忙" : "服务器暂时没有应答");
    }
    let data = {};
    try {
      data = await answer.json();
    } catch {
      throw new Refused("没有上传，请刷新页面后重新选择这份文件。");
    }
    return { status: answer.status, data };
  }

  // The same again after a break: waits longer each time, and at once when the line is back.
  async insist(act) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof Interrupted) || attempt >= ATTEMPTS) throw error;
        this.chunk = Math.max(LEAST, this.chunk / 2);
        const wait = Math.min(30, 2 ** attempt);
        this.show(`${error.message}，${wait} 秒后自动继续`);
        const online = new Promise((resolve) => addEventListener("online", resolve, { once: true }));
        await Promise.race([sleep(wait * 1000), online]);
      }
    }
  }

  async run() {
    this.state = "running";
    this.again.hidden = true;
    try {
      const form = new FormData();
      form.set("name", this.file.name);
      form.set("size", this.file.size);
      form.set("fingerprint", fingerprint(this.file));
      const begun = await this.insist(() => this.ask(this.box.address, form));
      if (begun.status !== 200) throw new Refused(begun.data.problem || "没有上传，请刷新页面后重试。");
      this.upload = begun.data;
      if (this.upload.received && !this.upload.done) this.show(`从 ${this.percent()} 处继续`);
      await this.send();
      this.finished();
    } catch (error) {
      if (error.name === "AbortError") return;
      this.state = "failed";
      this.again.hidden = !(error instanceof Interrupted);
      const reading = error.name === "NotReadableError" || error.name === "NotFoundError";
      if (error instanceof Interrupted) this.show(`${error.message}，已传的部分已保存，可以继续`, true);
      else if (reading) this.show("读不到这份文件，它可能已被移动或修改，请重新选择。", true);
      else this.show(error.message, true);
      this.rename("移除");
    }
  }

  percent() {
    return `${Math.floor((this.upload.received / Math.max(this.upload.size, 1)) * 100)}%`;
  }

  async send() {
    let stuck = 0;
    while (!this.upload.done) {
      this.bar.value = this.upload.received;
      const from = this.upload.received;
      if (from >= this.upload.size) {
        this.show("已传完，正在检查…");
        const done = await this.insist(() => this.ask(this.upload.finish, null));
        if (done.status === 409) this.upload.received = done.data.received;
        else if (done.status !== 200) throw new Refused(done.data.problem || "没有通过检查。");
        else this.upload = done.data;
        if ((stuck += 1) > ATTEMPTS) throw new Refused("没有上传，请重新选择这份文件。");
        continue;
      }
      const begun = performance.now();
      const answer = await this.insist(() => {
        const piece = this.file.slice(from, from + Math.min(this.chunk, this.upload.chunk));
        return this.ask(`${this.upload.append}&offset=${from}`, piece, "application/octet-stream");
      });
      if (answer.status === 409) this.upload.received = answer.data.received;
      else if (answer.status === 200) this.upload.received = answer.data.received;
      else throw new Refused(answer.data.problem || "没有上传，请重新选择这份文件。");
      if (this.upload.received > from) stuck = 0;
      else if ((stuck += 1) > ATTEMPTS) throw new Interrupted("网络不稳定");
      this.show(`已上传 ${this.percent()}`);
      const seconds = (performance.now() - begun) / 1000;
      if (seconds < 1) this.chunk = Math.min(this.chunk * 2, this.upload.chunk);
      else if (seconds > 5) this.chunk = Math.max(LEAST, this.chunk / 2);
    }
  }

  finished() {
    this.state = "done";
    this.bar.value = this.bar.max;
    this.row.classList.add("upload-done");
    this.row.dataset.uploadId = this.upload.id;
    const found = (this.upload.flags || []).join("、");
    this.show(`已传完，保存后加入${found ? `（${found}）` : ""}`);
    this.rename("移除");
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = this.box.input.dataset.uploadsName || "uploads";
    input.value = this.upload.id;
    this.row.append(input);
  }
}

class Box {
  constructor(input) {
    this.input = input;
    this.address = input.dataset.uploads;
    this.form = input.form;
    this.all = [];
    const place = input.closest(".field") || input.parentElement;
    const beside = place.nextElementSibling;
    const box = beside?.matches("[data-upload-box]") ? beside : this.make(place);
    this.list = box.querySelector("[data-upload-list]");
    this.said = box.querySelector("[data-upload-said]");
    this.zone(input.parentElement);
    input.addEventListener("change", () => this.add(input.files));
    const boxes = ONE_FORM.get(this.form) || [];
    ONE_FORM.set(this.form, [...boxes, this]);
  }

  make(place) {
    const box = document.createElement("div");
    box.className = "upload-box";
    box.dataset.uploadBox = "";
    const list = document.createElement("ul");
    list.className = "upload-list";
    list.dataset.uploadList = "";
    list.setAttribute("aria-label", "待加入的文件");
    const said = document.createElement("p");
    said.className = "upload-said";
    said.dataset.uploadSaid = "";
    said.setAttribute("role", "status");
    box.append(list, said);
    place.after(box);
    return box;
  }

  zone(frame) {
    frame.classList.add("upload-zone");
    const hint = document.createElement("p");
    hint.className = "upload-drop-text";
    const many = this.input.multiple ? "多份文件" : "一份文件";
    hint.textContent = `可以把${many}拖到这里；网络中断后重新选择同一文件，会从断开处继续。`;
    frame.append(hint);
    const over = (event, on) => {
      if (!event.dataTransfer || !Array.from(event.dataTransfer.types).includes("Files")) return;
      event.preventDefault();
      frame.classList.toggle("upload-over", on);
    };
    frame.addEventListener("dragover", (event) => over(event, true));
    frame.addEventListener("dragleave", (event) => over(event, false));
    frame.addEventListener("drop", (event) => {
      over(event, false);
      if (event.dataTransfer?.files.length) this.add(event.dataTransfer.files);
    });
  }

  token() {
    return this.form.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  }

  add(files) {
    for (const file of Array.from(files)) {
      const known = this.all.some(
        (item) => item.state !== "removed" && item.state !== "failed"
          && fingerprint(item.file) === fingerprint(file),
      );
      if (!known) this.all.push(new Sending(this, file));
    }
    this.input.value = "";
    this.next();
  }

  next() {
    const running = this.all.filter((item) => item.state === "running").length;
    const waiting = this.all.filter((item) => item.state === "waiting");
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) {
      item.run().finally(() => this.next());
    }
    this.tell();
    submitWhenDone(this.form);
  }

  retry(item) {
    item.state = "waiting";
    item.show("等待上传");
    item.rename("取消");
    this.next();
  }

  remove(item) {
    item.state = "removed";
    item.control.abort();
    const next = item.row.nextElementSibling || item.row.previousElementSibling;
    item.row.remove();
    (next?.querySelector("button:not([hidden])") || this.input).focus();
    if (item.upload) {
      const headers = { "X-CSRFToken": this.token() };
      // The server clears it away by itself when this does not arrive.
      fetch(item.upload.remove, { method: "POST", headers }).catch(() => undefined);
    }
    this.next();
  }

  counts() {
    const count = (...states) => this.all.filter((item) => states.includes(item.state)).length;
    return { busy: count("waiting", "running"), done: count("done"), failed: count("failed") };
  }

  // Said aloud when a file is done, never at every percent.
  tell() {
    const { busy, done, failed } = this.counts();
    const parts = [];
    if (busy) parts.push(`正在上传 ${busy} 份${WAITING.has(this.form) ? "，传完后自动提交" : ""}`);
    if (done) parts.push(`已传完 ${done} 份，保存后加入`);
    if (failed) parts.push(`${failed} 份没有上传，原因见上`);
    const text = parts.length ? `${parts.join("；")}。` : "";
    if (this.said.textContent !== text) this.said.textContent = text;
  }
}

function prepare(root) {
  root.querySelectorAll("input[type=file][data-uploads]").forEach((input) => {
    if (input.dataset.ready || !input.form) return;
    input.dataset.ready = "1";
    new Box(input);
  });
}

// A form waits until its files have arrived, and then goes by itself; a file that was refused
// holds it back, so that its reason is read.
document.addEventListener("submit", (event) => {
  const boxes = ONE_FORM.get(event.target) || [];
  const busy = boxes.filter((box) => box.counts().busy);
  if (!busy.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  WAITING.set(event.target, event.submitter);
  busy.forEach((box) => box.tell());
}, true);

function submitWhenDone(form) {
  if (!WAITING.has(form)) return;
  const counts = (ONE_FORM.get(form) || []).map((box) => box.counts());
  if (counts.some((count) => count.busy)) return;
  const submitter = WAITING.get(form);
  WAITING.delete(form);
  if (counts.every((count) => !count.failed)) form.requestSubmit(submitter);
}

document.addEventListener("htmx:afterSwap", (event) => prepare(event.target.parentNode || document));
prepare(document);
