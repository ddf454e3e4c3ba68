/** Access reviews: the sandbox allows everything to everybody it knows. */
import { isObject } from './schema/type-node.ts';

export function review(body: unknown, user: string): unknown {
  const sent = isObject(body) ? body : {};
  if (sent.kind === 'SelfSubjectReview') {
    return {
      ...sent,
      status: { userInfo: { username: user, groups: ['system:masters', 'system:authenticated'] } },
    };
  }
  if (sent.kind === 'SelfSubjectRulesReview') {
    return {
      ...sent,
      status: {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      },
    };
  }
  return { ...sent, status: { allowed: true, reason: 'the sandbox allows everything' } };
}
