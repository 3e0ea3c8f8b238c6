/** What a command that needs root begins with, in advice for this user: nothing for root. */
export const sudo = (uid: number | undefined = process.getuid?.()): string => (uid === 0 ? "" : "sudo ");
