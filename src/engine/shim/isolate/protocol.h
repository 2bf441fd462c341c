// Generated from codec/protocol.json: change that, and run `npm run protocol`.

#ifndef ISOTHREADS_PROTOCOL_H_
#define ISOTHREADS_PROTOCOL_H_

#include <stdint.h>

// What became of a call into JavaScript.
enum isothreads_dispatch_status : int32_t {
  ISOTHREADS_DISPATCHED = 0,
  ISOTHREADS_THREW = 1,  // The listener threw, which was reported as an uncaught exception.
  ISOTHREADS_TERMINATING = 2  // The isolate is being terminated: call nothing more.
};

// What a value of a record is.
enum isothreads_leaf_kind : uint32_t {
  ISOTHREADS_UNDEFINED = 0,
  ISOTHREADS_NULL = 1,
  ISOTHREADS_TRUE = 2,
  ISOTHREADS_FALSE = 3,
  ISOTHREADS_NUMBER = 4,
  ISOTHREADS_LATIN1 = 5,
  ISOTHREADS_UTF16 = 6
};

// How an attempt to push or pop ended.
enum isothreads_queue_status : int32_t {
  ISOTHREADS_QUEUE_DONE = 0,
  ISOTHREADS_QUEUE_NOT_NOW = 1,  // The queue is full, or empty.
  ISOTHREADS_QUEUE_NEVER = 2,  // The queue is closed and, for a pop, empty.
  ISOTHREADS_QUEUE_TOO_LONG = 3  // No slot is that large.
};

// What the value in a slot of a queue is.
enum isothreads_slot_kind : uint8_t {
  ISOTHREADS_SLOT_UNDEFINED = 0,
  ISOTHREADS_SLOT_NULL = 1,
  ISOTHREADS_SLOT_TRUE = 2,
  ISOTHREADS_SLOT_FALSE = 3,
  ISOTHREADS_SLOT_NUMBER = 4,  // 8 bytes, as the machine has them.
  ISOTHREADS_SLOT_LATIN1 = 5,
  ISOTHREADS_SLOT_UTF16 = 6,  // Two bytes a unit, as the machine has them.
  ISOTHREADS_SLOT_BYTES = 7,  // A Uint8Array.
  ISOTHREADS_SLOT_BIGINT = 8,  // 8 bytes, signed.
  ISOTHREADS_SLOT_SERIALIZED = 9,  // As V8 writes it.
  ISOTHREADS_SLOT_BOXED = 10  // The number of a message that is kept outside of the queue: it is too large, or not only bytes.
};

#endif  // ISOTHREADS_PROTOCOL_H_
