/** How another cluster is reached. Pure. */
import { nameRef, object, rules, text } from './schema.ts';
import type { Schema } from './schema.ts';

const message =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';

export const kubeConfig = (description: string): Schema =>
  object(
    description,
    {
      configMapRef: nameRef(
        'ConfigMap with `provider` (generic, aws, azure, gcp), `cluster`, `address`, `ca.crt`, `audiences`, `serviceAccountName`.',
      ),
      secretRef: object(
        'Secret with a kubeconfig.',
        {
          name: text('Name of the Secret.'),
          key: text('Key in the Secret; `value` or `value.yaml` when not set.'),
        },
        ['name'],
      ),
    },
    [],
    rules(
      ['has(self.configMapRef) || has(self.secretRef)', message],
      ['!has(self.configMapRef) || !has(self.secretRef)', message],
    ),
  );
