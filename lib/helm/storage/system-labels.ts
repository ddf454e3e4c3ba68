/** Labels of stored releases that Helm keeps for itself. */
const systemLabels = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

export function isSystemLabel(key: string): boolean {
  return systemLabels.has(key);
}
