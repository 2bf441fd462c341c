// The realm, and what the files of isolate/ share; C++ only.

#ifndef ISOTHREADS_REALM_H_
#define ISOTHREADS_REALM_H_

#include <v8.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <vector>

#include "host.h"
#include "interface.h"
#include "values.h"

// An internal field of every port object: the key by which the realm identifies it.
constexpr int kPortKeyField = 0;

namespace isothreads {

// Bytes that V8 still counts although they were freed.
struct Ledger {
  std::atomic<int64_t> released{0};
};

struct Lent;

// The memory of an ArrayBuffer that moves between threads; see buffers.cc.
struct Store {
  std::shared_ptr<v8::BackingStore> store;
  std::shared_ptr<Lent> lent;
};

struct LargeBuffer {
  const v8::BackingStore* store;
  std::weak_ptr<Lent> lent;
};

}  // namespace isothreads

struct isothreads_realm {
  v8::Isolate* isolate;
  void* owner;
  isothreads_host* host;
  v8::Global<v8::Context> context;
  v8::Global<v8::FunctionTemplate> port_template;
  // The class of objects that JavaScript takes apart for the serialiser. Their internal field makes
  // V8 ask the delegate how to clone them.
  v8::Global<v8::FunctionTemplate> composite_template;
  v8::Global<v8::Function> receive;
  v8::Global<v8::Function> receive_record;
  v8::Global<v8::Function> create_port;
  v8::Global<v8::Function> clone_error;
  v8::Global<v8::Function> find_clone_symbols;
  v8::Global<v8::Function> take_apart;
  v8::Global<v8::Function> put_together;
  v8::Global<v8::Function> is_host_object;
  v8::Global<v8::Function> check_cloneable;
  v8::Global<v8::Function> pack;
  v8::Global<v8::Function> unpack;
  // Ports of the host can be made.
  bool is_host_ready = false;
  v8::Global<v8::Value> instance;
  // The mark of markAsUncloneable(), looked up once a marked object exists.
  v8::Global<v8::Private> uncloneable;
  bool has_uncloneable = false;
  v8::Global<v8::Array> clone_symbols;
  v8::Global<v8::Value> object_prototype;
  // There are ports in contexts other than the realm's.
  bool has_other_contexts = false;
  // Large buffers that were transferred to this realm and are still here.
  std::vector<isothreads::LargeBuffer> large;
  std::shared_ptr<isothreads::Ledger> ledger = std::make_shared<isothreads::Ledger>();
  // The port whose batch is being delivered.
  isothreads_object* batch = nullptr;
  // Messages are written here first. Most are small, and memory that one thread allocates and
  // another one frees makes both wait for a lock.
  alignas(8) uint8_t scratch[1024] = {};
  bool is_scratch_taken = false;
  // How often the serialiser has written another object in the place of one that V8 cannot clone.
  uint32_t replaced = 0;
  // The serialiser must not run JavaScript of the program.
  bool is_quiet = false;
};

struct isothreads_object {
  v8::Global<v8::Object> object;
  // Empty unless it is a port that lives in another context than the realm: messages to it are
  // created there.
  v8::Global<v8::Context> other_context;
  // For a port, and for every function that is called.
  std::unique_ptr<isothreads::Listener> listener;
};

namespace isothreads {

// The realm of a function that AddFunction() added.
inline isothreads_realm* RealmOf(const v8::FunctionCallbackInfo<v8::Value>& args) {
  return static_cast<isothreads_realm*>(PointerOf(args.Data()));
}

// -1 when the object is closed, detached, or not a port.
int32_t PortKey(isothreads_realm* realm, v8::Local<v8::Value> value);

// Calls one of the receiving functions as a task by itself; the first argument is the port.
int32_t Call(isothreads_realm* realm, isothreads_object* port,
             const v8::Global<v8::Function>& function, size_t count,
             v8::Local<v8::Value>* arguments);

// A JavaScript function whose data is the realm.
void AddFunction(isothreads_realm* realm, v8::Local<v8::Context> context,
                 v8::Local<v8::Object> target, const char* name, v8::FunctionCallback callback);

// The functions of queue.cc.
void AddQueueFunctions(isothreads_realm* realm, v8::Local<v8::Context> context,
                       v8::Local<v8::Object> functions);

// The functions of broadcast.cc.
void AddBroadcastFunctions(isothreads_realm* realm, v8::Local<v8::Context> context,
                           v8::Local<v8::Object> functions);

// The function of variables.cc.
void AddVariablesFunction(isothreads_realm* realm, v8::Local<v8::Context> context,
                          v8::Local<v8::Object> functions);

// Returns false with an exception pending; then nothing was detached. `array_buffers` and `ports`
// are Arrays or undefined, checked by JavaScript; among the ports are also the objects that the host
// transfers. On success the ArrayBuffers are detached and `port_keys` holds the keys of the ports,
// in order.
bool Serialize(isothreads_realm* realm, v8::Local<v8::Context> context, v8::Local<v8::Value> value,
               v8::Local<v8::Value> array_buffers, v8::Local<v8::Value> ports,
               isothreads_wire* wire, std::vector<int32_t>* port_keys);

// `uncounted` receives the buffers that V8 has yet to count, through CountBuffers.
v8::MaybeLocal<v8::Value> Deserialize(isothreads_realm* realm, v8::Local<v8::Context> context,
                                      const isothreads_wire* wire, v8::Local<v8::Array> ports,
                                      std::vector<v8::Local<v8::ArrayBuffer>>* uncounted);

// Detaches the buffer.
Store TakeStore(isothreads_realm* realm, v8::Local<v8::ArrayBuffer> buffer);
v8::Local<v8::ArrayBuffer> NewArrayBuffer(isothreads_realm* realm, const Store& store,
                                          std::vector<v8::Local<v8::ArrayBuffer>>* uncounted);
// Counts the buffers that were not passed on meanwhile.
void CountBuffers(isothreads_realm* realm,
                  const std::vector<v8::Local<v8::ArrayBuffer>>& buffers);

// For a message that could not be read.
void ClosePorts(isothreads_realm* realm, const int32_t* keys, size_t count);

// Creates the JavaScript objects of ports that `receiver`, a port in this context, has received;
// `ports` stays empty when there are none. Returns false with an exception pending.
bool CreatePorts(isothreads_realm* realm, v8::Local<v8::Context> context,
                 v8::Local<v8::Value> receiver, const int32_t* keys, size_t count,
                 v8::Local<v8::Array>* ports);

// The context in which the object was created.
v8::Local<v8::Context> ContextOf(isothreads_realm* realm, v8::Local<v8::Object> object);

}  // namespace isothreads

#endif  // ISOTHREADS_REALM_H_
