/** TASK_COMM_LEN without the closing zero. */
const COMM_BYTES = 15;

/**
 * What the kernel would keep of a task's name: 15 bytes of UTF-8, here whole characters. Control, formatting and broken
 * characters become _, so that every table, trace and message may print a comm as it is. A `suffix` (ASCII, at most 14
 * characters) stays whole: the name gives way to it.
 */
export function taskComm(name: string, suffix = ""): string {
  const most = COMM_BYTES - suffix.length;
  if (name.length <= most && /^[ -~]*$/.test(name)) return name + suffix;
  let bytes = 0;
  let comm = "";
  for (const character of name.slice(0, 2 * COMM_BYTES + 2)) {
    const shown = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(character) ? "_" : character;
    bytes += utf8Length(shown);
    if (bytes > most) break;
    comm += shown;
  }
  return comm + suffix;
}

function utf8Length(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
