import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { LoadReport } from './dnsperf.ts';

/** How connections of one question each are made. */
export interface Pace {
  /** Connections begun a second at most; undefined for as many as come to their end. */
  readonly rate?: number | undefined;
  /** Looks for replies without ever sleeping, so that no reply has to wake it. */
  readonly spins?: boolean;
}

export interface Connects extends Pace {
  /** What bench/connect.c was compiled to. */
  readonly program: string;
  readonly port: number;
  /** A file of questions, a name and a type a line. */
  readonly questions: string;
  readonly seconds: number;
}

const UNDER_WAY = 16;

/** Connects, asks one question and closes, with at most 16 under way, and waits for the end. */
export async function connects(load: Connects): Promise<LoadReport> {
  const { program, port, questions, seconds, rate = 0, spins = false } = load;
  const amount = [seconds, UNDER_WAY, rate].map(String);
  const args = [`${port}`, questions, ...amount, spins ? 'spin' : 'sleep'];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  return parseConnects(await Promise.race([text(child.stdout), failed]));
}

/**
 * Reads what bench/connect.c prints.
 *
 * @throws Error when it is not all there, or no connection had its reply
 */
export function parseConnects(printed: string): LoadReport {
  const figure = (label: string) => {
    const found = new RegExp(`^${label} ([\\d.]+)$`, 'm').exec(printed)?.[1];
    if (found === undefined) throw new Error(`Cannot read what connect printed: no "${label}"`);
    return Number(found);
  };
  const completed = figure('connections');
  if (completed === 0) throw new Error('Cannot measure: no connection had its reply');
  const queriesPerSecond = completed / figure('seconds');
  return { completed, lost: figure('errors'), queriesPerSecond, times: [] };
}
