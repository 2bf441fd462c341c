// Trace events: https://nodejs.org/api/tracing.html

#include <node.h>
#include <v8-platform.h>

#include <cstdint>

#include "interface.h"

extern "C" {

void isothreads_trace_thread_name(const char* name) {
#ifndef V8_USE_PERFETTO
  v8::TracingController* controller = node::GetTracingController();
  if (controller == nullptr) return;
  const uint8_t* is_enabled = controller->GetCategoryGroupEnabled("__metadata");
  if (*is_enabled == 0) return;
  // The numbers of V8's trace macros, which are not among Node's headers.
  constexpr char kMetadata = 'M';
  constexpr uint8_t kCopiedString = 7;
  const char* argument = "name";
  uint64_t value = reinterpret_cast<uintptr_t>(name);
  controller->AddTraceEvent(kMetadata, is_enabled, "thread_name", nullptr, 0, 0, 1, &argument,
                            &kCopiedString, &value, nullptr, 0);
#endif
}
}
