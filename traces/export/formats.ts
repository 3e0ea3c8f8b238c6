import { TIMELINE_KINDS } from "./timeline-kind.ts";

/** What a trace can be exported to. */
export const EXPORT_FORMATS = ["csv", ...TIMELINE_KINDS] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
