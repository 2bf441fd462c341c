#ifndef ISOTHREADS_LEAN_MODULES_H_
#define ISOTHREADS_LEAN_MODULES_H_

#include <v8.h>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "interface.h"

namespace isothreads {

// V8's form of a module that was loaded from this source.
enum class Compiled : uint32_t { kFunction = 1, kModule = 2 };

// The modules of an isolate. JavaScript (lib/lean/es-modules.js) finds and loads them, and knows them by number.
class ModuleTable {
 public:
  struct Entry {
    v8::Global<v8::Module> module;
    // By the order of its requests.
    std::vector<uint32_t> dependencies;
    // Of a module without source text: () => values of its exports, in the order of their names.
    v8::Global<v8::Function> evaluate;
    std::vector<v8::Global<v8::String>> names;
    // V8 asks for dependencies in their order.
    uint32_t next_request = 0;
  };

  uint32_t Add(v8::Isolate* isolate, v8::Local<v8::Module> module);
  // Nullptr when there is no such module.
  Entry* At(uint32_t number);
  Entry* Find(v8::Isolate* isolate, v8::Local<v8::Module> module, uint32_t* number = nullptr);
  void Remove(v8::Isolate* isolate, uint32_t number);

  // import(): (specifier, referrer, attributes, phase) => Promise
  v8::Global<v8::Function> on_import;
  // import.meta: (number, meta) => void
  v8::Global<v8::Function> on_meta;

 private:
  uint32_t last_ = 0;
  std::unordered_map<uint32_t, std::unique_ptr<Entry>> entries_;
  // By V8's hash, which several modules may have.
  std::unordered_multimap<int, uint32_t> numbers_;
};

// What runs after it was compiled from a shared source whose compiled form nobody has saved yet.
struct Uncached {
  uint32_t source;
  v8::Global<v8::Function> function;
  v8::Global<v8::Module> module;
};

// Has the isolate ask JavaScript for what import() and import.meta are.
void InstallModuleCallbacks(v8::Isolate* isolate);
// Adds what lib/lean/modules.js and es-modules.js need to the host's functions.
void AddModuleFunctions(isothreads_lean* lean, v8::Local<v8::Context> context,
                        v8::Local<v8::Object> functions);
// Saves the compiled form of the program's files for other workers. Call it when they have run: functions are compiled
// on their first call.
void SaveCompiled(isothreads_lean* lean);

}  // namespace isothreads

#endif  // ISOTHREADS_LEAN_MODULES_H_
