/** `-` as everywhere; a file of that name is `./-`. */
export const isStandardInput = (path: string): boolean => path === "-" || path === "/dev/stdin";
