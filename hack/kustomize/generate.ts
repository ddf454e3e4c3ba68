export function writeRandomFolder(seed: number): { root: string; folder: string } {
  return { root: String(seed), folder: '' };
}
