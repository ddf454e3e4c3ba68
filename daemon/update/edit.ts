/** Changes to workloads, as data: where and how they are written depends on where the manifest comes from. */
import { updateImage, updatePolicies } from '../../lib/manifest/mod.ts';
import type { ImageChange, Workload } from '../automation/automate.ts';

export type WorkloadEdit =
  | ({ type: 'image' } & ImageChange)
  | {
      type: 'policy';
      workload: Workload;
      /** Policy name to value. */
      add: Readonly<Record<string, string>>;
      remove: readonly string[];
    };

export const imageEdits = (changes: readonly ImageChange[]): WorkloadEdit[] =>
  changes.map((change) => ({ type: 'image', ...change }));

/** IDs of the workloads that are edited, each once. */
export const editedWorkloads = (edits: readonly WorkloadEdit[]): string[] => [
  ...new Set(edits.map(({ workload }) => workload.id)),
];

/**
 * The new texts of the files that change, by path.
 *
 * @throws ManifestError when a file cannot be edited so that it says exactly what is wanted
 */
export function editTexts(
  edits: readonly WorkloadEdit[],
  texts: ReadonlyMap<string, string>,
): Map<string, string> {
  const files = new Map<string, string>();
  for (const edit of edits) {
    const { source } = edit.workload;
    const before = texts.get(source) ?? '';
    const text = files.get(source) ?? before;
    const after = editText(edit, text);
    if (after !== before || files.has(source)) files.set(source, after);
  }
  return files;
}

export function editText(edit: WorkloadEdit, text: string): string {
  const { source, written } = edit.workload;
  const { name = '', namespace } = written.metadata;
  const address = { kind: written.kind, name, namespace };
  return edit.type === 'image'
    ? updateImage(text, source, address, edit.container, edit.target)
    : updatePolicies(text, source, address, edit);
}
