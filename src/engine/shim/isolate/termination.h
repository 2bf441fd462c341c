// Ending an isolate's JavaScript from outside: the shim's complete handling of terminations.
//
// Any thread may request a termination. V8 consumes it when the last JavaScript frame is left, or
// when a v8::TryCatch that has seen it is destroyed. The thread that wants the end therefore
// repeats the request until the isolate's thread has ended.
//
// node::Stop() requests one too.
//
// Only the owner of the isolate may cancel a termination, on its thread, after the last JavaScript
// of the program and before cleanup code that must run: later requests have no effect. Cancelling
// earlier would lose a request that was promised to take effect.

#ifndef ISOTHREADS_TERMINATION_H_
#define ISOTHREADS_TERMINATION_H_

#include <v8.h>

namespace isothreads {

// Any thread, while the isolate lives.
void Terminate(v8::Isolate* isolate);
// Whether a call into JavaScript that returned nothing was terminated. Isolate's thread.
bool IsTerminating(v8::Isolate* isolate);
// See above. Isolate's thread.
void CancelTerminationForCleanup(v8::Isolate* isolate);

}  // namespace isothreads

#endif  // ISOTHREADS_TERMINATION_H_
