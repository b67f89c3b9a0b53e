import { readFileSync } from 'node:fs';

/** CPU time that a process has used; seconds. */
export interface CpuTime {
  readonly user: number;
  readonly system: number;
}

/** Linux counts CPU time for programs in 1/100 s, on every machine (USER_HZ). */
const TICKS_A_SECOND = 100;

/** CPU seconds a process has used, user and system, all threads, from /proc. */
export function cpuSeconds(pid: number): number {
  const { user, system } = cpuTime(pid);
  return user + system;
}

/** What a process has used, with all its threads and the children that have ended. */
export function cpuTime(pid: number): CpuTime {
  return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** Reads /proc/PID/stat (proc(5)): utime, stime, cutime and cstime are its fields 14 to 17. */
export function parseStat(text: string): CpuTime {
  // The program's name, in parentheses, may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (field: number) => Number(fields[field - 3]) / TICKS_A_SECOND;
  return { user: seconds(14) + seconds(16), system: seconds(15) + seconds(17) };
}

/** Memory of a process that is in RAM; MB. From /proc/PID/status, whose `kB` are of 1024 bytes. */
export function residentMegabytes(pid: number): number {
  return parseResident(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

export function parseResident(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error('Cannot read /proc/PID/status: found no VmRSS');
  return (Number(kibibytes) * 1024) / 1e6;
}

/** The processors in a list like `0-2,5`, as /proc/PID/status has them in Cpus_allowed_list. */
export function parseProcessors(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}
