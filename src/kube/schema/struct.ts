/** The members of one mapping: those the API has, and those that are read here. */
export interface FieldNames {
  readonly all: ReadonlySet<string>;
  readonly read: readonly string[];
  /** Members that people put here but belong somewhere else, and where. */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** `all` has every member of the API: any other is a mistake. */
  readonly isWhole?: true;
}

/** A struct of the API. */
export interface Struct extends FieldNames {
  /** With its package, as Go's decoder names it: `v1.ServicePort`. */
  readonly go: string;
}

/** `read` are worth a typo warning; `others` exist in the API and must not be taken for typos. */
export function fieldNames(
  read: string,
  others = '',
  elsewhere: Readonly<Record<string, string>> = {},
): FieldNames {
  const readNames = read.split(' ');
  return {
    read: readNames,
    all: new Set([...readNames, ...others.split(' ')]),
    elsewhere: new Map(Object.entries(elsewhere)),
  };
}

/** A struct with such members. */
export function struct(go: string, ...names: Parameters<typeof fieldNames>): Struct {
  return { go, ...fieldNames(...names) };
}

/** Marks names as complete: they have every member of the API in any version of Kubernetes. */
export function whole<T extends FieldNames>(names: T): T {
  return { ...names, isWhole: true };
}
