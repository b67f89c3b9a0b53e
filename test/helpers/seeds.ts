import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The manifests out of study notes; its README says what each note shows. */
export const SEEDS = join(import.meta.dirname, '../fixtures/seeds');

/** The notes' folders. */
export const NOTES = ['counter', 'echo', 'ingress', 'nginx', 'node-port', 'webui'] as const;

/** Copies the manifests of these notes, as they were typed, into a folder. */
export function copySeeds(folder: string, notes: readonly string[]): void {
  for (const note of notes) cpSync(join(SEEDS, note), join(folder, note), { recursive: true });
}

/** Gives Services in a folder the addresses that the notes' clusters happened to give them. */
export function addClusterIps(folder: string, addresses: Readonly<Record<string, string>>): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const documents = readFileSync(path, 'utf8').split(/^(?=---$)/m);
    writeFileSync(path, documents.map((text) => withClusterIp(text, addresses)).join(''));
  }
}

function withClusterIp(text: string, addresses: Readonly<Record<string, string>>): string {
  const [, name = ''] = /^ {2}name: (\S+)$/m.exec(text) ?? [];
  const address = addresses[name];
  if (address === undefined || !/^kind: Service$/m.test(text)) return text;
  return text.replace(/^spec:$/m, `spec:\n  clusterIP: ${address}`);
}

/**
 * The Service that `kubectl expose deployment my-nginx` made, with the address that the note shows.
 */
export const EXPOSED = `apiVersion: v1
kind: Service
metadata:
  name: my-nginx
spec:
  clusterIP: 10.100.187.202
  ports:
  - port: 80
    protocol: TCP
    targetPort: 80
  selector:
    run: my-nginx
`;

/** A Pod that runs and is ready. `labels` as in YAML's braces. */
export function readyPod(name: string, labels: string, address: string): string {
  return `apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { ${labels} } }
status: { podIP: ${address}, phase: Running, conditions: [{ type: Ready, status: "True" }] }
---
`;
}
