// Native addons in a worker. Node treats an embedder's environment as the main thread's, and never
// unloads its addons: static data would outlive the worker, and an addon that registers itself in
// an initialiser could not be loaded by a second worker.

#include "addons.h"

#include <node.h>

#ifndef _WIN32
#include <dlfcn.h>
#endif

#include <cstdio>
#include <cstring>
#include <exception>

namespace isothreads {

void EndProcess(uint64_t thread_id) {
  fprintf(stderr,
          "isothreads: in the worker with threadId %llu a native addon threw a C++ exception that "
          "nothing caught\n",
          static_cast<unsigned long long>(thread_id));
  // The runtime names the exception, because it is being handled.
  std::terminate();
}

#ifdef _WIN32

// Addons of workers stay loaded.
void Addons::Add(const char*) {}
void Addons::Unload() {}

#else

namespace {

// node::binding::DLib of src/node_binding.h, which Node exports without declaring it. Its Close()
// also forgets the addon's registration.
struct Library {
  std::string filename;
  int flags;
  std::string error;
  void* handle;
  bool is_registered;
};

template <class Function>
Function Find(const char* name) {
  void* address = dlsym(RTLD_DEFAULT, name);
  Function function;
  static_assert(sizeof(function) == sizeof(address));
  memcpy(&function, &address, sizeof(function));
  return function;
}

// Releases the one reference of an environment. Returns false when this Node has other functions.
bool CloseAsNode(const std::string& filename, void* handle) {
  static const auto construct = Find<void (*)(void*, const char*, int)>("_ZN4node7binding4DLibC1EPKci");
  static const auto open = Find<bool (*)(void*)>("_ZN4node7binding4DLib4OpenEv");
  static const auto registered =
      Find<void* (*)(void*)>("_ZN4node7binding4DLib33GetSavedModuleFromGlobalHandleMapEv");
  static const auto close = Find<void (*)(void*)>("_ZN4node7binding4DLib5CloseEv");
  if (construct == nullptr || open == nullptr || registered == nullptr || close == nullptr) {
    return false;
  }
  // Room for members that a later version may add.
  alignas(std::max_align_t) unsigned char memory[sizeof(Library) + 256] = {};
  auto library = reinterpret_cast<Library*>(memory);
  construct(library, filename.c_str(), RTLD_LAZY);
  bool is_known = open(library) && library->handle == handle;
  if (is_known) {
    // Takes a reference to the addon's registration, if there is one.
    registered(library);
    is_known = library->is_registered;
  }
  close(library);
  if (is_known) {
    library->handle = handle;
    close(library);
  }
  library->~Library();
  return is_known;
}

}  // namespace

void Addons::Add(const char* filename) {
  void* handle = dlopen(filename, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) return;
  // The environment holds a reference of its own.
  dlclose(handle);
  addons_.push_back({filename, handle});
}

void Addons::Unload() {
  for (const Addon& addon : addons_) {
    void* handle = dlopen(addon.filename.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (handle != nullptr) dlclose(handle);
    // Otherwise the name refers to another file by now.
    if (handle != addon.handle || !CloseAsNode(addon.filename, addon.handle)) dlclose(addon.handle);
  }
  addons_.clear();
}

#endif

}  // namespace isothreads
