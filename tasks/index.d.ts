/** The path of the library, for `new WorkerPool(library)` and, with `#` and a name behind it, for `new Worker()`. */
export const library: string

/** The names of its tasks. */
export const names: readonly TaskName[]

export type TaskName = keyof Tasks

/** The argument of a task. */
export type Input<Name extends TaskName> = Parameters<Tasks[Name]>[0]

/** The result of a task. */
export type Result<Name extends TaskName> = ReturnType<Tasks[Name]>

/**
 * The tasks: `new WorkerPool<Tasks>(library)` has their names, arguments and results.
 *
 * All of them refuse a wrong type with `ERR_INVALID_ARG_VALUE` or `ERR_INVALID_ARG_TYPE`, properties that they do not know with
 * `ERR_INVALID_ARG_VALUE`, numbers out of their range with `ERR_OUT_OF_RANGE`, and have `ERR_MEMORY_ALLOCATION_FAILED` when there is not enough
 * memory for their result.
 */
export interface Tasks {
  // Also ERR_ISOTHREADS_IMAGE_FORMAT, ERR_ISOTHREADS_IMAGE_BROKEN and ERR_ISOTHREADS_IMAGE_TOO_LARGE; resize: ERR_MISSING_ARGS without a size.
  imageInfo (input: ImageInfoInput): ImageInfo
  resize (input: ResizeInput): Image
  blur (input: BlurInput): Image
  grey (input: ImageInput): Image
  encode (input: ImageInput): Image

  // csvToJson also ERR_ISOTHREADS_CSV; jsonToCsv ERR_ISOTHREADS_JSON and, of more than 2 ** 30 fields, ERR_BUFFER_TOO_LARGE.
  sortArray (input: SortArrayInput): TypedArray
  aggregate (input: AggregateInput): Aggregate
  aggregateBy (input: AggregateByInput): Group[]
  csvToJson (input: CsvToJsonInput): Record<string, Field>[] | Field[][] | Uint8Array
  jsonToCsv (input: JsonToCsvInput): Uint8Array

  // Also ERR_CRYPTO_INVALID_DIGEST; scrypt: ERR_CRYPTO_INVALID_SCRYPT_PARAMS, and ERR_INCOMPATIBLE_OPTION_PAIR when an option has both its names.
  hash (input: HashInput): string | Uint8Array
  hmac (input: HmacInput): string | Uint8Array
  pbkdf2 (input: Pbkdf2Input): Uint8Array | string
  scrypt (input: ScryptInput): Uint8Array | string

  // Decompression also ERR_BUFFER_TOO_LARGE, and Z_BUF_ERROR of what ends too early; of broken data Z_DATA_ERROR, ZSTD_error_... and ERR__ERROR_FORMAT_...
  gzip (input: GzipInput): Uint8Array
  gunzip (input: DecompressInput): Uint8Array
  zstdCompress (input: ZstdCompressInput): Uint8Array
  zstdDecompress (input: DecompressInput): Uint8Array
  brotliCompress (input: BrotliCompressInput): Uint8Array
  brotliDecompress (input: DecompressInput): Uint8Array
}

/** What `onProgress` gets; the last one has a `fraction` of 1. `hash`, `hmac`, `pbkdf2`, `scrypt` and `imageInfo` report nothing. */
export interface Progress {
  step: 'decode' | 'resize' | 'blur' | 'grey' | 'encode' | 'sort' | 'aggregate' | 'parse' | 'write' | 'compress' | 'decompress'
  /** Of the whole task, 0 to 1. */
  fraction: number
}

/** Bytes of memory that is not shared. */
export type Bytes = Uint8Array | Uint8ClampedArray | ArrayBuffer | DataView

/** Text is taken as UTF-8. */
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
  /** A JPEG, PNG or WebP file, or pixels. Of animations the first picture. */
  data: Bytes | RawImage
  /** WebP is written without loss; `'raw'`: as {@link RawImage}. Default: as the data. */
  format?: 'jpeg' | 'png' | 'webp' | 'raw' | undefined
  /** Of JPEG only, 1 to 100. Default: 80. */
  quality?: number | undefined
  /** How many pixels there may be, in the data and in the result; 2 ** 30 at most. Default: 2 ** 27. */
  limitPixels?: number | undefined
}

export interface ResizeInput extends ImageInput {
  /** In pixels, of the upright picture, 1 to 2 ** 22. One of the two may be left out: the aspect says it. */
  width?: number | undefined
  /** As the width. */
  height?: number | undefined
  /**
   * When both are given. `'inside'`: as large as fits, with the aspect of the picture; `'cover'`: what is too much is cut off;
   * `'fill'`: without regard to the aspect. Default: `'inside'`.
   */
  fit?: 'inside' | 'cover' | 'fill' | undefined
  /** Default: `'lanczos3'`. */
  filter?: 'nearest' | 'box' | 'bilinear' | 'bicubic' | 'mitchell' | 'lanczos3' | undefined
}

export interface BlurInput extends ImageInput {
  /** The standard deviation in pixels, 0.3 to 1000. The picture may have 2 ** 22 pixels at most on each side. */
  sigma: number
}

/** Upright, with the colour profile of the data, and nothing else of what was beside its pixels. */
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
  /** Of the upright picture. */
  width: number
  height: number
  channels: number
  hasAlpha: boolean
  bitDepth: number
  /** As Exif has it, 1 to 8. */
  orientation: number
  hasProfile: boolean
  isAnimated: boolean
}

export interface SortArrayInput {
  /** Any typed array; also a Float16Array. The result is of the same type. */
  data: TypedArray
  /** Default: false. */
  descending?: boolean | undefined
}

export interface AggregateInput {
  data: TypedArray | number[]
  /** 0 to 100, 1000 of them at most; between two numbers, in proportion. Default: none. */
  percentiles?: number[] | undefined
  /** The variance is that of a sample: divided by one less than the count. Default: false. */
  sample?: boolean | undefined
}

/** All but the count is NaN of nothing, and where there is a NaN; the sum of nothing is 0. */
export interface Aggregate {
  count: number
  /** Without rounding errors that add up. A bigint of BigInt64Array and BigUint64Array, and so are min and max. */
  sum: number | bigint
  mean: number
  min: number | bigint
  max: number | bigint
  variance: number
  standardDeviation: number
  median: number
  /** In the order in which they were asked for. */
  percentiles: number[]
}

export interface AggregateByInput extends AggregateInput {
  /** As many as there are data. */
  keys: TypedArray | number[] | string[]
}

export interface Group extends Aggregate {
  key: number | bigint | string
}

export interface CsvToJsonInput {
  /** UTF-8, with or without a byte order mark. Lines end in `\n`, `\r\n` or `\r`; empty ones are passed over. */
  data: Data
  /** Whether the first row has the names, or the names. Without names rows are arrays. Default: true. */
  header?: boolean | string[] | undefined
  /** One ASCII character. Default: `','`. */
  delimiter?: string | undefined
  /** One ASCII character. Default: `'"'`. */
  quote?: string | undefined
  /** Leaves the white space around fields out. Default: false. */
  trim?: boolean | undefined
  /** Rows may be shorter than the header: what they do not have is not in their objects. Default: false. */
  flexible?: boolean | undefined
  /**
   * Numbers, true and false are what they look like, and empty fields are null. What JavaScript's numbers could not give back stays text:
   * `007`, and integers of more than 53 bits. Default: false.
   */
  types?: boolean | undefined
  /** `'ndjson'`: a line of JSON for each row, as bytes. Default: `'objects'`. */
  output?: 'objects' | 'ndjson' | undefined
}

/** Strings only, without `types`. */
export type Field = string | number | boolean | null

export interface JsonToCsvInput {
  /** Objects; or JSON: an array of objects, or objects one after the other, as in NDJSON. */
  data: object[] | Data
  /** Which, and their order; each once. Default: all, in the order in which they come first. */
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

/** Upper and lower case are the same. */
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

/** As `crypto.scrypt()`; the options have two names each. */
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
  /** About 128 * N * r bytes of memory are needed; 8 GiB at most, whatever this says. Default: 32 * 1024 * 1024. */
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
  /** With a checksum of the data. Default: false. */
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
  /** More than so many bytes are a RangeError, `ERR_BUFFER_TOO_LARGE`. Default: 2 ** 30. */
  maxOutputLength?: number | undefined
}
