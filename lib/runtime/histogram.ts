/**
 * A histogram for many sets of labels. That of prom-client keys its counts by the bounds, which makes each set an array as
 * long as the greatest bound: 130 KiB for every release in those of helm-operator.
 */
export interface Histogram {
  observe(labels: Readonly<Record<string, string>>, value: number): void;
  /** Drops what was observed with these labels. */
  remove(labels: Readonly<Record<string, string>>): void;
  /** In Prometheus' text format. */
  text(): string;
}

export interface HistogramOptions {
  name: string;
  help: string;
  /** In the order in which they are printed. */
  labelNames: readonly string[];
  /** Upper bounds, ascending. */
  buckets: readonly number[];
}

interface Series {
  /** Values up to each bound and above the one before; those above all come last. */
  counts: number[];
  sum: number;
}

export function createHistogram({ name, help, labelNames, buckets }: HistogramOptions): Histogram {
  const all = new Map<string, Series>();
  const keyOf = (labels: Readonly<Record<string, string>>) =>
    labelNames.map((label) => `${label}="${escaped(labels[label] ?? '')}"`).join(',');
  return {
    observe: (labels, value) => {
      const key = keyOf(labels);
      const series = all.get(key) ?? { counts: [...buckets, 0].map(() => 0), sum: 0 };
      all.set(key, series);
      const found = buckets.findIndex((bound) => value <= bound);
      const at = found < 0 ? buckets.length : found;
      series.counts[at] = (series.counts[at] ?? 0) + 1;
      series.sum += value;
    },
    remove: (labels) => {
      all.delete(keyOf(labels));
    },
    text: () => {
      const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
      for (const [labels, { counts, sum }] of all) {
        let total = 0;
        counts.forEach((count, at) => {
          total += count;
          lines.push(`${name}_bucket{le="${buckets[at] ?? '+Inf'}",${labels}} ${total}`);
        });
        lines.push(`${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${total}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
