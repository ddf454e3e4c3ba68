import path from 'node:path';

/** The kubeconfig of the control plane that this file has for its own. */
export function kubeconfig(): string {
  const file = process.env.REFLUX_E2E_KUBECONFIG ?? '';
  if (file === '')
    throw new Error('REFLUX_E2E_KUBECONFIG is not set: start this with `npm run e2e`');
  return file;
}

/** What the API server's certificate is signed by: itself. */
export const certificateAuthority = (): string =>
  path.join(path.dirname(kubeconfig()), 'certificates/apiserver.crt');
