"use strict";

// What the page is about, and its numbers and dates in words.

const { summary, filters, periods, made, version } = JSON.parse(document.getElementById("data").textContent);
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
// One decimal digit. 100 % and 0 % are shown of exactly all and exactly none.
const percent = (rate) => {
  if (rate === null || !Number.isFinite(rate)) return "\u2013";
  let tenths = Math.round(rate * 1000);
  if (rate < 1) tenths = Math.min(tenths, 999);
  if (rate > 0) tenths = Math.max(tenths, 1);
  return `${(tenths / 10).toFixed(1)}%`;
};
// Nothing is good that fails half of the time.
const level = (rate) => (rate === null ? undefined : rate >= 0.9 ? "good" : rate >= 0.5 ? "mixed" : "bad");
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

const source = ["--type", "--status", "--name"].map((option) => filters[option]).filter(Boolean);
if (source.length > 0) document.title = `Batch tasks: ${source.join(", ")}`;

const date = (text, parts) => {
  const time = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(time.valueOf()) ? text
    : new Intl.DateTimeFormat("en", { ...parts, timeZone: "UTC" }).format(time);
};
const wholeDate = (text) => date(text, { day: "numeric", month: "short", year: "numeric" });

