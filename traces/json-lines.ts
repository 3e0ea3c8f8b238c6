import { findNodeAtLocation, type JSONPath, type Node, parseTree } from "jsonc-parser";

/** Where things stand in a JSON text, for errors about what `JSON.parse` has read without its places. */

/** The 1-based line of a value, or of the innermost value around it that is there. */
export function lineOfPath(text: string, path: JSONPath): number | undefined {
  const root = parseTree(text);
  for (let depth = path.length; root !== undefined && depth >= 0; depth--) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (node !== undefined)
      return lineAt(text, (node.parent?.type === "property" ? node.parent : node).offset);
  }
  return undefined;
}

/** The first key that stands twice in one object: JSON lets the last one win in silence. */
export function repeatedKey(text: string): { field: string; line: number } | undefined {
  const root = parseTree(text);
  return root && repeatedIn(root, text, "");
}

function repeatedIn(node: Node, text: string, at: string): { field: string; line: number } | undefined {
  const seen = new Set<string>();
  for (const [i, child] of (node.children ?? []).entries()) {
    const [key, value] = node.type === "object" ? (child.children ?? []) : [undefined, child];
    const name = key === undefined ? `${at}[${i}]` : at === "" ? String(key.value) : `${at}.${key.value}`;
    if (key !== undefined && seen.has(key.value)) return { field: name, line: lineAt(text, key.offset) };
    seen.add(key?.value);
    const below = value && repeatedIn(value, text, name);
    if (below) return below;
  }
  return undefined;
}

/** The 1-based line of a character. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
