// A filter document as a tree that can be edited, and back again (FIL-1). Pure: no page, no words, no server.
// Reading a document and writing it without a change gives the same document. What is no node of the language is kept
// as it stands ("kept"); the server says what is wrong with it.

let serial = 0;
const made = (node) => ({ id: `node-${++serial}`, ...node });

/** join: "all", "any" or "none" of the members. */
export const newGroup = (join = "all", members = []) => made({ kind: "group", join, members });
export const newCondition = (parts = {}) => made({ kind: "condition", key: "", op: "", values: [], ...parts });
export const newProperty = (parts = {}) => made({ key: "", op: "is", values: [], ...parts });

const isObject = (data) => data !== null && typeof data === "object" && !Array.isArray(data);
const only = (data, ...names) => Object.keys(data).every((name) => names.includes(name));

/** The tree of a document; its root is always a group. */
export function readTree(data) {
  if (isObject(data) && !Object.keys(data).length) return newGroup();
  const root = readNode(data);
  return root.kind === "group" ? root : newGroup("all", [root]);
}

function readNode(data) {
  if (!isObject(data)) return made({ kind: "kept", data });
  if (only(data, "and") && Array.isArray(data.and)) return newGroup("all", data.and.map(readNode));
  if (only(data, "or") && Array.isArray(data.or)) return newGroup("any", data.or.map(readNode));
  if (only(data, "not") && "not" in data) return readNot(readNode(data.not));
  return readCondition(data);
}

// "None of" is written as not (any of). A "not" around anything else is a none-of group with that one member, marked
// as bare so that it is written as it was read.
function readNot(member) {
  if (member.kind === "group" && member.join === "any") return { ...member, join: "none" };
  return { ...newGroup("none", [member]), bare: true };
}

function readCondition(data) {
  const known = typeof data.key === "string" && typeof data.op === "string" && only(data, "key", "op", "values", "unit", "within", "where");
  const where = data.where ?? [];
  if (!known || !Array.isArray(data.values ?? []) || !Array.isArray(where) || !where.every(isProperty) || !isObject(data.within ?? {})) return made({ kind: "kept", data });
  const node = newCondition({ key: data.key, op: data.op, values: [...(data.values ?? [])] });
  if ("unit" in data) node.unit = data.unit;
  if (data.within) node.within = { ...data.within };
  if (where.length) node.where = where.map((one) => newProperty({ ...one, values: [...(one.values ?? [])] }));
  return node;
}

const isProperty = (data) => isObject(data) && only(data, "key", "op", "values", "unit") && Array.isArray(data.values ?? []);

/** {document, places}: the document of the tree, and which node stands at which path of it. */
export function writeTree(root) {
  const places = [];
  if (!root.members.length) return { document: {}, places };
  return { document: writeNode(root, "", places), places };
}

function writeNode(node, path, places) {
  places.push({ path: path.replace(/^\./, ""), node });
  if (node.kind === "kept") return node.data;
  if (node.kind === "condition") return writeCondition(node);
  if (node.join === "none" && node.bare && node.members.length === 1) return { not: writeNode(node.members[0], `${path}.not`, places) };
  const [name, below] = node.join === "all" ? ["and", `${path}.and`] : ["or", node.join === "any" ? `${path}.or` : `${path}.not.or`];
  const list = { [name]: node.members.map((member, at) => writeNode(member, `${below}[${at}]`, places)) };
  return node.join === "none" ? { not: list } : list;
}

function writeCondition({ key, op, values, unit, within, where }) {
  const data = { key, op };
  if (values.length) data.values = values;
  if (unit !== undefined) data.unit = unit;
  if (within) data.within = within;
  if (where?.length) data.where = where.map(writeProperty);
  return data;
}

function writeProperty({ key, op, values, unit }) {
  const data = { key, op };
  if (values.length) data.values = values;
  if (unit !== undefined) data.unit = unit;
  return data;
}

/** {node, part}: the innermost node at or above the path of a problem, and what of it the path names. */
export function placeOf(path, places) {
  const holds = (place) => !place || path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
  const found = places.filter((one) => holds(one.path)).sort((a, b) => b.path.length - a.path.length)[0];
  return found && { node: found.node, part: path.slice(found.path.length).replace(/^\./, "") };
}

/** The group that holds the node; undefined for the root. */
export function parentOf(root, node) {
  for (const member of root.members) {
    if (member === node) return root;
    const found = member.kind === "group" && parentOf(member, node);
    if (found) return found;
  }
  return undefined;
}

export function* conditionsOf(group) {
  for (const member of group.members) {
    if (member.kind === "group") yield* conditionsOf(member);
    else yield member;
  }
}

/** The tree without rows in which no field was ever chosen and without empty groups: they never meant anything. */
export function meant(group) {
  const members = group.members.map((member) => (member.kind === "group" ? meant(member) : member));
  return { ...group, members: members.filter((member) => (member.kind === "group" ? member.members.length : member.kind === "kept" || member.key)) };
}

const filled = (value) => value !== "" && value !== null && value !== undefined && !Number.isNaN(value);

/** Whether the values are as many as the operator takes; a property of an event needs its name too. */
export function isFilled(values, takes) {
  if (!takes) return false;
  const count = values.filter(filled).length;
  return takes === "nothing" || (takes === "two" ? count === 2 : count > 0);
}

/** A group with the condition and everything else that must hold. */
export function narrowed(root, condition) {
  if (!root.members.length) return newGroup("all", [condition]);
  if (root.join !== "all") return newGroup("all", [condition, root]);
  root.members.unshift(condition);
  return root;
}
