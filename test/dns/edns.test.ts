import { expect, test } from 'vitest';
import { optLength, readOptions, writeOpt } from '../../src/dns/edns.ts';

const shown = (options: readonly { code: number; data: Uint8Array }[]) =>
  options.map(({ code, data }) => `${code}:${Buffer.from(data).toString('hex')}`);

test.for([
  ['', []],
  ['00080000', ['8:']],
  ['ffee000161', ['65518:61']],
  ['0003000000080007000118000a0102ffee00026162', ['3:', '8:000118000a0102', '65518:6162']],
] as const)('readOptions() of %j', ([hex, expected]) => {
  const message = Buffer.from(`aabb${hex}ccdd`, 'hex');
  expect(shown(readOptions(message, 2, message.length - 2))).toEqual(expected);
});

test('readOptions() gives copies: the buffer of a datagram is used again', () => {
  const message = Buffer.from('ffee000161', 'hex');
  const options = readOptions(message, 0, message.length);
  message.fill(0);
  expect(shown(options)).toEqual(['65518:61']);
});

test('writeOpt() writes options and an error that readOptions() reads, as long as optLength() says', () => {
  const options = [
    { code: 65518, data: Buffer.from('ab') },
    { code: 3, data: Buffer.alloc(0) },
  ];
  const error = { code: 22, text: 'no' };
  const output = Buffer.alloc(100);
  const end = writeOpt(output, 0, 0, true, error, options);
  expect(end).toBe(optLength(error, options));
  expect(shown(readOptions(output, 11, end))).toEqual(['65518:6162', '3:', '15:00166e6f']);
});
