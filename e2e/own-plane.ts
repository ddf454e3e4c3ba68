/** Before each file: which of the control planes that e2e/main.ts has started is its own. */
import path from 'node:path';

const kubeconfigs = (process.env.REFLUX_E2E_KUBECONFIGS ?? '').split(path.delimiter);
/** 1 and up; no two workers have the same at the same time. */
const worker = Number(process.env.VITEST_POOL_ID);
const kubeconfig = kubeconfigs[worker - 1];
if (kubeconfig === undefined || kubeconfig === '')
  throw new Error(`no control plane for worker ${worker}: start this with \`npm run e2e\``);

for (const suite of ['E2E', 'CONFORMANCE', 'DAEMON', 'HELM'])
  process.env[`REFLUX_${suite}_KUBECONFIG`] = kubeconfig;
