#ifndef ISOTHREADS_SCRIPTS_H_
#define ISOTHREADS_SCRIPTS_H_

#include <v8.h>

#include <initializer_list>
#include <utility>
#include <vector>

namespace isothreads {

// The package's scripts in one isolate.
class Scripts {
 public:
  // Compiles a script as a function with these parameters; its names are file names in the package.
  v8::MaybeLocal<v8::Function> Compile(v8::Local<v8::Context> context, const char* name,
                                       std::initializer_list<const char*> parameter_names);
  // Call it when the scripts have run, because functions are compiled on their first call.
  void SaveCodeCaches(v8::Isolate* isolate);
  void Clear() { uncached_.clear(); }

 private:
  // Scripts that were compiled from source.
  std::vector<std::pair<void*, v8::Global<v8::Function>>> uncached_;
};

}  // namespace isothreads

#endif  // ISOTHREADS_SCRIPTS_H_
