/** The path of the library, for `new WorkerPool(library)`, and followed by `#` and a name for `new Worker()`. */
export const library: string

/** The names of the tasks. */
export const names: readonly TaskName[]

export type TaskName = keyof Tasks

/** The argument of a task. */
export type Input<Name extends TaskName> = Parameters<Tasks[Name]>[0]

/** The result of a task. */
export type Result<Name extends TaskName> = ReturnType<Tasks[Name]>

/**
 * The tasks. `new WorkerPool<Tasks>(library)` knows their names, arguments and results.
 *
 * All tasks reject with `ERR_INVALID_ARG_VALUE` or `ERR_INVALID_ARG_TYPE` for a wrong type, `ERR_INVALID_ARG_VALUE` for an unknown property,
 * `ERR_OUT_OF_RANGE` for a number out of range, and `ERR_MEMORY_ALLOCATION_FAILED` if there is not enough memory for the result.
 */
export interface Tasks {
  // Also ERR_ISOTHREADS_IMAGE_FORMAT, ERR_ISOTHREADS_IMAGE_BROKEN and ERR_ISOTHREADS_IMAGE_TOO_LARGE; resize without a size: ERR_MISSING_ARGS.
  imageInfo (input: ImageInfoInput): ImageInfo
  resize (input: ResizeInput): Image
  blur (input: BlurInput): Image
  grey (input: ImageInput): Image
  encode (input: ImageInput): Image

  // csvToJson also ERR_ISOTHREADS_CSV; jsonToCsv ERR_ISOTHREADS_JSON and, for more than 2 ** 30 fields, ERR_BUFFER_TOO_LARGE.
  sortArray (input: SortArrayInput): TypedArray
  aggregate (input: AggregateInput): Aggregate
  aggregateBy (input: AggregateByInput): Group[]
  csvToJson (input: CsvToJsonInput): Record<string, Field>[] | Field[][] | Uint8Array
  jsonToCsv (input: JsonToCsvInput): Uint8Array

  // Also ERR_CRYPTO_INVALID_DIGEST; scrypt: ERR_CRYPTO_INVALID_SCRYPT_PARAMS, and ERR_INCOMPATIBLE_OPTION_PAIR if an option is given by both names.
  hash (input: HashInput): string | Uint8Array
  hmac (input: HmacInput): string | Uint8Array
  pbkdf2 (input: Pbkdf2Input): Uint8Array | string
  scrypt (input: ScryptInput): Uint8Array | string

  // Decompression also ERR_BUFFER_TOO_LARGE; Z_BUF_ERROR for truncated data; Z_DATA_ERROR, ZSTD_error_... and ERR__ERROR_FORMAT_... for broken data.
  gzip (input: GzipInput): Uint8Array
  gunzip (input: DecompressInput): Uint8Array
  zstdCompress (input: ZstdCompressInput): Uint8Array
  zstdDecompress (input: DecompressInput): Uint8Array
  brotliCompress (input: BrotliCompressInput): Uint8Array
  brotliDecompress (input: DecompressInput): Uint8Array
}

/** The argument of `onProgress`. The last `fraction` is 1. `hash`, `hmac`, `pbkdf2`, `scrypt` and `imageInfo` report nothing. */
export interface Progress {
  step: 'decode' | 'resize' | 'blur' | 'grey' | 'encode' | 'sort' | 'aggregate' | 'parse' | 'write' | 'compress' | 'decompress'
  /** The finished part of the whole task, 0 to 1. */
  fraction: number
}

/** Bytes in memory that is not shared. */
export type Bytes = Uint8Array | Uint8ClampedArray | ArrayBuffer | DataView

/** Text is encoded as UTF-8. */
export type Data = Bytes | string

export type TypedArray =
  | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | Int32Array | Uint32Array
  | Float32Array | Float64Array | BigInt64Array | BigUint64Array

/** Red, green, blue and alpha of each pixel, as in an `ImageData`. */
export interface RawImage {
  data: Bytes
  width: number
  height: number
  format?: 'raw' | undefined
}

export interface ImageInput {
  /** A JPEG, PNG or WebP file, or pixels. Of an animation only the first picture is used. */
  data: Bytes | RawImage
  /** WebP is lossless; `'raw'`: as {@link RawImage}. Default: the format of the data. */
  format?: 'jpeg' | 'png' | 'webp' | 'raw' | undefined
  /** For JPEG only, 1 to 100. Default: 80. */
  quality?: number | undefined
  /** The largest number of pixels of the data and of the result, at most 2 ** 30. Default: 2 ** 27. */
  limitPixels?: number | undefined
}

export interface ResizeInput extends ImageInput {
  /** The width of the upright picture in pixels, 1 to 2 ** 22. If width or height is missing, it follows from the aspect ratio. */
  width?: number | undefined
  /** As the width. */
  height?: number | undefined
  /**
   * Applies if both sides are given. `'inside'`: the largest picture that fits, with its aspect ratio; `'cover'`: the excess is cut off;
   * `'fill'`: the aspect ratio is ignored. Default: `'inside'`.
   */
  fit?: 'inside' | 'cover' | 'fill' | undefined
  /** Default: `'lanczos3'`. */
  filter?: 'nearest' | 'box' | 'bilinear' | 'bicubic' | 'mitchell' | 'lanczos3' | undefined
}

export interface BlurInput extends ImageInput {
  /** The standard deviation in pixels, 0.3 to 1000. The picture may have at most 2 ** 22 pixels per side. */
  sigma: number
}

/** An upright picture with the colour profile of the data, and no other metadata. */
export interface Image {
  data: Uint8Array
  width: number
  height: number
  format: 'jpeg' | 'png' | 'webp' | 'raw'
}

export interface ImageInfoInput {
  data: Bytes
}

export interface ImageInfo {
  format: 'jpeg' | 'png' | 'webp'
  /** The width of the upright picture. */
  width: number
  height: number
  channels: number
  hasAlpha: boolean
  bitDepth: number
  /** Exif's orientation, 1 to 8. */
  orientation: number
  hasProfile: boolean
  isAnimated: boolean
}

export interface SortArrayInput {
  /** Any typed array, also a Float16Array. The result has the same type. */
  data: TypedArray
  /** Default: false. */
  descending?: boolean | undefined
}

export interface AggregateInput {
  data: TypedArray | number[]
  /** At most 1000 percentiles, 0 to 100, interpolated linearly between two numbers. Default: none. */
  percentiles?: number[] | undefined
  /** Sample variance: the divisor is the count minus one. Default: false. */
  sample?: boolean | undefined
}

/** Without numbers, and with a NaN among them, all values except the count are NaN. The sum of no numbers is 0. */
export interface Aggregate {
  count: number
  /** Rounding errors do not accumulate. For BigInt64Array and BigUint64Array the sum, min and max are bigints. */
  sum: number | bigint
  mean: number
  min: number | bigint
  max: number | bigint
  variance: number
  standardDeviation: number
  median: number
  /** In the requested order. */
  percentiles: number[]
}

export interface AggregateByInput extends AggregateInput {
  /** One key per number of the data. */
  keys: TypedArray | number[] | string[]
}

export interface Group extends Aggregate {
  key: number | bigint | string
}

export interface CsvToJsonInput {
  /** UTF-8, with or without a byte order mark. Lines end in `\n`, `\r\n` or `\r`; empty lines are skipped. */
  data: Data
  /** Whether the first row has the column names, or the names themselves. Without names, rows are arrays. Default: true. */
  header?: boolean | string[] | undefined
  /** One ASCII character. Default: `','`. */
  delimiter?: string | undefined
  /** One ASCII character. Default: `'"'`. */
  quote?: string | undefined
  /** Removes white space around fields. Default: false. */
  trim?: boolean | undefined
  /** Rows may be shorter than the header: missing fields are missing in their objects. Default: false. */
  flexible?: boolean | undefined
  /**
   * Numbers, true and false are converted, and empty fields become null. Text that a JavaScript number cannot reproduce stays text: `007`,
   * and integers of more than 53 bits. Default: false.
   */
  types?: boolean | undefined
  /** `'ndjson'`: a line of JSON per row, as bytes. Default: `'objects'`. */
  output?: 'objects' | 'ndjson' | undefined
}

/** Without `types`, only strings. */
export type Field = string | number | boolean | null

export interface JsonToCsvInput {
  /** Objects; or JSON: an array of objects, or consecutive objects as in NDJSON. */
  data: object[] | Data
  /** The columns in their order, without duplicates. Default: all, in the order of their first occurrences. */
  columns?: string[] | undefined
  /** One ASCII character. Default: `','`. */
  delimiter?: string | undefined
  /** One ASCII character. Default: `'"'`. */
  quote?: string | undefined
  /** Default: true. */
  header?: boolean | undefined
  /** Default: `'\n'`. */
  newline?: '\n' | '\r\n' | undefined
}

/** Case-insensitive. */
export type Sha2 = 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'sha512-224' | 'sha512-256'

export type Encoding = 'hex' | 'base64' | 'base64url' | 'bytes'

export interface HashInput {
  algorithm: Sha2 | 'blake3'
  data: Data
  /** Default: `'hex'`. */
  encoding?: Encoding | undefined
}

export interface HmacInput {
  algorithm: Sha2
  key: Data
  data: Data
  /** Default: `'hex'`. */
  encoding?: Encoding | undefined
}

export interface Pbkdf2Input {
  password: Data
  salt: Data
  /** 1 to 2 ** 31 - 1. */
  iterations: number
  /** In bytes, 0 to 2 ** 31 - 1. */
  keylen: number
  digest: Sha2
  /** Default: `'bytes'`. */
  encoding?: Encoding | undefined
}

/** As `crypto.scrypt()`. Each option has two names. */
export interface ScryptInput {
  password: Data
  salt: Data
  /** In bytes, 0 to 2 ** 31 - 1. */
  keylen: number
  /** A power of two. Default: 16384, also for 0, as with the three others. */
  N?: number | undefined
  cost?: number | undefined
  /** Default: 8. */
  r?: number | undefined
  blockSize?: number | undefined
  /** Default: 1. */
  p?: number | undefined
  parallelization?: number | undefined
  /** The limit of memory; about 128 * N * r bytes are needed, and at most 8 GiB are allowed. Default: 32 * 1024 * 1024. */
  maxmem?: number | undefined
  /** Default: `'bytes'`. */
  encoding?: Encoding | undefined
}

export interface GzipInput {
  data: Data
  /** -1 to 9. Default: -1, which is 6. */
  level?: number | undefined
}

export interface ZstdCompressInput {
  data: Data
  /** -131072 to 22. Default: 3. */
  level?: number | undefined
  /** Whether to add a checksum of the data. Default: false. */
  checksum?: boolean | undefined
}

export interface BrotliCompressInput {
  data: Data
  /** 0 to 11. Default: 11. */
  quality?: number | undefined
  /** 10 to 24. Default: 22. */
  windowBits?: number | undefined
  /** Default: `'generic'`. */
  mode?: 'generic' | 'text' | 'font' | undefined
}

export interface DecompressInput {
  data: Bytes
  /** A larger result is a RangeError, `ERR_BUFFER_TOO_LARGE`. Default: 2 ** 30. */
  maxOutputLength?: number | undefined
}
