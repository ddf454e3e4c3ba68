/** Events of a Kustomization: their reason is that of its Ready condition at the time. */
import type { Draft } from '../runtime/mod.ts';
import { kustomizeGroup } from './metadata.ts';

export type TellOf = (
  severity: 'info' | 'error',
  message: string,
  revision?: string,
  more?: { originRevision?: string | undefined; commitStatus?: boolean },
) => void;

export const teller =
  (draft: Draft): TellOf =>
  (severity, message, revision = '', { originRevision = '', commitStatus = false } = {}) => {
    const metadata = Object.entries({
      revision,
      originRevision,
      commit_status: commitStatus ? 'update' : '',
    }).flatMap(([key, value]) => (value === '' ? [] : [[`${kustomizeGroup}/${key}`, value]]));
    draft.tell({
      severity,
      reason: draft.conditions.get('Ready')?.reason ?? severity,
      message,
      metadata: Object.fromEntries(metadata) as Record<string, string>,
    });
  };
