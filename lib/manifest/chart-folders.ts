/** Charts lie beside manifests and are none. Pure. */

/** Folders that hold both Chart.yaml and values.yaml, with a slash at the end ('' is the root). */
export function chartFolders(files: readonly string[]): string[] {
  const all = new Set(files);
  return files
    .filter((file) => file === 'Chart.yaml' || file.endsWith('/Chart.yaml'))
    .map((file) => file.slice(0, -'Chart.yaml'.length))
    .filter((folder) => all.has(`${folder}values.yaml`));
}
