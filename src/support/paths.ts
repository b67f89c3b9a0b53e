import { isAbsolute, relative, sep } from 'node:path';

/** The name of a file in Origins and messages. */
export function displayName(path: string, workingFolder: string): string {
  const name = relative(workingFolder, path);
  return name === '' || name === '..' || name.startsWith(`..${sep}`) || isAbsolute(name)
    ? path
    : name;
}

/** The same for messages, in which the working folder itself is `.`. */
export function shownPath(path: string, workingFolder: string): string {
  return relative(workingFolder, path) === '' ? '.' : displayName(path, workingFolder);
}

/** Whether a path is a folder's or leads into it; both absolute. */
export function isInFolder(path: string, folder: string): boolean {
  if (path === folder) return true;
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** The path of an entry of a folder; `join` would look for `..` in it, which no entry has. */
export function entryPath(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : `${folder}${sep}${name}`;
}
