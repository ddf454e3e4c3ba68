/** A chart as a `.tgz`, the same bytes for the same files. */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Chart } from '../chart/mod.ts';

/** Every file as it was loaded, below a folder of the chart's name. */
export async function packChart(chart: Chart): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, data } of chart.raw) {
    archive.entry(
      { name: `${chart.metadata.name}/${name}`, mode: 0o644, mtime: new Date(0) },
      Buffer.from(data),
    );
  }
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(Buffer.from(part as Uint8Array));
  return gzipSync(Buffer.concat(parts));
}
