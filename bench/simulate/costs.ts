import { readFileSync } from 'node:fs';

/** What was measured of one svcdns: `bench/simulate/costs.json`. */
export interface Costs {
  /** When, and on what. */
  readonly measured: string;
  /** RSS with so many objects, MB, at three points that are not on one line. */
  readonly memory: readonly MemoryPoint[];
  /** CPU time of a changed slice with so many endpoints, µs, at two points. */
  readonly change: readonly { readonly endpoints: number; readonly microseconds: number }[];
  /** CPU time of a query, µs: as a Pod asks, half of them for names that do not exist. */
  readonly query: number;
  /** CPU time from the start until everything is listed and answered, s, at two points. */
  readonly start: readonly { readonly objects: number; readonly seconds: number }[];
}

interface MemoryPoint {
  readonly services: number;
  readonly endpoints: number;
  readonly megabytes: number;
}

/** The costs of any number of objects. */
export interface CostModel {
  /** MB. */
  memory(services: number, endpoints: number): number;
  /** CPU seconds of a changed slice. */
  change(endpoints: number): number;
  /** CPU seconds of a query. */
  readonly query: number;
  /** CPU seconds of a start; Services and endpoints cost alike. */
  start(objects: number): number;
}

/** @throws SyntaxError, or an error of reading */
export function readCosts(file: string | URL): Costs {
  return JSON.parse(readFileSync(file, 'utf8')) as Costs;
}

/** Straight lines through the points that were measured. */
export function costModel({ memory, change, query, start }: Costs): CostModel {
  const [base, ofService, ofEndpoint] = plane(memory);
  return {
    memory: (services, endpoints) => base + services * ofService + endpoints * ofEndpoint,
    change: line(change.map(({ endpoints, microseconds }) => [endpoints, microseconds / 1e6])),
    query: query / 1e6,
    start: line(start.map(({ objects, seconds }) => [objects, seconds])),
  };
}

function line(points: readonly (readonly [number, number])[]): (x: number) => number {
  const [[x0, y0], [x1, y1]] = points as [readonly [number, number], readonly [number, number]];
  return (x) => y0 + ((y1 - y0) / (x1 - x0)) * (x - x0);
}

/** `[base, of a Service, of an endpoint]` of the plane through three points (Cramer's rule). */
function plane(points: readonly MemoryPoint[]): [number, number, number] {
  const [first, ...others] = points as [MemoryPoint, ...MemoryPoint[]];
  const [a, b] = others.map(({ services, endpoints, megabytes }) => ({
    s: services - first.services,
    e: endpoints - first.endpoints,
    m: megabytes - first.megabytes,
  })) as [Step, Step];
  const determinant = a.s * b.e - b.s * a.e;
  const ofService = (a.m * b.e - b.m * a.e) / determinant;
  const ofEndpoint = (a.s * b.m - b.s * a.m) / determinant;
  const base = first.megabytes - first.services * ofService - first.endpoints * ofEndpoint;
  return [base, ofService, ofEndpoint];
}

interface Step {
  readonly s: number;
  readonly e: number;
  readonly m: number;
}
