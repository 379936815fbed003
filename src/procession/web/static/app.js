/* Behaviour asked for by data attributes; procession/web/__init__.py lists them. */
(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, handle, options) => document.addEventListener(type, handle, options);
  const typing = (el) => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(checkbox|radio|button|submit)$/.test(el.type);
  const clock = (at = new Date()) => at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const make = (tag, name, text) => Object.assign(document.createElement(tag), { className: name, textContent: text });
  root.classList.add("js");

  /* toasts: in the page, or by the header HX-Trigger: {"toast": {"text": …}} */
  function arm(toast) {
    if (toast.dataset.armed) return;
    let timer;
    const stop = () => clearTimeout(timer), start = () => { stop(); timer = setTimeout(() => toast.remove(), $("button, a", toast) ? 10000 : 6000); };
    toast.dataset.armed = "1";
    toast.onpointerenter = toast.onfocusin = stop;
    toast.onpointerleave = toast.onfocusout = start;
    start();
  }
  function toast(text) {
    const box = make("div", "toast", text);
    $("#toasts")?.append(box);
    arm(box);
  }
  on("toast", (event) => toast(event.detail.text));

  /* theme, kept in a cookie for the server */
  const themes = ["", "light", "dark"];
  const showTheme = () => $$("[data-theme-toggle]").forEach((button) => { button.ariaLabel = `Theme: ${root.dataset.theme || "system"}. Change`; });
  function nextTheme() {
    const theme = themes[(themes.indexOf(root.dataset.theme || "") + 1) % 3];
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    document.cookie = `theme=${theme}; path=/; max-age=${theme ? 31536000 : 0}; samesite=lax`;
    showTheme();
  }

  /* a slider and its number */
  on("input", ({ target }) => { const twin = document.getElementById(target.dataset.twin); if (twin) twin.value = target.value; });

  /* times: as in formats.py */
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const dayOf = (at) => Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 864e5);
  function relative(at) {
    const seconds = (Date.now() - at) / 1000, away = Math.abs(seconds), days = Math.abs(dayOf(at));
    if (days >= 7) return `${at.getDate()} ${months[at.getMonth()]}` + (at.getFullYear() === new Date().getFullYear() ? "" : ` ${at.getFullYear()}`);
    if (away < 60) return "just now";
    let text;
    if (away < 3600) text = `${Math.floor(away / 60)} min`;
    else if (days === 0 || away < 21600) text = `${Math.floor(away / 3600)} h`;
    else if (days === 1) return seconds > 0 ? "yesterday" : "tomorrow";
    else text = `${days} days`;
    return seconds > 0 ? `${text} ago` : `in ${text}`;
  }
  function late(at) {
    const seconds = (Date.now() - at) / 1000, hours = Math.floor(seconds / 3600), days = Math.round(seconds / 86400);
    return seconds >= 86400 ? `${days} day${days > 1 ? "s" : ""} late` : hours ? `${hours} h late` : "late";
  }
  function tick() {
    for (const time of $$("time[data-relative]")) time.textContent = relative(new Date(time.dateTime));
    for (const time of $$("time[data-due]")) {
      const at = new Date(time.dateTime), bad = time.classList.contains("pill") ? "bad" : "due-bad";
      if (at >= Date.now()) continue;
      ($("span", time) ?? time).textContent = late(at);
      time.classList.remove("warn", "due-warn", "due-neutral");
      time.classList.add(bad);
    }
  }

  /* menus, drawer, dialogs */
  const closeMenus = (except) => $$("details.menu[open]").forEach((menu) => { if (menu !== except && !menu.contains(except)) menu.open = false; });
  function drawer(open) {
    const bar = $("#sidebar");
    if (!bar) return;
    bar.toggleAttribute("data-open", open);
    if (open) $(".nav-item", bar)?.focus();
    else $("[data-drawer]")?.focus();
  }
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (!dialog?.showModal || dialog.open) return;
    closeMenus();
    if (id === "keys") listKeys();
    dialog.showModal();
  }
  on("click", (event) => {
    const target = event.target;
    closeMenus(target.closest("details.menu"));
    const hit = (selector) => target.closest(selector);
    if (hit("[data-theme-toggle]")) nextTheme();
    else if (hit("[data-open]")) { event.preventDefault(); openDialog(hit("[data-open]").dataset.open); }
    else if (hit("[data-close]")) { event.preventDefault(); hit("dialog")?.close(); }
    else if (hit("[data-palette]")) { event.preventDefault(); openPalette(); }
    else if (hit("[data-drawer]")) { event.preventDefault(); drawer(true); }
    else if (hit("[data-drawer-close]")) { event.preventDefault(); drawer(false); }
    else if (hit("[data-add-row]")) addRow(event, hit("[data-rows]"));
    else if (hit("[data-remove-row]")) removeRow(event, hit("[data-rows]"), hit("tr"));
    else if (hit("[data-line]")) showLine(event, hit("[data-line]"));
    else if (hit("[data-zoom]")) panzooms.get(hit("[data-panzoom]"))?.step(hit("[data-zoom]").dataset.zoom);
    else if (target.tagName === "DIALOG" && outside(event, target)) target.close();
    const row = hit("a[data-row][hx-get]");
    if (row && !event.ctrlKey && !event.metaKey) {
      for (const other of $$("a[data-row][aria-current]")) other.removeAttribute("aria-current");
      row.setAttribute("aria-current", "true");
      row.closest(".panes")?.classList.remove("at-list");
    }
  });
  function outside(event, dialog) {
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  /* forms: one submit at a time, file names, rows of tables */
  on("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    if (form.method === "get" || form.method === "dialog") return;
    form.dataset.sent = "1";
    const button = event.submitter;
    setTimeout(() => { if (form.dataset.sent) { button?.setAttribute("aria-busy", "true"); $("#progress")?.toggleAttribute("data-on", true); } }, 300);
    setTimeout(released, 15000);  // the answer was a file
  });
  function released() {
    for (const form of $$("form[data-sent]")) delete form.dataset.sent;
    for (const busy of $$(".button[aria-busy]")) busy.removeAttribute("aria-busy");
    $("#progress")?.removeAttribute("data-on");
  }
  window.addEventListener("pageshow", released);
  on("change", (event) => {
    const input = event.target;
    if (input.type === "file" && input.closest(".drop")) $("[data-file-name]", input.closest(".drop")).textContent = [...input.files].map((file) => file.name).join(", ") || "Choose a file or drop it here";
  });
  for (const [type, over] of [["dragenter", true], ["dragleave", false], ["drop", false]]) on(type, (event) => event.target.closest?.(".drop")?.toggleAttribute("data-over", over));
  function addRow(event, field) {
    event.preventDefault();
    const index = Number(field.dataset.next);
    field.dataset.next = index + 1;
    const holder = document.createElement("tbody");
    holder.innerHTML = $("template", field).innerHTML.replaceAll("__row__", index);
    const row = holder.firstElementChild;
    $("tbody", field).append(row);
    $("input, select, textarea", row)?.focus();
  }
  function removeRow(event, field, row) {
    event.preventDefault();
    const near = row.nextElementSibling ?? row.previousElementSibling;
    const form = row.closest("form");
    row.remove();
    (near ? $("input, select, textarea", near) : $("[data-add-row]", field))?.focus();
    form?.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* drafts */
  const drafts = new WeakMap();
  const bodyOf = (form) => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  async function save(form, leaving = false) {
    const draft = drafts.get(form);
    clearTimeout(draft.timer);
    if (!draft.dirty || form.dataset.sent) return;
    draft.dirty = false;
    const say = $("[data-saved]");
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: bodyOf(form), keepalive: leaving, headers: { "X-Draft": "1" } });
      if (!answer.ok) throw new Error(String(answer.status));
      if (say) say.textContent = `Draft saved ${clock()}`;
    } catch {
      draft.dirty = true;
      if (say) say.textContent = "Not saved yet";
      draft.timer = setTimeout(() => save(form), 10000);
    }
  }
  on("input", (event) => {
    const form = event.target.closest?.("form[data-autosave]");
    if (form) {
      const draft = drafts.get(form) ?? {};
      drafts.set(form, draft);
      draft.dirty = true;
      clearTimeout(draft.timer);
      draft.timer = setTimeout(() => save(form), 1000);
    }
    const editor = event.target.closest?.("[data-editor]");
    if (editor) numberLines(editor);
  });
  on("visibilitychange", () => {
    if (document.hidden) for (const form of $$("form[data-autosave]")) if (drafts.get(form)?.dirty) save(form, true);
  });

  /* the editor: line numbers follow, a finding leads to its line */
  function numberLines(editor) {
    const lines = $("[data-lines]", editor), area = $("textarea", editor), count = area.value.split("\n").length;
    while (lines.children.length > count) lines.lastElementChild.remove();
    while (lines.children.length < count) lines.append(Object.assign(make("span", "", lines.children.length + 1), { ariaHidden: "true" }));
    area.rows = Math.max(count, 24);
  }
  function showLine(event, link) {
    const area = $("[data-editor] textarea");
    if (!area) return;
    event.preventDefault();
    const before = area.value.split("\n").slice(0, link.dataset.line - 1).join("\n").length + (link.dataset.line > 1 ? 1 : 0);
    const end = area.value.indexOf("\n", before);
    area.focus();
    area.setSelectionRange(before + Number(link.dataset.column) - 1, end < 0 ? area.value.length : end);
    $(`#line-${link.dataset.line}`)?.scrollIntoView({ block: "center" });
  }

  /* keys: those of the page stand on its links and buttons */
  let waiting = "", waitingTimer;
  const free = () => document.body.hasAttribute("data-keys") && !$("dialog[open]");
  const press = (el) => (typing(el) ? el.focus() : el.click());
  function rows(step) {
    const all = $$("[data-row]").filter((row) => row.offsetParent);
    if (!all.length) return;
    const here = all.findIndex((row) => row.contains(document.activeElement));
    const at = here < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : here;
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    (next.matches("a") ? next : $("a", next)).focus();
    next.scrollIntoView({ block: "nearest" });
  }
  on("keydown", (event) => {
    const { key } = event, command = event.ctrlKey || event.metaKey;
    if (command && key.toLowerCase() === "k" && $("#palette")) { event.preventDefault(); return openPalette(); }
    if (command && key === "Enter") {
      const form = document.activeElement?.closest("form") ?? $("form[data-submit-key]");
      if (form && form.method !== "get" && !$("dialog[open]")?.contains(form)) { event.preventDefault(); form.requestSubmit($$(".primary").find((one) => one.form === form)); }
      return;
    }
    if (command && key.toLowerCase() === "s" && $("form[data-autosave]")) {
      event.preventDefault();
      const form = document.activeElement?.closest("form[data-autosave]") ?? $("form[data-autosave]");
      drafts.set(form, { ...drafts.get(form), dirty: true });
      return save(form);
    }
    if (key === "Escape") {
      const menu = $("details.menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); } else if ($("#sidebar[data-open]")) drawer(false);
      return;
    }
    if (event.altKey || command || typing(event.target) || !free()) return;
    if (waiting) {
      const link = $(`[data-go="${waiting} ${CSS.escape(key)}"]`);
      waiting = "";
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (key === "g" && $("[data-go]")) { waiting = "g"; clearTimeout(waitingTimer); waitingTimer = setTimeout(() => { waiting = ""; }, 1500); return; }
    const target = key.length === 1 && $(`[data-key="${CSS.escape(key)}"]`);
    const acts = { "?": () => openDialog("keys"), "/": () => $("[data-filter]")?.focus(), j: () => rows(1), k: () => rows(-1), T: nextTheme, "+": () => zoom("in"), "-": () => zoom("out"), 0: () => zoom("fit") };
    if (target) { event.preventDefault(); press(target); } else if (acts[key]) { event.preventDefault(); acts[key](); }
  });
  function listKeys() {
    const has = (selector) => Boolean($(selector));
    const lines = [
      ...$$("[data-go]").map((link) => [link.dataset.go, $("span", link).textContent]),
      ...$$("[data-key]").map((el) => [el.dataset.key, el.ariaLabel ?? (typing(el) ? "Comment" : el.textContent.trim())]),
      has("#palette") && ["Ctrl K", "Search"], has("[data-filter]") && ["/", "Filter"],
      has("[data-row]") && ["j k", "Next, previous"], has("form[data-submit-key]") && ["Ctrl Enter", "Send"],
      has("form[data-autosave]") && ["Ctrl S", "Save the draft"], has("[data-panzoom]") && ["+ − 0", "Zoom in, out, fit"],
      ["Shift T", "Change theme"], ["?", "This list"], ["Esc", "Close"],
    ].filter(Boolean);
    $("[data-keys-list]").replaceChildren(...lines.flatMap(([keys, says]) => {
      const dt = make("dt", "", "");
      dt.append(...keys.split(" ").map((key) => make("kbd", "", key)));
      return [dt, make("dd", "", says)];
    }));
  }

  /* command palette: places at once, the rest from data-search */
  let asked = 0, paletteTimer;
  function openPalette() {
    const input = $("#palette-input");
    if (!input) return;
    openDialog("palette");
    input.value = "";
    input.focus();
    suggest("");
  }
  function choose(option) {
    for (const other of $$("#palette-list .palette-option")) other.ariaSelected = String(other === option);
    option?.scrollIntoView({ block: "nearest" });
    $("#palette-input").setAttribute("aria-activedescendant", option?.id ?? "");
  }
  function places(words) {
    return $$("[data-go], .nav-item, [data-key][href]").filter((link, at, all) => all.indexOf(link) === at && link.textContent.toLowerCase().includes(words)).map((link) => {
      const option = make("a", "palette-option", ""), keys = link.dataset.go ?? link.dataset.key;
      option.href = link.href;
      option.append(...[$("svg", link)?.cloneNode(true), make("span", "", ($("span", link) ?? link).textContent.trim()), keys && make("kbd", "", keys)].filter(Boolean));
      return option;
    });
  }
  async function suggest(text) {
    const list = $("#palette-list"), words = text.trim().toLowerCase(), turn = ++asked;
    list.replaceChildren(...places(words));
    if (words.length >= 2) {
      try {
        const url = new URL(document.body.dataset.search, location.href);
        url.searchParams.set("q", text.trim());
        const answer = await fetch(url, { headers: { "HX-Request": "true" } });
        if (turn !== asked) return;
        if (answer.ok) list.insertAdjacentHTML("beforeend", await answer.text());
      } catch { /* offline: the places stay */ }
      if (!$(".palette-option", list)) list.innerHTML = '<p class="palette-none" role="option">Nothing found</p>';
    }
    $$(".palette-option", list).forEach((option, at) => { option.id = `palette-${at}`; option.role = "option"; option.tabIndex = -1; });
    choose($(".palette-option", list));
    $("#palette-input").setAttribute("aria-expanded", String(Boolean(list.firstElementChild)));
  }
  on("input", (event) => {
    if (event.target.id !== "palette-input") return;
    clearTimeout(paletteTimer);
    paletteTimer = setTimeout(() => suggest(event.target.value), 90);
  });
  on("keydown", (event) => {
    if (event.target.id !== "palette-input") return;
    const options = $$("#palette-list .palette-option"), at = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "ArrowDown") choose(options[(at + 1) % options.length]);
    else if (event.key === "ArrowUp") choose(options[(at - 1 + options.length) % options.length]);
    else if (event.key === "Enter") options[at]?.click();
    else return;
    event.preventDefault();
  });

  /* live: data-live is the stream, data-live-fragment the part to fetch again */
  let stream, poll;
  const refreshAll = () => $$("[data-live]").forEach(changed);
  function listen() {
    const place = $("[data-live]");
    stream?.close();
    clearInterval(poll);
    if (!place || document.hidden) return;
    stream = new EventSource(place.dataset.live);
    stream.addEventListener("changed", refreshAll);
    stream.onerror = () => { clearInterval(poll); poll = setInterval(refreshAll, 30000); };
    stream.onopen = () => clearInterval(poll);
  }
  function changed(place) {
    const selector = place.dataset.liveFragment, part = selector ? $(selector) : place;
    if (!part || $("dialog[open]")) return;
    if (!part.matches(":hover, :focus-within, :has(.tick :checked)")) return void refresh(selector ?? `#${place.id}`);
    if ($(".live-new")) return;
    const button = make("button", "button small live-new", "Something changed. Show");
    button.onclick = () => { button.remove(); refresh(selector ?? `#${place.id}`); };
    part.before(button);
  }
  const refresh = (selector) => htmx.ajax("GET", location.pathname + location.search, { target: selector, select: selector, swap: "outerMorph", push: "false" });

  /* diagrams */
  const panzooms = new Map();
  const zoom = (way) => panzooms.values().next().value?.step(way);
  function panzoom(box) {
    const view = $("[data-view]", box), svg = $("svg", view);
    if (!svg || panzooms.has(box)) return;
    const size = svg.viewBox.baseVal, natural = { width: Number(svg.getAttribute("width")) || size.width, height: Number(svg.getAttribute("height")) || size.height };
    const filling = Boolean(box.closest(".shell.fill")) && innerWidth > 900;
    svg.style.maxWidth = "none";
    svg.style.width = `${natural.width}px`;
    svg.style.height = `${natural.height}px`;
    let x = 0, y = 0, k = 1, fit = 1, down = null, dragged = false;
    const draw = () => { svg.style.transform = `translate(${x}px, ${y}px) scale(${k})`; };
    const whole = () => {
      const room = Math.max(view.clientWidth - 32, 50);
      if (!filling) view.style.minHeight = `${Math.min(natural.height * Math.min(room / natural.width, 1) + 32, innerHeight * 0.7)}px`;
      fit = Math.min(room / natural.width, Math.max(view.clientHeight - 32, 50) / natural.height, 1);
      k = Math.max(fit, 0.4);
      x = Math.max((view.clientWidth - natural.width * k) / 2, 16);
      y = Math.max((view.clientHeight - natural.height * k) / 2, 16);
      draw();
    };
    const zoomAt = (factor, px = view.clientWidth / 2, py = view.clientHeight / 2) => {
      const next = Math.min(Math.max(k * factor, Math.min(fit, 0.25)), 3);
      x = px - (px - x) * (next / k);
      y = py - (py - y) * (next / k);
      k = next;
      draw();
    };
    const step = (way) => (way === "fit" ? whole() : zoomAt(way === "in" ? 1.25 : 0.8));
    view.dataset.ready = "1";
    view.addEventListener("wheel", (event) => {
      const frame = view.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(-event.deltaY / 240), event.clientX - frame.left, event.clientY - frame.top);
      else if (filling) { x -= event.deltaX; y -= event.deltaY; draw(); } else return;
      event.preventDefault();
    }, { passive: false });
    view.onpointerdown = (event) => { dragged = false; if (event.button === 0) down = { x: x - event.clientX, y: y - event.clientY }; };
    view.onpointermove = (event) => {
      if (!down) return;
      if (!dragged && Math.hypot(event.clientX + down.x - x, event.clientY + down.y - y) > 4) { dragged = true; view.setPointerCapture(event.pointerId); view.dataset.dragging = "1"; }
      if (dragged) { x = event.clientX + down.x; y = event.clientY + down.y; draw(); }
    };
    view.onpointerup = view.onpointercancel = () => { down = null; delete view.dataset.dragging; };
    view.ondragstart = (event) => event.preventDefault();
    view.addEventListener("click", (event) => { if (dragged) { event.preventDefault(); event.stopPropagation(); dragged = false; } }, true);
    view.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
      if (!move || event.target !== view) return;
      event.preventDefault();
      x += move[0]; y += move[1];
      draw();
    });
    view.addEventListener("focusin", (event) => {
      if (event.target === view) return;
      view.scrollTo(0, 0);
      const frame = view.getBoundingClientRect(), part = event.target.getBoundingClientRect();
      if (part.left < frame.left || part.right > frame.right) x += frame.left + frame.width / 2 - (part.left + part.width / 2);
      if (part.top < frame.top || part.bottom > frame.bottom) y += frame.top + frame.height / 2 - (part.top + part.height / 2);
      draw();
    });
    panzooms.set(box, { step });
    whole();
    new ResizeObserver(() => { if (k === Math.max(fit, 0.4)) whole(); }).observe(box);
  }

  /* start, and again for what htmx brings */
  function init() {
    showTheme();
    for (const box of panzooms.keys()) if (!box.isConnected) panzooms.delete(box);
    $$("[data-panzoom]").forEach(panzoom);
    $$("[data-toast]").forEach(arm);
    $$("dialog[open]:not(:modal)").forEach((one) => { one.close(); one.showModal(); });
    $$("[data-editor]").forEach(numberLines);
    const wrong = $("[data-first-error]");
    if (wrong) { ($("[aria-invalid='true']") ?? wrong).focus(); delete wrong.dataset.firstError; }
    tick();
  }
  let slow;
  on("htmx:before:request", () => { slow = setTimeout(() => $("#progress")?.toggleAttribute("data-on", true), 300); });
  on("htmx:finally:request", () => { clearTimeout(slow); released(); });
  on("htmx:error", () => toast("No answer. Check the connection and try again."));
  on("htmx:after:swap", init);
  on("visibilitychange", listen);
  setInterval(tick, 60000);
  init();
  listen();
})();
