import { describe, expect, test } from 'vitest';
import { SendSample } from '../../../src/server/udp/send-sample.ts';

/** Of so many replies at one time, ms, those that are asked about. */
function asked(sample: SendSample, replies: number, now: number, bytes = 100): number {
  let count = 0;
  for (let i = 0; i < replies; i++) if (sample.takes(bytes, now)) count++;
  return count;
}

describe('SendSample', () => {
  test('asks about every reply of 1,000 a second', () => {
    const sample = new SendSample();
    let count = 0;
    for (let ms = 0; ms < 1000; ms++) if (sample.takes(100, ms)) count++;
    expect(count).toBe(1000);
  });

  test('asks about one in 16 of more', () => {
    const sample = new SendSample();
    expect(asked(sample, 100, 0)).toBe(100);
    expect(asked(sample, 1600, 99)).toBe(100);
    expect(asked(sample, 1700, 100)).toBe(200);
  });

  test('asks about all for a minute once one was refused', () => {
    const sample = new SendSample();
    asked(sample, 100, 0);
    sample.refused(0);
    expect(asked(sample, 1000, 59_999)).toBe(1000);
    expect(asked(sample, 1700, 60_099)).toBe(200);
  });

  test('asks about all that may be too large for a path', () => {
    const sample = new SendSample();
    asked(sample, 100, 0);
    expect(asked(sample, 1000, 0, 1233)).toBe(1000);
  });
});
