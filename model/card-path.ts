/** Where the card of a model lies (training-card.ts). */
export function cardPath(modelPath: string): string {
  return `${modelPath.replace(/\.nt$/, "")}.training.json`;
}
