// Charts: drawn for the width that there is, and again when it changes.

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
  const thick = Math.min(Math.max(slot * (slot > 8 ? 0.74 : 0.88), 1), 90);
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

// One line a name: its bar, of one or more pieces, and a number after it.
const drawBars = (id, title, rows, width) => {
  const isNarrow = width < 520;
  const most = Math.max(...rows.map(({ total }) => total));
  const room = isNarrow ? width
    : Math.min(Math.max(...rows.map(({ label }) => widthOf(label))) + 1, width * 0.35);
  const numberWidth = Math.max(...rows.map(({ number }) => widthOf(number))) + 2;
  const left = isNarrow ? 0 : room + 14;
  const long = isNarrow ? width : width - left - numberWidth - 12;
  const [high, thick] = isNarrow ? [46, 14] : [32, 18];
  const parts = rows.flatMap(({ label, number, total, pieces }, at) => {
    const y = at * high + (isNarrow ? 24 : (high - thick) / 2);
    const textY = isNarrow ? at * high + 16 : y + thick / 2 + 4.5;
    let x = left;
    const bars = pieces.filter(({ value }) => value > 0).map(({ value, kind, text }) => {
      const wide = (long * value) / most;
      const bar = svg("rect", { class: `bar ${kind}`, x, y, width: wide, height: thick }, svg("title", {}, text));
      x += wide;
      return bar;
    });
    const shownLabel = cut(label, isNarrow ? width - numberWidth - 12 : room);
    return [
      svg("text", { class: "label", x: 0, y: textY }, shownLabel, svg("title", {}, label)),
      svg("rect", { class: "track", x: left, y, width: long, height: thick, rx: 3 }),
      svg("g", { class: "pieces", "clip-path": "inset(0 round 3px)" }, ...bars),
      svg("text", { class: "number", x: width, y: textY, "text-anchor": "end" }, number),
    ];
  });
  const text = rows.map(({ label, number }) => `${label} ${number}`).join(", ");
  return image(id, width, rows.length * high, title, text, ...parts);
};

const statusRows = summary.statuses.map(({ status, tasks }) => {
  const label = named(status);
  const number = `${grouped.format(tasks)} \u00b7 ${share(tasks, summary.tasks)}`;
  const text = `${label}: ${count(tasks, "task")}, ${share(tasks, summary.tasks)}`;
  return { label, number, total: tasks, pieces: [{ value: tasks, kind: KINDS.get(status), text }] };
});
const typeRows = summary.types.map(({ type, tasks, statuses }) => ({
  label: named(type),
  number: grouped.format(tasks),
  total: tasks,
  pieces: statuses.map(({ status, tasks: part }) => ({
    value: part,
    kind: KINDS.get(status),
    text: `${named(type)}, ${named(status)}: ${count(part, "task")}, ${share(part, tasks)}`,
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
  const centre = { cx: middle, cy: size / 2, r: radius };
  const point = (turn) => {
    const angle = 2 * Math.PI * turn;
    return `${middle + radius * Math.sin(angle)} ${size / 2 - radius * Math.cos(angle)}`;
  };
  let done = 0;
  const arcs = states.filter(({ value }) => value > 0).map(({ state, kind, value }) => {
    const [from, part] = [done, value / whole];
    done += part;
    const attributes = { class: `arc ${kind}`, "stroke-width": thick };
    const title = svg("title", {}, `${state}: ${count(value, "device")}, ${share(value, whole)}`);
    // An arc that ends where it begins would be none.
    if (part > 0.9999) return svg("circle", { ...attributes, ...centre }, title);
    const isLong = part > 0.5 ? 1 : 0;
    const d = `M ${point(from)} A ${radius} ${radius} 0 ${isLong} 1 ${point(done)}`;
    return svg("path", { ...attributes, d }, title);
  });
  const text = states.map(({ state, value }) => `${state} ${grouped.format(value)}`).join(", ");
  return image("devices", width, size, `Success rate ${percent(summary.success_rate)}`, text,
    svg("circle", { class: "arc none", "stroke-width": thick, ...centre }), ...arcs,
    svg("text", { class: "big", x: middle, y: size / 2 + 4, "text-anchor": "middle" }, percent(summary.success_rate)),
    svg("text", { x: middle, y: size / 2 + 24, "text-anchor": "middle" }, "succeeded"));
};

