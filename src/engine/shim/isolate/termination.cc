#include "termination.h"

namespace isothreads {

void Terminate(v8::Isolate* isolate) { isolate->TerminateExecution(); }

bool IsTerminating(v8::Isolate* isolate) { return isolate->IsExecutionTerminating(); }

void CancelTerminationForCleanup(v8::Isolate* isolate) { isolate->CancelTerminateExecution(); }

}  // namespace isothreads
