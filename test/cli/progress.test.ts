import { expect, test } from 'vitest';
import { Progress } from '../../src/cli/progress.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

function shown(showsProgress: boolean): string {
  const clock = new FakeClock();
  let text = '';
  const stderr = (more: string) => {
    text += more;
  };
  const progress = new Progress({ clock, showsProgress, stderr });
  for (const step of [1, 2, 3, 4]) {
    progress.show(() => `step ${step}`);
    clock.advance(100);
  }
  progress.end();
  return text;
}

test('Progress is one line on a terminal, five times a second, and gone at the end', () => {
  expect(shown(true)).toBe('\r\u001b[Kstep 1\r\u001b[Kstep 3\r\u001b[K');
});

test('Progress is nothing where there is no terminal', () => {
  expect(shown(false)).toBe('');
});
