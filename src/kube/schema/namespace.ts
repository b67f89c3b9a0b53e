import { dns1123Label } from '../names.ts';
import type { Namespace } from '../objects.ts';
import { type Field, fieldNames } from './field.ts';
import { readClusterMetadata } from './metadata.ts';

const NAMESPACE = fieldNames('apiVersion kind metadata', 'spec status');

/** Reads a v1 Namespace. */
export function readNamespace(root: Field): Namespace {
  const metadata = readClusterMetadata(root, dns1123Label);
  root.warnOfTypos(NAMESPACE);
  return { kind: 'Namespace', ...metadata };
}
