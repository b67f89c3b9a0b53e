import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Files, isStream, MAX_BYTES, notTextFault } from '../corefile/files.ts';
import { type ProblemList, quoted, whole } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import { OFF } from '../plugins/flag.ts';
import type { Tools } from '../sources/folder/render/tools.ts';
import { errorCode, fileFault } from '../support/file-error.ts';
import { OWN } from './corefile-target.ts';
import { type Author, type GivenOptions, optionText } from './given-options.ts';

/** A Corefile as it was read. */
export interface CorefileText {
  /** As messages show it: the path as it was given, which also resolves from the working folder. */
  readonly file: string;
  readonly text: string;
  /** It is the one of this package, because no other was named. */
  readonly isBuiltIn: boolean;
  /** It was not named: it lies in the working folder. */
  readonly isFound: boolean;
}

/** Where things are looked for. */
export interface Places {
  readonly files: Files;
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  /** Folder with the built-in `Corefile` and its `zones`, absolute. */
  readonly packageRoot: string;
  readonly author: Author;
  /** Manifests that a command was told to read instead of any others, absolute. */
  readonly paths: readonly string[] | undefined;
  /** The programs that render manifests. */
  readonly tools: Tools;
  /** The manifests of this package are wanted. */
  readonly hasSamples: boolean;
}

/** Reads the Corefile that was named, or lies in the working folder, or else the built-in one. */
export function readCorefile(
  { config }: GivenOptions,
  { files, cwd, packageRoot, author }: Places,
  problems: ProblemList,
): CorefileText | undefined {
  const builtIn = join(packageRoot, 'Corefile');
  const isHere = relative(cwd, builtIn) === OWN;
  const isNamed = config !== undefined && config.value !== OFF;
  // As CoreDNS does. A program names its Corefile: it may run in any folder.
  const isFound =
    config === undefined && author === 'command line' && !isHere && isFile(join(cwd, OWN), files);
  const isBuiltIn = !isNamed && !isFound;
  const file = isNamed ? config.value : isFound || isHere ? OWN : builtIn;
  // CoreDNS's name for standard input.
  const path = file === 'stdin' ? '/dev/stdin' : resolve(cwd, file);
  const refuse = (why: string) => {
    const place = config?.origin ?? whole(file);
    problems.error('COREFILE_UNREADABLE', `Cannot read ${quoted(path)}: ${why}`, place);
    return undefined;
  };
  try {
    const text = isStream(path) ? files.readStream(path, MAX_BYTES) : files.read(path, MAX_BYTES);
    const fault = notTextFault(text);
    return fault === undefined ? { file, text, isBuiltIn, isFound } : refuse(fault);
  } catch (error) {
    return refuse(reason(error, author));
  }
}

function isFile(path: string, files: Files): boolean {
  return files.list(dirname(path)).includes(basename(path)) && !files.isFolder(path);
}

function reason(error: unknown, author: Author): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return 'there is no such file: expected the path of a Corefile';
    case 'EISDIR':
      return `it is a folder: expected the path of a Corefile (folders of manifests go to ${optionText('manifests', author).replace(/:$/, '')})`;
    case 'EFBIG':
      return `it is longer than ${MAX_BYTES} bytes`;
    default:
      return fileFault(error);
  }
}
