import { type Check, type Finding, ok, warn } from '../finding.ts';

const STATISTICS = '/proc/net/stat/nf_conntrack';
const COUNT = '/proc/sys/net/netfilter/nf_conntrack_count';
const MOST = '/proc/sys/net/netfilter/nf_conntrack_max';

/** Beyond, the kernel begins to drop new connections, and with them DNS queries. */
const FULL = 0.9;

/**
 * The signature of lookups that hang for 5 s (kubernetes/kubernetes#56903): A and AAAA leave one
 * socket together, address translation races, the second is not inserted and dropped, and the C
 * library waits for its timeout. Counters are those of this network namespace: in a cluster, look
 * on the node.
 */
export const conntrack: Check = {
  id: 'conntrack',
  run({ machine }) {
    const text = machine.read(STATISTICS);
    if (text === undefined) return [];
    const failed = sumOf(text, 'insert_failed');
    const dropped = sumOf(text, 'drop');
    const findings: Finding[] = [];
    if (failed > 0) {
      const text = `${failed} packets were dropped as their entry could not be inserted: of A and AAAA sent at once from one socket, one is lost, and the lookup takes 5 s`;
      findings.push(
        warn(text, 'options use-vc in resolv.conf (glibc), or a DNS cache on each node'),
      );
    }
    const [count, most] = [Number(machine.read(COUNT)), Number(machine.read(MOST))];
    if (dropped > 0 || (most > 0 && count > most * FULL)) {
      const text = `the table has ${count} of ${most} entries, and ${dropped} packets were dropped`;
      findings.push(warn(text, 'sudo sysctl net.netfilter.nf_conntrack_max=262144'));
    }
    return findings.length > 0 ? findings : [ok('no packet was lost to address translation')];
  },
};

/** A line of names, then one of hexadecimal numbers for each CPU. */
function sumOf(text: string, column: string): number {
  const [head = '', ...rows] = text.trim().split('\n');
  const at = head.split(/\s+/).indexOf(column);
  if (at < 0) return 0;
  return rows.reduce((sum, row) => sum + Number.parseInt(row.split(/\s+/)[at] ?? '0', 16), 0);
}
