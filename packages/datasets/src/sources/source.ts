import type { DataFile } from '../dataset-files.ts';

/** A place where data files may be found. */
export interface DatasetSource {
  /** For messages: "the folder /usr/share/…", "the Debian package …". */
  readonly name: string;
  /**
   * The bytes of one file, as they come. Nothing is opened before the first is asked for, and everything is closed when
   * the loop over them ends. `scratch` is a folder of this run that is removed afterwards.
   * The loop throws an error whose message says why the file is not to be had here.
   */
  read(file: DataFile, scratch: string, options: ReadOptions): AsyncIterable<Uint8Array>;
}

export interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  /** Called with a line for the user before something slow begins. */
  readonly announce: (message: string) => void;
}
