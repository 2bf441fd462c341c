#ifndef ISOTHREADS_ADDONS_H_
#define ISOTHREADS_ADDONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace isothreads {

// The native addons that one environment has loaded.
class Addons {
 public:
  // Call it when the environment has loaded this file, once for each time.
  void Add(const char* filename);
  // Once the environment and its isolate are gone, which may call into addons until then.
  void Unload();

 private:
  struct Addon {
    std::string filename;
    void* handle;
  };
  std::vector<Addon> addons_;
};

// In a `catch (...)` of what runs native addons: the exception must not unwind the frames of Rust, nor
// those of libuv that it came through. Ends the process as the C++ runtime does.
[[noreturn]] void EndProcess(uint64_t thread_id);

}  // namespace isothreads

#endif  // ISOTHREADS_ADDONS_H_
