/* Touchable figures: a chart of Vega takes the place of the still picture when it comes near, with
   inputs of the browser's own, its results in words, and its settings in the address. */
(() => {
  const UP = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const raised = (power) => String(power).replace("-", "⁻").replace(/\d/g, (d) => UP[d]);
  const grouped = (number) => number.toLocaleString("en-US", { maximumFractionDigits: 10 });

  /* A number as the book writes it: the formats of `fmt` in scaling_utils.numbers. */
  function write(value, format) {
    if (typeof value === "string" || !format) return String(value);
    if (!Number.isFinite(value)) return "–";
    const [, kind, digits] = /^([a-z]*|,?\.)(\d+)f?$/.exec(format);
    const sign = value < 0 ? "−" : "", size = Math.abs(value), n = Number(digits);
    const signed = (text) => (/[1-9]/.test(text) ? sign : "") + text; // zero has no sign
    if (kind === "pct") return signed(`${(100 * size).toFixed(n)}\u00a0%`);
    if (kind === "sci") {
      const [mantissa, power] = size.toExponential(Math.max(n, 1) - 1).split("e");
      const ten = `10${raised(Number(power))}`;
      return sign + (n === 0 ? ten : `${mantissa}\u00a0×\u00a0${ten}`);
    }
    if (kind === ".") return signed(size.toFixed(n));
    if (kind === ",.") {
      return signed(size.toLocaleString("en-US", { minimumFractionDigits: n, maximumFractionDigits: n }));
    }
    const rounded = Number(size.toPrecision(n));
    if (kind === "times") {
      const decimals = Math.max(0, n - 1 - Math.floor(Math.log10(rounded || 1)));
      return `${sign}${rounded.toFixed(decimals)}×`;
    }
    const names = kind === "count"
      ? [[1e12, "\u00a0trillion"], [1e9, "\u00a0billion"], [1e6, "\u00a0million"]]
      : [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
    const [scale, name] = names.find(([least]) => rounded >= least) || [1, ""];
    return sign + grouped(Number((rounded / scale).toPrecision(12))) + name;
  }

  /* Vega's script, once, when first asked for. */
  let vega;
  const load = (src) => (vega ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = () => done(window.companionVega);
    script.onerror = () => fail(new Error(`${src} is missing`));
    document.head.append(script);
  }));

  function make(tag, parent, attributes = {}, text = "") {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    parent.append(element);
    return element;
  }

  function prepare(box) {
    const figure = box.closest("figure");
    const place = `fig-${box.dataset.id}`;
    const told = JSON.parse(box.querySelector("script").textContent);
    const inputs = told.inputs.filter((input) => input.name);
    const start = Object.fromEntries(inputs.map((input) => [input.name, input.start]));
    const state = { ...start };
    const fields = {}, rows = {}; // name -> how to show a value of this input; where it stands
    let view, opened, drawing = false, roomiest = 0;

    const said = make("output", box, { class: "touch-said", "aria-live": "polite" });
    const chart = make("div", box, { class: "touch-chart", role: "img", "aria-label": box.dataset.alt });
    const controls = make("div", box, { class: "touch-controls" });
    const table = (told.table || []).length && make("table", box, { class: "touch-table" });
    const cells = (told.table || []).flatMap((texts, i) => {
      const line = make("tr", table);
      return texts.map((text, k) => [make((i && k) || !text ? "td" : "th", line), text]);
    });
    const tools = make("div", box, { class: "touch-tools" });

    const read = (name) => (name in state ? state[name] : view.signal(name));
    const fill = (text) => text.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name, format) => write(read(name), format));

    function say(element, text) {
      element.replaceChildren(...fill(text).split("**").map((part, i) => {
        const [, colour, words] = /^(?:(\w+)\|)?(.*)$/s.exec(part);
        const piece = document.createElement(i % 2 ? "strong" : "span");
        if (colour) piece.className = `touch-${colour}`;
        piece.textContent = words;
        return piece;
      }));
    }

    function show() {
      say(said, told.say);
      for (const [cell, text] of cells) say(cell, text);
      for (const input of inputs) {
        fields[input.name](state[input.name]);
        if (input.only) rows[input.name].hidden = state[input.only[0]] !== input.only[1];
      }
      roomiest = Math.max(roomiest, said.offsetHeight); // or the chart would jump with the words
      said.style.minHeight = `${roomiest}px`;
    }

    function apply() {
      for (const [name, value] of Object.entries(state)) view.signal(name, value);
      view.run();
      show();
    }

    /* Many moves within one frame are drawn once. */
    function change(values) {
      for (const input of inputs) {
        if (!(input.name in values)) continue;
        const value = Number(values[input.name]), { min, max, options } = input.bind;
        if (!Number.isFinite(value)) continue;
        if (options && !options.includes(value)) continue;
        state[input.name] = min === undefined ? value : Math.min(max, Math.max(min, value));
      }
      if (!view || drawing) return;
      drawing = true;
      requestAnimationFrame(() => { drawing = false; apply(); });
    }

    const address = () => {
      const moved = inputs.filter(({ name }) => state[name] !== start[name]);
      const settings = moved.map(({ name }) => `${name}=${+state[name].toPrecision(12)}`).join("&");
      return `#${place}${settings && `?${settings}`}`;
    };
    function remember() {
      try { history.replaceState(null, "", address()); } catch { /* not for a page in a frame */ }
    }
    function recall() {
      const [id, settings] = placeNamed().split("?");
      if (id !== place) return;
      change({ ...start, ...Object.fromEntries(new URLSearchParams(settings || "")) });
      for (let fold = figure.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      open().then(() => { if (settings) figure.scrollIntoView({ block: "start", behavior: "instant" }); });
    }

    function control(input, k) {
      if (input.kind === "button") {
        make("button", controls, { type: "button" }, input.label).addEventListener("click", () => {
          change(Object.fromEntries(input.sets.map((name) => [name, view.signal(`press_${k}_${name}`)])));
          remember();
        });
        return;
      }
      const id = `${place}-${input.name}`;
      const colour = input.color ? `touch-${input.color}` : "";
      const row = make("div", controls, { class: `touch-input touch-${input.kind} ${colour}` });
      rows[input.name] = row;
      const label = make("label", row, { for: id }, input.label);
      const field = make(input.kind === "select" ? "select" : "input", row, { id, name: input.name });
      if (input.kind === "select") input.bind.labels.forEach((text, i) => make("option", field, { value: i }, text));
      else field.type = input.kind;
      if (input.kind === "range") for (const name of ["min", "max", "step"]) field[name] = input.bind[name];
      const value = input.show && make("b", label);
      fields[input.name] = (now) => {
        if (input.kind === "checkbox") field.checked = now === 1;
        else if (Number(field.value) !== now) field.value = now;
        if (!value) return;
        value.textContent = fill(input.show);
        field.setAttribute("aria-valuetext", value.textContent);
        field.style.setProperty("--part", (now - input.bind.min) / (input.bind.max - input.bind.min));
      };
      field.addEventListener("input", () =>
        change({ [input.name]: input.kind === "checkbox" ? Number(field.checked) : Number(field.value) }));
      field.addEventListener("change", remember);
    }

    /* A pointer on the chart moves the inputs that name a scale. */
    function drag() {
      const dragged = inputs.filter((input) => input.drag);
      if (!dragged.length) return;
      chart.classList.add(dragged.some((input) => input.drag.endsWith("y")) ? "drag-both" : "drag-x");
      function move(event) {
        const drawn = chart.querySelector("svg"), box = drawn.getBoundingClientRect(), origin = view.origin();
        const at = { x: event.clientX - box.left - origin[0], y: event.clientY - box.top - origin[1] };
        for (const { only } of dragged) if (only) change({ [only[0]]: only[1] });
        change(Object.fromEntries(dragged.map(({ name, drag, bind }) => {
          const axis = drag.slice(-1), found = view.scale(axis).invert(at[axis]);
          const value = drag.startsWith("log") ? Math.log10(found) : found;
          return [name, +(bind.min + bind.step * Math.round((value - bind.min) / bind.step)).toPrecision(12)];
        })));
      }
      chart.addEventListener("pointerdown", (event) => {
        if (event.button) return;
        chart.setPointerCapture(event.pointerId);
        move(event);
        chart.onpointermove = move;
      });
      for (const end of ["pointerup", "pointercancel"]) {
        chart.addEventListener(end, () => { chart.onpointermove = null; remember(); });
      }
    }

    async function draw() {
      const { View, parse, expressionInterpreter } = await load(box.dataset.vega);
      const dark = document.documentElement.dataset.theme === "dark";
      const size = innerWidth <= 600 ? 12 : 13;
      const font = getComputedStyle(box).fontFamily.replaceAll('"', "'");
      const spec = JSON.parse(JSON.stringify(told.chart), (_, value) => {
        if (value === 13.013) return size;
        if (typeof value !== "string") return value;
        return value.replaceAll("the page's font", font)
          .replace(/#[0-9a-f]{6}\b/gi, (colour) => (dark && told.dark[colour.toLowerCase()]) || colour);
      });
      for (const signal of spec.signals) if (signal.name in state) signal.value = state[signal.name];
      const before = view;
      const host = make("div", chart);
      const shown = figure.classList.toggle("touched", true);
      box.hidden = !shown;
      view = new View(parse(spec, null, { ast: true }), {
        expr: expressionInterpreter, renderer: "svg", container: host, logLevel: 1,
      });
      await view.runAsync();
      if (before) before.finalize();
      while (chart.firstChild !== host) chart.firstChild.remove();
      show();
    }

    /* The still picture stays if anything fails. */
    function open() {
      opened ??= draw().then(drag).catch((error) => {
        figure.classList.remove("touched");
        box.hidden = true;
        console.error(`${place}: ${error.message}`);
      });
      return opened;
    }

    told.inputs.forEach(control);
    make("button", tools, { type: "button" }, "reset").addEventListener("click", () => { change(start); remember(); });
    const link = make("button", tools, { type: "button" }, "copy link");
    link.addEventListener("click", async () => {
      remember();
      try {
        await navigator.clipboard.writeText(location.href.split("#")[0] + address());
        link.textContent = "copied";
      } catch { link.textContent = "it stands in the address bar"; }
      setTimeout(() => { link.textContent = "copy link"; }, 2000);
    });
    box.touch = {
      told, state, open, change,
      /* For tests: the results at some settings, at once. */
      at(settings) {
        Object.assign(state, settings);
        apply();
        return Object.fromEntries(told.results.map((name) => [name, view.signal(name)]));
      },
    };

    addEventListener("hashchange", recall);
    addEventListener("resize", () => { roomiest = 0; said.style.minHeight = ""; });
    new MutationObserver(() => { if (view) opened = draw(); })
      .observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new IntersectionObserver((seen, observer) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      open();
    }, { rootMargin: "800px" }).observe(figure);
    recall();
  }

  document.querySelectorAll(".companion-touch").forEach(prepare);
})();
