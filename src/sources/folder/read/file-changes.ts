import type { DocumentSink, ParsedFile } from '../parse/parsed-file.ts';

/** A file whose content is new, or that can no longer be read. */
export interface ChangedFile {
  /** As in Origins. */
  readonly file: string;
  /** Of the content; '' when it cannot be read. */
  readonly hash: string;
  /** When it became so, on `Clock.now()`; when it was seen, if the file's time does not say. */
  readonly changedAt: number;
  /**
   * Parses the content. Not done before, so that a first load holds the bytes of all files but the
   * values of one; call it once, turn the result into objects and let it go.
   */
  parse(sink?: DocumentSink): ParsedFile;
}

/** How the files differ from what was delivered before. */
export interface FileChanges {
  /** In the order of their paths. */
  readonly changed: readonly ChangedFile[];
  readonly removed: readonly string[];
  /** Look again after this long, as something is not certain yet; ms. */
  readonly lookAgainMs: number | undefined;
}

/** How some of the files differ. */
export interface SomeChanges extends Pick<FileChanges, 'changed'> {
  /** All of them are there, and as they will stay; else all files have to be looked at. */
  readonly isCertain: boolean;
}

/** When a comparison is made, and how closely. */
export interface Look {
  /** `Clock.now()`, ms. */
  readonly now: number;
  readonly wallSeconds: number;
  /** Read every file, whatever its times say: heals what the watcher and the times have missed. */
  readonly isDeep: boolean;
}
