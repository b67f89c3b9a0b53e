import { dns1123Label, labelValue, type NameRule, qualifiedName } from '../names.ts';
import type { Labels, Metadata, Namespace } from '../objects.ts';
import { NO_LABELS } from '../selector.ts';
import { READ_ANNOTATIONS } from '../well-known.ts';
import type { Field } from './field.ts';
import { type FieldNames, fieldNames, struct, whole } from './struct.ts';

/** Most labels read of one object; the API bounds only the size of the whole object. */
const MAX_LABELS = 1_000;

/** Longest annotation that is read, characters: the API's own limit is 256 KiB for all of them. */
const MAX_ANNOTATION = 4096;

const ANNOTATIONS = 'annotations';

/** The members of `metadata`. */
export const METADATA = whole(
  struct(
    'v1.ObjectMeta',
    'name namespace labels',
    'annotations generateName uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds ownerReferences finalizers managedFields selfLink clusterName',
  ),
);

/**
 * Reads `metadata` of a namespaced object, which may leave its namespace unsaid, and warns of
 * members of the object itself that are not among `members`.
 */
export function readMetadata(root: Field, nameRule: NameRule, members?: FieldNames): Metadata {
  const { report } = root;
  const metadata = root.get('metadata').mapping(METADATA.go);
  const namespace = metadata.get('namespace');
  report.namespace = namespace.string() || report.defaultNamespace;
  const name = readName(metadata, nameRule);
  namespace.obeys(dns1123Label, report.namespace);
  const labels = readLabels(metadata.get('labels'));
  checkAnnotations(metadata.get(ANNOTATIONS));
  // Not before the name is read, which messages begin with.
  metadata.warnOfTypos(METADATA);
  if (members !== undefined) root.warnOfTypos(members);
  return { namespace: report.namespace, name, labels, origin: report.origin };
}

const NAMESPACE = whole(fieldNames('apiVersion kind metadata', 'spec status'));

/** Reads a v1 Namespace. */
export function readNamespace(root: Field): Namespace {
  return { kind: 'Namespace', ...readClusterMetadata(root, dns1123Label, NAMESPACE) };
}

/** Reads `metadata` of a cluster-wide object, whose namespace the API server ignores. */
export function readClusterMetadata(
  root: Field,
  nameRule: NameRule,
  members: FieldNames,
): Metadata {
  const metadata = root.get('metadata').mapping(METADATA.go);
  const name = readName(metadata, nameRule);
  const labels = readLabels(metadata.get('labels'));
  checkAnnotations(metadata.get(ANNOTATIONS));
  metadata.warnOfTypos(METADATA);
  root.warnOfTypos(members);
  return { namespace: '', name, labels, origin: root.report.origin };
}

/** Reads labels or a selector into a Map, because `__proto__` is a legal-looking key. */
export function readLabels(field: Field): Labels {
  const keys = field.mapping('map[string]string').keys();
  if (keys.length === 0) return NO_LABELS;
  if (keys.length > MAX_LABELS) field.tooMany(keys.length, MAX_LABELS);
  const labels = new Map<string, string>();
  for (const key of keys.slice(0, MAX_LABELS)) {
    const entry = field.entry(key);
    const text = entry.string();
    // The API server names the map; the place is the entry's.
    entry.shownAs(field.text());
    entry.obeys(qualifiedName, key);
    entry.obeys(labelValue, text);
    labels.set(key, text);
  }
  return labels;
}

/** The annotations of an object that decide about names and addresses. */
export function readAnnotations(root: Field): Labels {
  return annotationsOf(root.get('metadata').get(ANNOTATIONS));
}

/** The same of the metadata of a Pod or a template, of which few have any. */
export function someAnnotations(metadata: Field): { readonly annotations?: Labels } {
  const annotations = annotationsOf(metadata.get(ANNOTATIONS));
  return annotations.size > 0 ? { annotations } : {};
}

function annotationsOf(field: Field): Labels {
  const annotations = new Map<string, string>();
  for (const key of READ_ANNOTATIONS) {
    const entry = field.entry(key);
    if (!entry.present) continue;
    const text = entry.value;
    // What is not text has been reported with the rest of the metadata.
    if (typeof text !== 'string') continue;
    if (text.length > MAX_ANNOTATION) entry.tooLong(MAX_ANNOTATION);
    else annotations.set(key, text);
  }
  return annotations.size === 0 ? NO_LABELS : annotations;
}

/** As ValidateAnnotations: every key a name, and every value text. */
function checkAnnotations(field: Field): void {
  for (const key of field.mapping('map[string]string').keys().slice(0, MAX_LABELS)) {
    const entry = field.entry(key);
    entry.string();
    entry.shownAs(field.text());
    for (const fault of qualifiedName(key.toLowerCase())) entry.invalid(key, fault);
  }
}

function readName(metadata: Field, rule: NameRule): string {
  const field = metadata.get('name');
  const name = field.string();
  metadata.report.name = name;
  if (name !== '') {
    field.obeys(rule, name);
  } else if (metadata.get('generateName').present) {
    field.required('generateName makes a new name in every cluster: write metadata.name');
  } else {
    field.required('name or generateName is required');
  }
  return name;
}
