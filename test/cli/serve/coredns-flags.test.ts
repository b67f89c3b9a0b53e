import { expect, test } from 'vitest';
import { translateFlags } from '../../../src/cli/serve/coredns-flags.ts';

test.for([
  ['-conf /etc/coredns/Corefile', '--config /etc/coredns/Corefile'],
  ['-conf=/etc/coredns/Corefile', '--config=/etc/coredns/Corefile'],
  ['--conf Corefile', '--config Corefile'],
  ['--conf=a=b', '--config=a=b'],
  ['-dns.port 1053', '--dns-port 1053'],
  ['--dns.port=1053', '--dns-port=1053'],
  ['-p 1053', '--dns-port 1053'],
  ['-p=1053', '--dns-port=1053'],
  ['-quiet', '--quiet'],
  ['-quiet=true', '--quiet'],
  ['-quiet=false', ''],
  ['-version', '--version'],
  ['-plugins', '--plugins'],
  ['--config Corefile -q --listen :53', '--config Corefile -q --listen :53'],
  ['--configuration x', '--configuration x'],
  ['-- -conf', '-- -conf'],
] as const)('translateFlags() turns "%s" into "%s"', ([before, after]) => {
  expect(translateFlags(before.split(' ')).join(' ')).toBe(after);
});
