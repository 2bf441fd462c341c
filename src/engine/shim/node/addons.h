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
  // Call it each time the environment has loaded this file.
  void Add(const char* filename);
  // Call it once the environment and its isolate are gone, because they may call into addons until
  // then.
  void Unload();

 private:
  struct Addon {
    std::string filename;
    void* handle;
  };
  std::vector<Addon> addons_;
};

// For a `catch (...)` around code that runs native addons: the exception must not unwind the frames
// of Rust, nor those of libuv that it came through. Ends the process as the C++ runtime does.
[[noreturn]] void EndProcess(uint64_t thread_id);

}  // namespace isothreads

#endif  // ISOTHREADS_ADDONS_H_
