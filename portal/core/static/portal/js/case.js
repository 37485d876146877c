// The case page: evidence opens in its place, phrases go into the opinion. Both work without this.
(() => {
  "use strict";

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const POLL = 2000;
  const TRIES = 60;

  function make(tag, name, text = "") {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  }

  // ---- evidence in its place
  let opened = null;

  function close() {
    if (!opened) return;
    const { box, link } = opened;
    opened = null;
    link.setAttribute("aria-expanded", "false");
    box.remove();
    link.focus();
  }

  function open(link) {
    const again = opened?.link === link;
    close();
    if (again) return;
    const box = make("section", "evidence-open");
    const title = link.getAttribute("aria-label") || link.textContent;
    box.setAttribute("aria-label", title);
    const head = make("div", "evidence-head");
    const whole = make("a", "", "单独打开");
    whole.href = link.href;
    const shut = make("button", "btn btn-sm btn-secondary", "收起");
    shut.type = "button";
    shut.addEventListener("click", close);
    head.append(make("strong", "", title), whole, shut);
    const pages = make("div", "evidence-pages");
    pages.tabIndex = 0;
    pages.setAttribute("role", "region");
    pages.setAttribute("aria-label", `${title}：页面图片`);
    pages.append(make("p", "", "正在打开…"));
    box.append(head, pages);
    link.closest("[data-evidence]").append(box);
    link.setAttribute("aria-expanded", "true");
    opened = { box, link };
    shut.focus({ preventScroll: true });
    box.scrollIntoView({ block: "nearest" });
    fill(pages, link.href, TRIES);
  }

  async function fill(pages, address, tries) {
    const problem = (text) => pages.replaceChildren(make("p", "", text));
    let page;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return problem("没有打开，请点“单独打开”。");
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return problem("网络中断，没有打开，请稍后再试。");
    }
    if (!pages.isConnected) return undefined;
    const figures = all("main figure.page-image", page);
    const said = one("main .inset", page);
    if (figures.length || said) {
      figures.forEach((figure) => {
        figure.removeAttribute("id");
        all("a", figure).forEach((link) => link.remove());
      });
      all("form", said || page).forEach((form) => form.remove());
      return pages.replaceChildren(...(said ? [said] : []), ...figures);
    }
    if (!one("main .job", page)) return problem("没有打开，请点“单独打开”。");
    if (one("main .job-failed", page) || !tries) return problem("预览没有生成，请点“单独打开”或者下载。");
    problem("正在生成预览，请稍候…");
    setTimeout(() => pages.isConnected && fill(pages, address, tries - 1), POLL);
    return undefined;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-evidence] a[data-preview]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && opened && opened.box.contains(document.activeElement)) close();
  });

  // ---- phrases: into the field they stand under, where the cursor stands
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-phrase]");
    const box = button && button.form.elements[button.dataset.into];
    if (!box) return;
    event.preventDefault();
    const at = box.selectionEnd;
    const before = box.value.slice(0, at);
    const gap = before && !before.endsWith("\n") ? "\n" : "";
    box.setRangeText(gap + button.dataset.phrase, at, at, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
})();
