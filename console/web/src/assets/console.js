// What the pages cannot do as HTML alone: they stay current, a long list keeps only the rows that are
// seen, and an action is asked in a dialog. Without this script everything still works.
"use strict";

(() => {
  const live = document.getElementById("live");
  const say = (text, state) => {
    if (!live || live.textContent === text) return;
    live.textContent = text;
    live.className = `live ${state}`;
  };

  // --- Staying current -------------------------------------------------------------------------
  // An event says that something has changed. The page asks for itself, and takes over the parts
  // that differ, so that the server knows nothing about who looks at what.

  const isBusy = () => {
    const selection = document.getSelection();
    return document.getElementById("dialog")?.open || (selection && !selection.isCollapsed);
  };

  const replace = (old, fresh) => {
    const open = [...old.querySelectorAll("details[open]")].map(one => one.dataset.key);
    const focused = document.activeElement;
    const path = old.contains(focused) ? pathOf(focused, old) : null;
    const scrolled = [...old.querySelectorAll(".scroll")].map(one => one.scrollLeft);
    old.replaceWith(fresh);
    for (const one of fresh.querySelectorAll("details")) {
      if (open.includes(one.dataset.key)) one.open = true;
    }
    fresh.querySelectorAll(".scroll").forEach((one, at) => { one.scrollLeft = scrolled[at] || 0; });
    if (path) follow(path, fresh)?.focus({preventScroll: true});
  };
  const pathOf = (node, root) => {
    const path = [];
    for (; node !== root; node = node.parentElement) {
      path.unshift([...node.parentElement.children].indexOf(node));
    }
    return path;
  };
  const follow = (path, root) => path.reduce((node, at) => node?.children[at], root);

  let asking = false;
  let again = false;
  const refresh = async () => {
    if (asking) { again = true; return; }
    if (isBusy()) { again = true; setTimeout(refresh, 1000); return; }
    asking = true;
    again = false;
    try {
      const answer = await fetch(location.href, {headers: {accept: "text/html"}});
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const old of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(old.id);
          if (fresh && fresh.outerHTML !== old.outerHTML) replace(old, fresh);
        }
        const nav = document.querySelector(".top nav"), other = page.querySelector(".top nav");
        if (nav && other && nav.innerHTML !== other.innerHTML) nav.innerHTML = other.innerHTML;
        if (rows) rows.refresh();
        else appear(page);
      }
    } catch {
      // The stream of events says when the console is there again.
    }
    asking = false;
    if (again) setTimeout(refresh, 200);
  };

  let stream = null;
  const listen = () => {
    if (stream || document.hidden) return;
    stream = new EventSource("/events");
    stream.addEventListener("connected", () => say("live", "on"));
    stream.addEventListener("changed", refresh);
    stream.onerror = () => say("the console does not answer", "lost");
  };
  // A browser allows six connections to one host. Hidden pages give theirs up.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stream?.close();
      stream = null;
    } else {
      listen();
      refresh();
    }
  });

  const ago = seconds => {
    if (seconds < 5) return "now";
    if (seconds < 60) return `${seconds} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return `${Math.floor(seconds / 86400)} d ago`;
  };
  setInterval(() => {
    for (const one of document.querySelectorAll("time[data-ago]")) {
      const text = ago(Math.floor((Date.now() - Date.parse(one.dateTime)) / 1000));
      if (one.textContent !== text) one.textContent = text;
    }
  }, 5000);

  // --- A long list -----------------------------------------------------------------------------
  // Only rows near the window exist. The others are two empty rows with their height.

  const PART = 100;
  const KEEP = 30;

  class Rows {
    constructor(holder) {
      this.holder = holder;
      this.url = holder.dataset.rows;
      this.total = Number(holder.dataset.total);
      this.table = holder.querySelector("table");
      this.body = this.table.tBodies[0];
      this.parts = new Map();
      this.asked = new Set();
      this.blanks = new Map();
      this.shown = [0, 0];
      const first = Number(holder.dataset.from);
      if (first % PART === 0) this.parts.set(first / PART, [...this.body.rows]);
      this.height = this.body.rows[0]?.getBoundingClientRect().height || 48;
      this.span = this.columns();
      this.before = this.pad();
      this.after = this.pad();
      this.table.insertBefore(this.before, this.body);
      this.table.append(this.after);
      document.getElementById("pages")?.remove();
      this.at = Number(holder.dataset.from);
      this.ending = 0;
      this.frame = 0;
      const soon = () => { this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.show(); }); };
      addEventListener("scroll", soon, {passive: true});
      addEventListener("resize", () => {
        this.height = this.body.rows[0]?.getBoundingClientRect().height || this.height;
        this.span = this.columns();
        for (const pad of [this.before, this.after]) pad.rows[0].cells[0].colSpan = this.span;
        this.blanks.clear();
        this.shown = [0, 0];
        soon();
      });
      this.show();
      if (first > 0) scrollTo(0, this.top() + first * this.height);
      this.at = first;
      let moved = 0;
      addEventListener("scroll", () => {
        clearTimeout(moved);
        moved = setTimeout(() => this.note(), 150);
      }, {passive: true});
    }

    // Keeps the position in the URL, so that a reload, a bookmark and the way back lead to it.
    note() {
      const at = Math.min(Math.max(0, Math.round((scrollY - this.top()) / this.height)), this.total - 1);
      const url = new URL(location.href);
      if (at > 0) url.searchParams.set("from", at);
      else url.searchParams.delete("from");
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    }

    pad() {
      const body = document.createElement("tbody");
      body.className = "pad";
      body.setAttribute("aria-hidden", "true");
      body.insertRow().insertCell().colSpan = this.span;
      return body;
    }

    // Hidden columns do not count: a cell over them would widen the table.
    columns() {
      const heads = [...(this.table.tHead?.rows[0].cells || [])];
      return heads.filter(head => head.getClientRects().length > 0).length || 1;
    }

    top() { return this.table.getBoundingClientRect().top + scrollY; }

    show() {
      const screen = Math.ceil(innerHeight / this.height);
      const at = Math.floor((scrollY - this.top()) / this.height);
      // Rows that pass faster than anybody reads are not requested, and none are kept around them. The
      // rows that the scrolling ends at are.
      const isPassing = Math.abs(at - this.at) > screen / 2;
      this.at = at;
      clearTimeout(this.ending);
      if (isPassing) this.ending = setTimeout(() => this.show(), 100);
      const keep = isPassing ? 0 : KEEP;
      const count = screen + 2 * keep;
      let from = Math.max(0, Math.min(at - keep, this.total - count));
      from -= from % 10;
      const until = Math.min(this.total, from + count + 10);
      if (!isPassing) {
        for (let part = Math.floor(from / PART); part <= Math.floor((until - 1) / PART); part++) {
          this.ask(part);
        }
      }
      if (this.shown[0] === from && this.shown[1] === until) return;
      const rows = [];
      for (let at = from; at < until; at++) {
        rows.push(this.parts.get(Math.floor(at / PART))?.[at % PART] || this.blank(at));
      }
      const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
      // A row that stays is not touched, so that only the others are laid out again.
      const kept = new Set(rows);
      for (const row of [...this.body.rows]) if (!kept.has(row)) row.remove();
      let next = this.body.firstElementChild;
      for (const row of rows) {
        if (row === next) next = next.nextElementSibling;
        else this.body.insertBefore(row, next);
      }
      this.before.rows[0].cells[0].style.height = `${from * this.height}px`;
      this.after.rows[0].cells[0].style.height = `${(this.total - until) * this.height}px`;
      this.shown = [from, until];
      // The link that had the focus has it again, also in a row that was replaced.
      if (focused?.href && !focused.isConnected) {
        const same = [...this.body.querySelectorAll("a")].find(one => one.href === focused.href);
        same?.focus({preventScroll: true});
      }
    }

    // The row of a part that is not there yet.
    blank(at) {
      if (this.blanks.has(at)) return this.blanks.get(at);
      if (this.blanks.size > 10 * PART) this.blanks.clear();
      const row = document.createElement("tr");
      this.blanks.set(at, row);
      const cell = row.insertCell();
      cell.colSpan = this.span;
      return row;
    }

    async ask(part, isFresh = false) {
      if (this.asked.has(part) || (this.parts.has(part) && !isFresh)) return;
      this.asked.add(part);
      try {
        const answer = await fetch(`${this.url}&from=${part * PART}`);
        if (answer.ok) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html");
          const rows = [...page.querySelectorAll("tr")].map(row => document.adoptNode(row));
          const old = this.parts.get(part);
          const html = list => list?.map(row => row.outerHTML).join("");
          const total = Number(answer.headers.get("x-total"));
          const isOther = total !== this.total;
          this.total = total;
          this.holder.dataset.total = total;
          if (!old || isOther || html(old) !== html(rows)) {
            this.parts.set(part, rows);
            this.shown = [0, 0];
            this.show();
          }
        }
      } catch {
        // It is asked again when it is scrolled to again.
      }
      this.asked.delete(part);
    }

    refresh() {
      const first = Math.floor(this.shown[0] / PART), last = Math.floor((this.shown[1] - 1) / PART);
      for (const part of [...this.parts.keys()]) {
        if (part < first || part > last) this.parts.delete(part);
      }
      for (let part = first; part <= last; part++) this.ask(part, true);
    }
  }

  let rows = null;
  const holder = document.getElementById("rows");
  if (holder) rows = new Rows(holder);

  // A list that was empty has got its first row.
  const appear = page => {
    const fresh = page.getElementById("rows"), none = document.getElementById("none");
    if (!fresh || !none) return;
    none.replaceWith(document.adoptNode(fresh));
    rows = new Rows(fresh);
  };

  // --- Filters ---------------------------------------------------------------------------------

  for (const form of document.querySelectorAll("form[data-filter]")) {
    form.addEventListener("change", event => {
      if (event.target instanceof HTMLSelectElement) form.requestSubmit();
    });
    // Empty fields do not belong into the URL.
    form.addEventListener("formdata", event => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
      if (event.formData.get("sort") === "newest") event.formData.delete("sort");
    });
  }
  document.addEventListener("keydown", event => {
    const isTyping = event.target.closest?.("input, textarea, select");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      (document.querySelector("main input[type=search]") || document.getElementById("search")).focus();
    }
  });

  // --- Actions ---------------------------------------------------------------------------------

  const dialog = document.getElementById("dialog");
  const quoted = text => /^[A-Za-z0-9\-_./:@=,+]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const wire = root => {
    const reason = root.querySelector("#reason"), command = root.querySelector("#command");
    if (!reason || !command) return;
    reason.addEventListener("input", () => {
      command.textContent = `${command.dataset.base} ${quoted(reason.value.replace(/\s+/g, " ").trim() || "WHY")}`;
    });
    root.querySelector("form, .ask")?.addEventListener("submit", event => {
      for (const button of event.target.querySelectorAll("button")) button.disabled = true;
    });
  };
  wire(document);

  document.addEventListener("click", async event => {
    const link = event.target.closest?.("a[data-act]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (event.target.closest?.("[data-close]") && dialog?.open) {
      event.preventDefault();
      dialog.close();
      return;
    }
    if (!link || !isPlain || !dialog?.showModal) return;
    event.preventDefault();
    try {
      const answer = await fetch(link.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const form = page.getElementById("ask");
      if (!form) throw new Error("no form");
      dialog.replaceChildren(document.adoptNode(form));
      wire(dialog);
      dialog.showModal();
      dialog.querySelector("#reason")?.focus();
    } catch {
      location.href = link.href;
    }
  });
  dialog?.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });

  // --- A trace from a file -----------------------------------------------------------------------

  const file = document.querySelector("input[data-open-trace]");
  file?.addEventListener("change", async () => {
    const opened = document.getElementById("opened");
    if (!file.files[0]) return;
    const headers = {"content-type": "application/json", "x-form": file.dataset.openTrace};
    try {
      const answer = await fetch("/traces/open", {method: "POST", headers, body: file.files[0]});
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const drawn = page.getElementById("opened-trace");
      opened.replaceChildren(drawn ? document.adoptNode(drawn) : `The console answered ${answer.status}.`);
    } catch (error) {
      opened.textContent = String(error);
    }
  });

  // On a phone, the chosen section and tab may be beside what is seen.
  for (const bar of document.querySelectorAll(".top nav, .tabs")) {
    const chosen = bar.querySelector("a[aria-current]")?.getBoundingClientRect();
    if (chosen && chosen.right > innerWidth) bar.scrollLeft += chosen.right - innerWidth / 2;
  }

  addEventListener("pageshow", listen);
})();
