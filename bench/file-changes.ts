import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { service, serviceOf } from './dump.ts';
import type { FolderServer } from './folder-server.ts';

const FILES = 1000;
/** Of so many changes one is asked for. */
const SAMPLE = 20;
/** Between two questions for one change, ms. */
const ASK_MS = 2;
/** By then the file has been changed again, ms. */
const LOST_MS = 900;

/** What changes came to. */
export interface ChangesReport {
  /** Written a second. */
  readonly rate: number;
  /** From a write to its answer, ms. */
  readonly delays: readonly number[];
  /** CPU time of a change: the server's, and that of whoever writes and asks; µs. */
  readonly cpu: number;
  readonly loadCpu: number;
  /** The latest that a change was written after its time, ms. */
  readonly late: number;
}

/**
 * Changes 1,000 files in turn, so many a second. Each turn of the loop writes all that are due, so
 * that a late timer leaves none out.
 */
export async function changeFiles(
  server: FolderServer,
  { aSecond, seconds }: { readonly aSecond: number; readonly seconds: number },
): Promise<ChangesReport> {
  for (let at = 0; at < FILES; at += 1) server.write(`s${at}.yaml`, fileOf(at, serviceOf(at).ip));
  await server.start(FILES - 1, 3000);
  const delays: number[] = [];
  const asked: Promise<void>[] = [];
  const cpu = server.cpu;
  const ours = process.cpuUsage();
  const began = performance.now();
  let late = 0;
  const all = seconds * aSecond;
  for (let change = 0; change < all; ) {
    const due = Math.min(all, (performance.now() - began) * (aSecond / 1000));
    late = Math.max(late, ((due - change) * 1000) / aSecond);
    for (; change < due; change += 1) {
      const at = (change * 7) % FILES;
      const ip = `10.${100 + (change >> 16)}.${(change >> 8) & 255}.${change & 255}`;
      server.write(`s${at}.yaml`, fileOf(at, ip));
      if (change % SAMPLE === 0) asked.push(untilAnswered(server.client, at, ip, delays));
    }
    await sleep(1);
  }
  const rate = all / ((performance.now() - began) / 1000);
  await Promise.all(asked);
  const { user, system } = process.cpuUsage(ours);
  const used = ((server.cpu - cpu) * 1e6) / all;
  await server.stop();
  return { rate, delays, cpu: used, loadCpu: (user + system) / all, late };
}

function fileOf(at: number, ip: string): string {
  return service(at).join('\n').replaceAll(serviceOf(at).ip, ip).concat('\n');
}

async function untilAnswered(client: Client, at: number, ip: string, delays: number[]) {
  const { name } = serviceOf(at);
  const wrote = performance.now();
  while (performance.now() - wrote < LOST_MS) {
    if ((await client.ask(name)) === ip) break;
    await sleep(ASK_MS);
  }
  delays.push(performance.now() - wrote);
}
