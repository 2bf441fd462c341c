#ifndef ISOTHREADS_PLATFORM_H_
#define ISOTHREADS_PLATFORM_H_

#include <node.h>

namespace isothreads {

// V8's platform, which all isolates of the process share. After isothreads_platform_initialize().
node::MultiIsolatePlatform* Platform();

}  // namespace isothreads

#endif  // ISOTHREADS_PLATFORM_H_
