/** Identities of single service accounts are off in the originals, too, until a feature gate is set: their words for it. */
export const accountNeedsGate =
  'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller';
