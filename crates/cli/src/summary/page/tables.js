// Tables whose headings sort.

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

