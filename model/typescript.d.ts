/** Has Node load TypeScript. Rejected where tsx is not installed. */
export function understandTypeScript(): Promise<void>;
