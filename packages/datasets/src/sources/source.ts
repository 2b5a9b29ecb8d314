import type { Readable } from 'node:stream';
import type { DataFile } from '../dataset-files.ts';

/** A place where data files may be found. */
export interface DatasetSource {
  /** For messages: "the folder /usr/share/…", "the Debian package …". */
  readonly name: string;
  /**
   * Opens one file. `scratch` is an empty folder of this run that is removed afterwards.
   * Rejects with an error whose message says why the file is not to be had here.
   */
  open(file: DataFile, scratch: string, options: OpenOptions): Promise<Readable>;
}

export interface OpenOptions {
  readonly signal: AbortSignal | undefined;
  /** Called with a line for the user before something slow begins. */
  readonly announce: (message: string) => void;
}
