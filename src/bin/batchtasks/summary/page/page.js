
"use strict";
(() => {
  const { summary, periods, made, version } = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);

  // Texts become text nodes and attributes, never markup: names come from strangers.
  const add = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== undefined));
    return element;
  };
  const html = (name, attributes = {}, ...children) => add(document.createElement(name), attributes, children);
  const svg = (name, attributes = {}, ...children) =>
    add(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

  const grouped = new Intl.NumberFormat("en");
  const count = (number, unit) => `${grouped.format(number)} ${unit}${number === 1 ? "" : "s"}`;
  const named = (name) => (name === null || name === "" ? "(none)" : name);
  // One digit behind the point. All and nothing are said of nothing less.
  const percent = (rate) => {
    if (rate === null || !Number.isFinite(rate)) return "\u2013";
    let tenths = Math.round(rate * 1000);
    if (rate < 1) tenths = Math.min(tenths, 999);
    if (rate > 0) tenths = Math.max(tenths, 1);
    return `${(tenths / 10).toFixed(1)}%`;
  };
  const share = (part, whole) => percent(whole > 0 ? part / whole : null);

  const KINDS = new Map([
    ["Success", "good"], ["PartialSuccess", "mixed"], ["Fail", "bad"], ["Processing", "active"],
    ["Initializing", "starting"], ["Waitting", "waiting"], ["Stopping", "stopping"], ["Stopped", "stopped"],
  ]);
  let unknown = 0;
  for (const { status } of summary.statuses) {
    if (!KINDS.has(status)) KINDS.set(status, `other-${unknown++ % 4}`);
  }
  const STATES = [
    ["success", "good"], ["fail", "bad"], ["fail_wait_retry", "mixed"], ["processing", "active"],
    ["waitting", "waiting"], ["stopped", "stopped"], ["removed", "stopping"],
  ];

  const date = (text, parts) => {
    const time = new Date(`${text}T00:00:00Z`);
    return Number.isNaN(time.valueOf()) ? text
      : new Intl.DateTimeFormat("en", { ...parts, timeZone: "UTC" }).format(time);
  };
  const wholeDate = (text) => date(text, { day: "numeric", month: "short", year: "numeric" });

  // --- Charts: drawn for the width that there is, and again when it changes.

  const ruler = document.createElement("canvas").getContext("2d");
  const widthOf = (text) => {
    ruler.font = `13px ${getComputedStyle(document.body).fontFamily}`;
    return ruler.measureText(text).width;
  };
  const cut = (text, room) => {
    if (widthOf(text) <= room) return text;
    const symbols = [...text].slice(0, 200);
    while (symbols.length > 0 && widthOf(`${symbols.join("")}\u2026`) > room) symbols.pop();
    return `${symbols.join("")}\u2026`;
  };

  const image = (id, width, height, title, description, ...children) =>
    svg("svg", {
      role: "img", "aria-labelledby": `${id}-title ${id}-desc`, width, height, viewBox: `0 0 ${width} ${height}`,
    }, svg("title", { id: `${id}-title` }, title), svg("desc", { id: `${id}-desc` }, description), ...children);

  const drawn = (id, draw) => {
    const place = byId(`${id}-chart`);
    let last = 0;
    const redraw = () => {
      const width = Math.floor(place.getBoundingClientRect().width);
      if (width === last || width === 0) return;
      last = width;
      place.replaceChildren(draw(width));
    };
    redraw();
    // Not in the observer itself: what it draws changes sizes.
    new ResizeObserver(() => requestAnimationFrame(redraw)).observe(place);
  };

  const steps = (most) => {
    const rough = Math.max(most / 4, 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= rough);
  };

  const periodName = (from) => {
    if (periods.step === "day") return wholeDate(from);
    if (periods.step === "month") return date(from, { month: "long", year: "numeric" });
    if (periods.step === "year") return date(from, { year: "numeric" });
    return `${periods.step} from ${wholeDate(from)}`;
  };
  const periodLabel = (from) => {
    const parts = ["day", "week"].includes(periods.step) ? { day: "numeric", month: "short" }
      : ["month", "quarter"].includes(periods.step) ? { month: "short", year: "numeric" } : { year: "numeric" };
    return date(from, parts);
  };

  const drawDays = (width) => {
    const { counts } = periods;
    const height = width < 520 ? 190 : 240;
    const most = Math.max(...counts.map(({ tasks }) => tasks));
    const step = steps(most);
    const top = Math.ceil(most / step) * step;
    const left = widthOf(grouped.format(top)) + 10;
    const [upper, lower] = [8, height - 26];
    const y = (tasks) => lower - ((lower - upper) * tasks) / top;
    const slot = (width - left) / counts.length;
    const thick = Math.min(Math.max(slot * (slot > 8 ? 0.74 : 0.88), 1), 56);
    const parts = [];
    for (let tasks = 0; tasks <= top; tasks += step) {
      parts.push(svg("line", { class: "grid", x1: left, x2: width, y1: y(tasks), y2: y(tasks) }));
      const text = grouped.format(tasks);
      parts.push(svg("text", { x: left - 8, y: y(tasks) + 4, "text-anchor": "end" }, text));
    }
    const bars = counts.map(({ from, tasks }, at) => {
      const x = left + slot * at + (slot - thick) / 2;
      const tall = tasks === 0 ? 0 : Math.max(lower - y(tasks), 1.5);
      const round = Math.min(3, thick / 3, tall);
      return svg("rect", { class: "day", x, y: lower - tall, width: thick, height: tall, rx: round });
    });
    const every = Math.ceil(counts.length / Math.max(Math.floor((width - left) / 84), 1));
    counts.forEach(({ from }, at) => {
      if (at % every !== 0) return;
      const text = periodLabel(from);
      const half = widthOf(text) / 2;
      const middle = Math.min(Math.max(left + slot * (at + 0.5), left + half), width - half);
      parts.push(svg("text", { x: middle, y: height - 6, "text-anchor": "middle" }, text));
    });
    const choose = (at) => {
      bars.forEach((bar, place) => bar.classList.toggle("chosen", place === at));
      const { from, tasks } = counts[at];
      byId("days-readout").textContent = `${periodName(from)}: ${count(tasks, "task")}`;
    };
    const rest = () => {
      bars.forEach((bar) => bar.classList.remove("chosen"));
      const peak = counts.findIndex(({ tasks }) => tasks === most);
      byId("days-readout").textContent = `Most: ${count(most, "task")}, ${periodName(counts[peak].from)}`;
    };
    const hit = svg("rect", { class: "hit", x: left, y: 0, width: width - left, height });
    const point = (event) => {
      const at = Math.floor((event.clientX - hit.getBoundingClientRect().left) / slot);
      choose(Math.min(Math.max(at, 0), counts.length - 1));
    };
    hit.addEventListener("pointermove", point);
    hit.addEventListener("pointerdown", point);
    hit.addEventListener("pointerleave", rest);
    rest();
    const about = `${count(counts.length, "bar")}, one per ${periods.step}; ${count(most, "task")} at most`;
    return image("days", width, height, `Tasks per ${periods.step}`, about, ...parts, ...bars, hit);
  };

  // One line a name: its bar, of one or more pieces, and a number behind it.
  const drawBars = (id, title, rows, width) => {
    const isNarrow = width < 520;
    const most = Math.max(...rows.map(({ total }) => total));
    const room = isNarrow ? width
      : Math.min(Math.max(...rows.map(({ label }) => widthOf(label))) + 1, width * 0.35);
    const behind = Math.max(...rows.map(({ number }) => widthOf(number))) + 2;
    const left = isNarrow ? 0 : room + 14;
    const long = isNarrow ? width : width - left - behind - 12;
    const [high, thick] = isNarrow ? [46, 14] : [32, 18];
    const parts = rows.flatMap(({ label, number, total, pieces }, at) => {
      const y = at * high + (isNarrow ? 24 : (high - thick) / 2);
      const textY = isNarrow ? at * high + 16 : y + thick / 2 + 4.5;
      let x = left;
      const bars = pieces.filter(({ value }) => value > 0).map(({ value, kind, told }) => {
        const wide = (long * value) / most;
        const bar = svg("rect", { class: `bar ${kind}`, x, y, width: wide, height: thick }, svg("title", {}, told));
        x += wide;
        return bar;
      });
      const shownLabel = cut(label, isNarrow ? width - behind - 12 : room);
      return [
        svg("text", { class: "label", x: 0, y: textY }, shownLabel, svg("title", {}, label)),
        svg("rect", { class: "track", x: left, y, width: long, height: thick, rx: 3 }),
        svg("g", { class: "pieces", "clip-path": "inset(0 round 3px)" }, ...bars),
        svg("text", { class: "number", x: width, y: textY, "text-anchor": "end" }, number),
      ];
    });
    const told = rows.map(({ label, number }) => `${label} ${number}`).join(", ");
    return image(id, width, rows.length * high, title, told, ...parts);
  };

  const statusRows = summary.statuses.map(({ status, tasks }) => {
    const label = named(status);
    const number = `${grouped.format(tasks)} \u00b7 ${share(tasks, summary.tasks)}`;
    const told = `${label}: ${count(tasks, "task")}, ${share(tasks, summary.tasks)}`;
    return { label, number, total: tasks, pieces: [{ value: tasks, kind: KINDS.get(status), told }] };
  });
  const typeRows = summary.types.map(({ type, tasks, statuses }) => ({
    label: named(type),
    number: grouped.format(tasks),
    total: tasks,
    pieces: statuses.map(({ status, tasks: part }) => ({
      value: part,
      kind: KINDS.get(status),
      told: `${named(type)}, ${named(status)}: ${count(part, "task")}, ${share(part, tasks)}`,
    })),
  }));

  const states = STATES.map(([state, kind]) => ({ state, kind, value: summary.devices[state] }));
  // The states need not add up to the total: whichever is more is the whole ring.
  const whole = Math.max(summary.devices.total, states.reduce((sum, { value }) => sum + value, 0));
  const drawRing = (width) => {
    const size = Math.min(width, 200);
    const middle = width / 2;
    const thick = size * 0.14;
    const radius = (size - thick) / 2;
    const round = 2 * Math.PI * radius;
    let done = 0;
    const arcs = states.filter(({ value }) => value > 0).map(({ state, kind, value }) => {
      const length = (round * value) / whole;
      const arc = svg("circle", {
        class: `arc ${kind}`, cx: middle, cy: size / 2, r: radius, "stroke-width": thick,
        "stroke-dasharray": `${length} ${round - length}`, "stroke-dashoffset": -done,
        transform: `rotate(-90 ${middle} ${size / 2})`,
      }, svg("title", {}, `${state}: ${count(value, "device")}, ${share(value, whole)}`));
      done += length;
      return arc;
    });
    const told = states.map(({ state, value }) => `${state} ${grouped.format(value)}`).join(", ");
    return image("devices", width, size, `Success rate ${percent(summary.success_rate)}`, told,
      svg("circle", { class: "arc none", cx: middle, cy: size / 2, r: radius, "stroke-width": thick }), ...arcs,
      svg("text", { class: "big", x: middle, y: size / 2 + 4, "text-anchor": "middle" }, percent(summary.success_rate)),
      svg("text", { x: middle, y: size / 2 + 24, "text-anchor": "middle" }, "succeeded"));
  };

  // --- Tables

  const before = (one, other) => (typeof one === "string" ? one.localeCompare(other, "en") : one - other);

  // Columns: {name, kind, show, isText}; rows: values by column. Sorted by the column at `by` to begin with.
  const table = (caption, columns, rows, total, by) => {
    const body = html("tbody");
    const cell = (column, value) => {
      const attributes = { class: value === 0 || value === null ? "zero" : undefined };
      return html("td", attributes, column.show(value));
    };
    const lines = rows.map((values) => ({
      values,
      line: html("tr", {},
        html("th", { scope: "row", title: columns[0].show(values[0]) }, columns[0].show(values[0])),
        ...values.slice(1).map((value, at) => cell(columns[at + 1], value))),
    }));
    const sort = (at, direction) => {
      const sign = direction === "ascending" ? 1 : -1;
      lines.sort(({ values: one }, { values: other }) => {
        // Nothing is neither more nor less: it stays at the end.
        if (one[at] === null || other[at] === null) return (one[at] === null) - (other[at] === null);
        return sign * before(one[at], other[at]) || before(one[0], other[0]);
      });
      body.replaceChildren(...lines.map(({ line }) => line));
      heads.forEach((head, place) => head.setAttribute("aria-sort", place === at ? direction : "none"));
    };
    const heads = columns.map((column, at) => {
      const dot = column.kind && html("span", { class: `dot ${column.kind}`, "aria-hidden": "true" });
      const button = html("button", { type: "button", title: column.name }, dot || undefined,
        html("span", { class: "name" }, column.name));
      const first = column.isText ? "ascending" : "descending";
      const second = column.isText ? "descending" : "ascending";
      const head = html("th", { scope: "col" }, button);
      button.addEventListener("click", () => sort(at, head.getAttribute("aria-sort") === first ? second : first));
      return head;
    });
    sort(by, "descending");
    const foot = total && html("tfoot", {}, html("tr", {}, html("th", { scope: "row" }, total[0]),
      ...total.slice(1).map((value, at) => cell(columns[at + 1], value))));
    return html("table", {}, html("caption", {}, caption), html("thead", {}, html("tr", {}, ...heads)), body,
      foot || undefined);
  };

  const typesTable = () => {
    const number = (value) => grouped.format(value);
    const columns = [
      { name: "Type", isText: true, show: (name) => name },
      { name: "Tasks", show: number },
      { name: "Devices", show: number },
      { name: "Success rate", show: percent },
      ...summary.statuses.map(({ status }) => ({ name: named(status), kind: KINDS.get(status), show: number })),
    ];
    const rows = summary.types.map(({ type, tasks, statuses, devices, success_rate }) => {
      const parts = new Map(statuses.map(({ status, tasks: part }) => [status, part]));
      const ofStatuses = summary.statuses.map(({ status }) => parts.get(status) ?? 0);
      return [named(type), tasks, devices.total, success_rate, ...ofStatuses];
    });
    const total = ["All", summary.tasks, summary.devices.total, summary.success_rate,
      ...summary.statuses.map(({ tasks }) => tasks)];
    return table("Tasks by type and status. A heading sorts.", columns, rows, total, 1);
  };
  const daysTable = () => {
    const columns = [
      { name: "Day", isText: true, show: (day) => day },
      { name: "Tasks", show: (tasks) => grouped.format(tasks) },
    ];
    const rows = summary.days.map(({ day, tasks }) => [day, tasks]);
    return table("Days on which tasks were created. A heading sorts.", columns, rows, undefined, 0);
  };

  // --- The page

  const legendItem = (kind, name, ...more) =>
    html("li", {}, html("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
      html("span", { class: "name" }, name), ...more);

  const notice = (text) => byId("notices").append(html("p", { class: "notice" }, text));
  if (summary.unreadable > 0) notice(`${count(summary.unreadable, "task")} could not be read, and are not counted.`);
  if (summary.max_items !== null && summary.tasks + summary.unreadable >= summary.max_items) {
    notice(`Only the newest tasks are counted (--max-items ${summary.max_items}).`);
  }
  if (summary.undated > 0) notice(`${count(summary.undated, "task")} without a time of creation are on no day.`);

  const days = summary.days;
  const zone = summary.time_zone === "local" ? "local time" : summary.time_zone;
  byId("about").textContent = days.length === 0 ? "" : days.length === 1 ? `${wholeDate(days[0].day)} (${zone})`
    : `${wholeDate(days[0].day)} to ${wholeDate(days[days.length - 1].day)} (${zone})`;
  byId("made").textContent = `Made by batchtasks ${version} on ${made}.`;
  byId("tiles").append(...[
    ["Tasks", grouped.format(summary.tasks)],
    ["Devices", grouped.format(summary.devices.total)],
    ["Success rate", percent(summary.success_rate), summary.success_rate === null ? undefined : "good"],
    ["Failed devices", grouped.format(summary.devices.fail), summary.devices.fail > 0 ? "bad" : undefined],
  ].map(([name, value, kind]) => html("div", { class: kind }, html("dt", {}, name), html("dd", {}, value))));

  if (summary.tasks === 0) {
    notice("There are no tasks.");
    return;
  }
  byId("cards").hidden = false;
  drawn("statuses", (width) => drawBars("statuses", "Tasks by status", statusRows, width));
  drawn("types", (width) => drawBars("types", "Tasks by type and status", typeRows, width));
  byId("types-legend").append(...summary.statuses.map(({ status }) => legendItem(KINDS.get(status), named(status))));
  drawn("devices", drawRing);
  byId("devices-legend").append(...states.filter(({ value }) => value > 0).map(({ state, kind, value }) =>
    legendItem(kind, state, html("span", {}, grouped.format(value)), html("span", { class: "share" }, share(value, whole)))));
  byId("types-table").append(typesTable());
  if (days.length > 0) {
    byId("days-heading").textContent = `Tasks per ${periods.step}`;
    drawn("days", drawDays);
    byId("days-table").append(daysTable());
  } else {
    byId("days-heading").parentElement.remove();
    byId("days-table").closest("section").remove();
  }
})();
