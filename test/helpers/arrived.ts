import { Query } from '../../src/dns/query.ts';

export type Circumstances = Partial<
  Pick<Query, 'offset' | 'peer' | 'local' | 'transport' | 'sink' | 'receivedAt'>
>;

/** A message as a listener hands it over; with an `offset`, among bytes that are not its own. */
export function arrived(message: Buffer, circumstances: Circumstances = {}): Query {
  const { length } = message;
  const { offset = 0 } = circumstances;
  const others = (bytes: number) => Buffer.alloc(bytes, 0xff);
  const input = offset === 0 ? message : Buffer.concat([others(offset), message, others(9)]);
  return Object.assign(new Query(), circumstances, { input, length });
}
