export const WINDOW_HELP = "only this part, from its first event on, such as 2s..5s, 500ms.. or ..1s";
