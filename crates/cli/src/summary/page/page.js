// Fills the page.

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
byId("filters").append(...Object.entries(filters).flatMap(([option, value]) =>
  [html("dt", {}, option.replace(/^--/, "")), html("dd", {}, value)]));
byId("made").textContent = `Made by batchtasks ${version} on ${made}.`;
byId("tiles").append(...[
  ["Tasks", grouped.format(summary.tasks)],
  ["Devices", grouped.format(summary.devices.total)],
  ["Success rate", percent(summary.success_rate), level(summary.success_rate)],
  ["Failed devices", grouped.format(summary.devices.fail), summary.devices.fail > 0 ? "bad" : undefined],
].map(([name, value, kind]) => html("div", { class: kind }, html("dt", {}, name), html("dd", {}, value))));

if (summary.tasks === 0) {
  notice("There are no tasks.");
} else {
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
}
