// Draws the tree of a filter as groups and rows and keeps both in step. Only what changed is drawn again, so the focus
// stays where it was; what is wrong is shown at its row (FIL-9, FIL-11).

import { eventDetails } from "./filter-events.js";
import { fieldMenu } from "./field-menu.js";
import { isFilled, newCondition, newGroup, parentOf, placeOf } from "./filter-tree.js";
import { valueControl } from "./filter-values.js";
import { icon, make, words } from "./words.js";

const JOINS = ["all", "any", "none"];
let serial = 0;

/** tools: {catalogue, say, units, names}; changed() is called after every change of the tree. */
export function treeEditor(root, { tools, changed }) {
  const { catalogue, say } = tools;
  const drawn = new Map(); // by id of a node: {element, control, details}

  const operatorsOf = (node) => catalogue.operatorsOf(catalogue.fieldOf(node.key));
  const operatorOf = (node) => operatorsOf(node).find((one) => one.name === node.op);
  const elementOf = (node) => drawn.get(node.id)?.element;

  // --- groups ---
  function groupElement(group, isRoot) {
    const join = make("select", { className: "filter-join", "aria-label": say.wordJoin, data: { part: "join" } }, ...JOINS.map((name) => make("option", { value: name, textContent: joinWords(name) })));
    join.value = group.join;
    join.addEventListener("change", () => {
      group.join = join.value;
      delete group.bare;
      relead(group);
      changed();
    });
    const head = make("div", { className: "filter-group-head" }, join);
    if (!isRoot) head.append(removeButton(group, say.wordRemoveGroup));
    const members = make("div", { className: "filter-members" }, ...group.members.map(nodeElement));
    const add = make("button", { type: "button", className: "btn btn-ghost btn-sm", data: { addRow: group.id } }, icon("plus"), say.wordAddRow);
    const nest = make("button", { type: "button", className: "btn btn-ghost btn-sm", data: { addGroup: group.id } }, icon("plus"), say.wordAddGroup);
    add.addEventListener("click", () => append(group, newCondition()));
    nest.addEventListener("click", () => append(group, newGroup(group.join === "all" ? "any" : "all", [newCondition()])));
    const element = make("div", { className: isRoot ? "filter-group filter-root" : "filter-group", role: "group", data: { node: group.id } }, head, members, make("div", { className: "filter-group-foot" }, add, nest));
    drawn.set(group.id, { element, members });
    relead(group);
    return element;
  }

  const joinWords = (name) => ({ all: say.wordAll, any: say.wordAny, none: say.wordNone })[name];
  const leadOf = (join, at) => (join === "none" ? (at ? say.wordNor : say.wordNot) : at ? (join === "all" ? say.wordAnd : say.wordOr) : say.wordWhere);

  /** The words between the members, and what a screen reader says of the group. */
  function relead(group) {
    elementOf(group).setAttribute("aria-label", joinWords(group.join));
    for (const [at, member] of group.members.entries()) {
      const lead = elementOf(member)?.querySelector(":scope > .filter-lead");
      if (lead) lead.textContent = leadOf(group.join, at);
    }
  }

  function append(group, node) {
    group.members.push(node);
    drawn.get(group.id).members.append(nodeElement(node));
    relead(group);
    changed();
    focusIn(elementOf(node));
  }

  function remove(node) {
    const group = parentOf(root, node);
    const at = group.members.indexOf(node);
    group.members.splice(at, 1);
    elementOf(node).remove();
    drawn.delete(node.id);
    relead(group);
    changed();
    const next = group.members[Math.min(at, group.members.length - 1)];
    if (next) focusIn(elementOf(next));
    else elementOf(group).querySelector(`[data-add-row="${group.id}"]`).focus();
  }

  function removeButton(node, title) {
    const button = make("button", { type: "button", className: "btn btn-ghost btn-icon btn-sm filter-remove", "aria-label": title, title }, icon("close"));
    button.addEventListener("click", () => remove(node));
    return button;
  }

  const lead = () => make("span", { className: "filter-lead muted" });

  function nodeElement(node) {
    if (node.kind === "condition") return rowElement(node);
    if (node.kind === "kept") return keptElement(node);
    const inner = groupElement(node, false);
    const element = make("div", { className: "filter-nested" }, lead(), inner);
    drawn.get(node.id).element = element;
    inner.removeAttribute("data-node");
    element.dataset.node = node.id;
    relead(node);
    return element;
  }

  // Something that is no condition of the language: shown as it stands, to be taken away; the server says why.
  function keptElement(node) {
    const text = make("code", { className: "filter-kept", textContent: JSON.stringify(node.data) });
    const element = make("div", { className: "filter-row", role: "group", "aria-label": say.wordKept, data: { node: node.id } }, lead(), text, removeButton(node, say.wordRemove));
    drawn.set(node.id, { element });
    return element;
  }

  // --- one condition ---
  function rowElement(node) {
    const field = catalogue.fieldOf(node.key);
    const name = field?.label ?? node.key;
    const id = `field-menu-${++serial}`;
    const button = make("button", { type: "button", className: "btn filter-field", "aria-haspopup": "dialog", title: name, data: { part: "key" } }, make("span", { className: "truncate", textContent: name || say.wordField }), icon("chevron-down"));
    button.setAttribute("popovertarget", id);
    const menu = fieldMenu({ id, catalogue, say, current: node.key, chosen: (wanted) => choose(node, wanted) });
    const title = name ? words(say.wordRemoveField, { field: name }) : say.wordRemove;
    const element = make("div", { className: "filter-row", role: "group", "aria-label": name || say.wordEmptyRow, data: { node: node.id } }, lead(), button, menu);
    const entry = { element };
    drawn.set(node.id, entry);
    if (field) element.append(operatorSelect(node, element, entry), valuePlace(node, field, entry));
    element.append(removeButton(node, title));
    if (field?.type === "event") {
      entry.details = eventDetails(node, catalogue.operatorsOf({ type: "property" }), { tools, changed });
      element.append(entry.details.element);
    }
    return element;
  }

  function operatorSelect(node, element, entry) {
    const operators = operatorsOf(node);
    const select = make("select", { className: "filter-operator", "aria-label": say.wordOperator, data: { part: "op" } }, ...operators.map((one) => make("option", { value: one.name, textContent: one.label })));
    // An operator that the field no longer has stays until another is chosen.
    if (!operatorOf(node)) select.prepend(make("option", { value: node.op, textContent: node.op }));
    select.value = node.op;
    select.addEventListener("change", () => {
      const before = operatorOf(node)?.takes;
      node.op = select.value;
      const { takes } = operatorOf(node);
      if (takes !== before) node.values = [];
      if (takes !== "duration") delete node.unit;
      element.querySelector(":scope > .filter-value").replaceWith(valuePlace(node, catalogue.fieldOf(node.key), entry));
      changed();
    });
    return select;
  }

  function valuePlace(node, field, entry) {
    const operator = operatorOf(node);
    entry.control = operator ? valueControl(node, field, operator, { tools, changed }) : null;
    return make("div", { className: "filter-value" }, entry.control?.element);
  }

  function choose(node, wanted) {
    if (wanted.key !== node.key) {
      for (const name of ["unit", "within", "where"]) delete node[name];
      Object.assign(node, { key: wanted.key, op: catalogue.operatorsOf(wanted)[0].name, values: [] });
    }
    const before = elementOf(node);
    const after = rowElement(node);
    before.replaceWith(after);
    relead(parentOf(root, node));
    changed();
    (after.querySelector(".filter-value :is(input, select, textarea)") ?? after.querySelector(".filter-operator")).focus();
  }

  // --- what is wrong, where it stands ---
  function clearProblems() {
    for (const message of element.querySelectorAll(".filter-problem")) message.remove();
    for (const control of element.querySelectorAll("[aria-invalid]")) {
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-describedby");
    }
    for (const { control } of drawn.values()) control?.mark?.([]);
  }

  /** Shows each problem at its row; answers those that belong to no row. */
  function showProblems(problems, places) {
    clearProblems();
    const elsewhere = [];
    const wrong = new Map();
    for (const problem of problems) {
      const place = placeOf(problem.path ?? "", places);
      if (place && place.node.id !== root.id) showAt(place, problem.message, wrong);
      else elsewhere.push(problem);
    }
    for (const [node, at] of wrong) drawn.get(node.id)?.control?.mark?.(at);
    return elsewhere;
  }

  function showAt({ node, part }, message, wrong) {
    const { element: row } = drawn.get(node.id);
    const where = /^where\[(\d+)\]\.?(.*)$/.exec(part);
    const scope = where ? row.querySelectorAll(".filter-property-row")[Number(where[1])] : row;
    const [name] = (where ? where[2] : part).split(/[.[]/);
    const control = node.kind === "group" ? scope.querySelector(".filter-join") : (scope.querySelector(`[data-part="${CSS.escape(name)}"]`) ?? scope.querySelector('[data-part="values"], [data-part="key"]'));
    const at = /^values\[(\d+)\]/.exec(part);
    if (at) wrong.set(node, [...(wrong.get(node) ?? []), Number(at[1])]);
    const id = `problem-${++serial}`;
    const line = make("p", { className: "filter-problem", id }, icon("warning"), make("span", { textContent: message }));
    if (scope.matches(".filter-nested")) scope.querySelector(".filter-group-head").after(line);
    else scope.append(line);
    control?.setAttribute("aria-invalid", "true");
    control?.setAttribute("aria-describedby", id);
  }

  function partMissing(node) {
    if (node.kind === "kept" || !catalogue.fieldOf(node.key)) return ""; // empty, or the server says what is wrong
    if (!isFilled(node.values, operatorOf(node)?.takes)) return operatorOf(node) ? "values" : "";
    if (node.within && !(node.within.value > 0)) return "within";
    const properties = catalogue.operatorsOf({ type: "property" });
    const at = (node.where ?? []).findIndex((one) => !one.key || !isFilled(one.values, properties.find(({ name }) => name === one.op)?.takes));
    return at < 0 ? "" : `where[${at}].${node.where[at].key ? "values" : "key"}`;
  }

  const element = groupElement(root, true);
  return {
    element,
    clearProblems,
    showProblems,
    /** The part of a condition that is still to be filled in; "" when there is none. */
    partMissing,
    showMissing: (node, message) => showAt({ node, part: partMissing(node) }, message, new Map()),
    /** Finishes what was typed; false when something is left over that is no value. */
    settle: async () => {
      const shown = [...drawn.values()].filter((one) => one.element.isConnected); // not what was taken away
      const controls = shown.flatMap(({ control, details }) => [control, details]);
      return (await Promise.all(controls.map((one) => one?.settle?.() ?? true))).every(Boolean);
    },
    focusWrong: () => focusIn(element.querySelector('[aria-invalid="true"]')),
    focusFirst: () => focusIn(element.querySelector(".filter-field, [data-add-row]")),
    redraw: (node) => elementOf(node)?.replaceWith(nodeElement(node)),
  };
}

function focusIn(element) {
  const target = element?.matches("button, input, select, textarea") ? element : element?.querySelector(".filter-field, .filter-remove");
  target?.focus();
  target?.scrollIntoView({ block: "nearest" });
}
