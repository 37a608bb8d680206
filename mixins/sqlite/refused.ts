/** The data file cannot be used as it is; the sentence names it and what to do. */
export class DataFileRefused extends Error {
  readonly type = 'DATA_FILE_REFUSED'
}
