/** Prometheus on loopback, which looks at programs every second. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import yaml from 'js-yaml';
import { freePort, startCommand } from '../../demo/mod.ts';
import { listening, programFile } from './programs.ts';

/** As a ServiceMonitor of the charts finds it. */
export interface ScrapeTarget {
  job: string;
  namespace: string;
  port: number;
}

export interface Rule {
  name: string;
  /** `inactive`, `pending` when its expression holds, `firing` when it has held for long enough */
  state: string;
  /** What is wrong with its expression; '' when nothing is. */
  lastError: string;
}

export interface Prometheus {
  /** @returns how many series it has now @throws Error with what is wrong with the expression */
  count(expression: string): Promise<number>;
  rules(): Promise<Rule[]>;
  log(): string;
  close(): Promise<void>;
}

/** @param groups of rules, as a PrometheusRule has them */
export async function startPrometheus(
  parent: string,
  targets: readonly ScrapeTarget[],
  groups: readonly unknown[],
): Promise<Prometheus> {
  const folder = path.join(parent, 'prometheus');
  await mkdir(folder);
  const [config, rules] = [path.join(folder, 'config.yaml'), path.join(folder, 'rules.yaml')];
  await writeFile(rules, yaml.dump({ groups }));
  const seldom = { scrape_interval: '1s', evaluation_interval: '1s' };
  const scrape = targets.map(({ job, namespace, port }) => ({
    job_name: job,
    honor_labels: true,
    static_configs: [{ targets: [`127.0.0.1:${port}`], labels: { namespace } }],
  }));
  await writeFile(
    config,
    yaml.dump({ global: seldom, rule_files: [rules], scrape_configs: scrape }),
  );
  const port = await freePort();
  const server = startCommand({
    name: 'prometheus',
    command: [await programFile('prometheus', 'prometheus')],
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: {},
    logFile: path.join(folder, 'log'),
  });
  await listening(server, port);
  const ask = async <T>(question: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${question}`);
    const answer = (await response.json()) as { data?: T; error?: string };
    if (answer.data === undefined) throw new Error(`${question}: ${answer.error ?? 'no answer'}`);
    return answer.data;
  };
  return {
    count: async (expression) => {
      const query = new URLSearchParams({ query: expression }).toString();
      return (await ask<{ result: unknown[] }>(`query?${query}`)).result.length;
    },
    rules: async () =>
      (await ask<{ groups: { rules: Partial<Rule>[] }[] }>('rules')).groups
        .flatMap((group) => group.rules)
        .map(({ name = '', state = '', lastError = '' }) => ({ name, state, lastError })),
    log: () => server.log(),
    close: () => server.stop(),
  };
}
