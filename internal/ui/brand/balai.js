// The kit's enhancements. Every page works without them.
(() => {
  const all = (q, f) => document.querySelectorAll(q).forEach(f);
  document.body.classList.add("js-enabled", "govuk-frontend-supported");

  // A page with problems starts at their list.
  const summary = document.querySelector('[data-module="govuk-error-summary"]');
  if (summary) {
    if (!summary.autofocus && summary.dataset.disableAutoFocus !== "true") { summary.tabIndex = -1; summary.focus(); }
    summary.addEventListener("click", (e) => {
      const a = e.target.closest('a[href^="#"]');
      const field = a && document.getElementById(decodeURIComponent(a.hash.slice(1)));
      if (!field) return;
      e.preventDefault();
      (field.closest("fieldset")?.querySelector("legend") || document.querySelector(`label[for="${CSS.escape(field.id)}"]`) || field).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }

  // Conditional content folds away until its choice is made.
  all("[data-aria-controls]", (input) => {
    const box = document.getElementById(input.dataset.ariaControls);
    if (!box) return;
    const kind = box.className.includes("radios") ? "govuk-radios" : "govuk-checkboxes";
    const show = () => box.classList.toggle(kind + "__conditional--hidden", !input.checked);
    (input.form || document).addEventListener("change", show);
    show();
  });

  // A form is sent once, however often its button is pressed. The server
  // refuses the second in any case; this spares the person the wait.
  addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.sent) return e.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => all("form[data-sent]", (f) => delete f.dataset.sent));

  // A list is narrowed by what is typed; the rows stay in the page, so the
  // keyboard's place is kept.
  all("input[data-filter]", (input) => {
    const rows = document.querySelectorAll(`#${CSS.escape(input.dataset.filter)} tbody tr`);
    const count = document.getElementById(input.dataset.filter + "-count");
    (input.closest("[hidden]") || input).hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLocaleLowerCase().split(/\s+/);
      let left = 0;
      rows.forEach((r) => {
        const text = r.textContent.toLocaleLowerCase();
        r.hidden = !words.every((w) => text.includes(w));
        left += !r.hidden;
      });
      if (count) count.textContent = left;
    });
  });

  all("[data-print]", (b) => { b.hidden = false; b.addEventListener("click", () => print()); });
  all("[data-copy]", (b) => {
    if (!navigator.clipboard) return;
    b.hidden = false;
    b.addEventListener("click", async () => {
      await navigator.clipboard.writeText(b.dataset.copy);
      const was = b.textContent;
      b.textContent = b.dataset.copied || was;
      setTimeout(() => (b.textContent = was), 2500);
    });
  });
  addEventListener("keydown", (e) => {
    const menu = e.key === "Escape" && document.querySelector(".b-menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  });
})();
