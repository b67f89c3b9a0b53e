import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Load {
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  /** A file of questions, a name and a type a line. */
  readonly questions: string;
  readonly seconds: number;
  /** Queries a second at most; undefined for as many as come back. */
  readonly rate?: number | undefined;
  /** Whether the time of every single reply is wanted. */
  readonly times?: boolean;
}

/** What dnsperf reports of a run. */
export interface LoadReport {
  readonly completed: number;
  readonly lost: number;
  readonly queriesPerSecond: number;
  /** How long each reply took, sorted; seconds. Empty unless it was asked for. */
  readonly times: readonly number[];
}

/** Sends queries from 4 sockets with at most 200 under way, and waits for the end. */
export async function dnsperf(load: Load): Promise<LoadReport> {
  const { port, transport, questions, seconds, rate, times = false } = load;
  const target = ['-s', '127.0.0.1', '-p', `${port}`, '-m', transport, '-d', questions];
  const amount = ['-l', `${seconds}`, '-c', '4', '-q', '200', '-T', '1', '-t', '2'];
  const most = rate === undefined ? [] : ['-Q', `${Math.max(1, Math.floor(rate))}`];
  const args = [...target, ...amount, ...most, ...(times ? ['-v'] : [])];
  // dnsperf warns of each lost query on stderr; their number is in its report.
  const child = spawn('dnsperf', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  return parseReport(await Promise.race([text(child.stdout), failed]));
}

/**
 * Reads what dnsperf 2.10 and newer print.
 *
 * @throws Error when it has no statistics, or no query was answered
 */
export function parseReport(report: string): LoadReport {
  const figure = (label: string) => {
    const found = new RegExp(`^ +${label}: +([\\d.]+)`, 'm').exec(report)?.[1];
    if (found === undefined) throw new Error(`Cannot read dnsperf's report: no "${label}"`);
    return Number(found);
  };
  const completed = figure('Queries completed');
  if (completed === 0) throw new Error('Cannot measure: no query was answered');
  const times = Array.from(report.matchAll(/^> \S+ \S+ \S+ ([\d.]+)$/gm), ([, time]) =>
    Number(time),
  );
  return {
    completed,
    lost: figure('Queries lost'),
    queriesPerSecond: figure('Queries per second'),
    times: times.sort((a, b) => a - b),
  };
}
