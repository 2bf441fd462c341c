// Structured clone: V8's ValueSerializer and ValueDeserializer with a delegate that handles ports,
// SharedArrayBuffers and WebAssembly modules.
// https://html.spec.whatwg.org/multipage/structured-data.html

#include <cstdlib>
#include <memory>
#include <variant>
#include <vector>

#include "realm.h"

namespace isothreads {

using v8::Array;
using v8::ArrayBuffer;
using v8::BackingStore;
using v8::CompiledWasmModule;
using v8::Context;
using v8::HandleScope;
using v8::Isolate;
using v8::Just;
using v8::Local;
using v8::Maybe;
using v8::MaybeLocal;
using v8::Nothing;
using v8::Object;
using v8::SharedArrayBuffer;
using v8::SharedValueConveyor;
using v8::String;
using v8::Value;
using v8::WasmModuleObject;

namespace {

void* Box(Store store) { return new Store(std::move(store)); }

const Store& Unbox(void* box) { return *static_cast<Store*>(box); }

// What isothreads_wire::wasm_modules points to. A conveyor has the objects of V8's shared heap
// (--harmony-struct) that a message refers to; there is at most one.
using Module = std::variant<CompiledWasmModule, std::shared_ptr<SharedValueConveyor>>;

void** CopyPointers(const std::vector<void*>& pointers) {
  if (pointers.empty()) return nullptr;
  auto copy = static_cast<void**>(malloc(pointers.size() * sizeof(void*)));
  memcpy(copy, pointers.data(), pointers.size() * sizeof(void*));
  return copy;
}

// The word of a host object: the index of a port, or one of these. codec/src/tag.rs has them too.
constexpr uint32_t kValueInPlace = UINT32_MAX;      // followed by the parts of an object
constexpr uint32_t kPlainInPlace = UINT32_MAX - 1;  // followed by an object that is cloned unchanged
constexpr uint32_t kFirstOfHost = UINT32_MAX - 2;  // minus an index into the host's message
constexpr uint32_t kLastOfHost = UINT32_MAX / 2;

class SerializerDelegate : public v8::ValueSerializer::Delegate {
 public:
  SerializerDelegate(isothreads_realm* realm, Local<Context> context)
      : realm_(realm), context_(context) {}

  v8::ValueSerializer* serializer = nullptr;
  std::vector<Local<Object>> ports;
  // In the transfer list, and transferred by the host.
  std::vector<Local<Object>> host_transfers;
  // An Array of the objects that the host clones or transfers; empty when there are none.
  v8::Global<Array> host_objects;
  // Keys instead of objects: the handles that V8 passes in are dead when the serialiser is done.
  std::vector<std::shared_ptr<BackingStore>> shared_buffers;
  std::vector<Module> wasm_modules;
  bool has_host_objects = false;
  bool has_composites = false;

  void* ReallocateBufferMemory(void* old, size_t size, size_t* actual) override {
    uint8_t* scratch = realm_->scratch;
    bool fits = size <= sizeof(realm_->scratch);
    // In use when a getter that runs now posts a message.
    if (fits && (old == scratch || (old == nullptr && !realm_->is_scratch_taken))) {
      realm_->is_scratch_taken = true;
      *actual = sizeof(realm_->scratch);
      return scratch;
    }
    *actual = size;
    if (size > realm_->host->LongestMessage()) return nullptr;
    if (old != scratch) return realloc(old, size);
    void* grown = malloc(size);
    if (grown != nullptr) memcpy(grown, scratch, sizeof(realm_->scratch));
    realm_->is_scratch_taken = false;
    return grown;
  }

  void FreeBufferMemory(void* buffer) override {
    if (buffer == realm_->scratch) {
      realm_->is_scratch_taken = false;
    } else {
      free(buffer);
    }
  }

  void ThrowDataCloneError(Local<String> message) override { Refuse("", message); }

  // JavaScript creates an error, or ignores the refusal. Returns true when an exception is pending.
  bool Refuse(const char* kind, Local<Value> detail) {
    Isolate* isolate = realm_->isolate;
    Isolate::AllowJavascriptExecutionScope allow(isolate);
    Local<Value> arguments[] = {OneByte(isolate, kind), detail};
    Local<Value> error;
    if (!realm_->clone_error.Get(isolate)
             ->Call(context_, v8::Undefined(isolate), 2, arguments)
             .ToLocal(&error)) {
      return true;
    }
    if (error->IsUndefined()) return false;
    isolate->ThrowException(error);
    return true;
  }

#if V8_MAJOR_VERSION >= 12
  // Node marks the classes that it clones itself with a method under a symbol. Cloned as ordinary
  // objects they would silently arrive empty; this hook detects them.
  bool HasCustomHostObject(Isolate*) override { return true; }

  Maybe<bool> IsHostObject(Isolate* isolate, Local<Object> object) override {
    // A marked port can still be transferred.
    bool is_port = object->InternalFieldCount() > 0 &&
                   realm_->port_template.Get(isolate)->HasInstance(object);
    if (is_port) return Just(true);
    if (realm_->has_uncloneable) {
      if (!object->HasPrivate(context_, realm_->uncloneable.Get(isolate)).To(&is_uncloneable_)) {
        return Nothing<bool>();
      }
      if (is_uncloneable_) return Just(true);
    }
    if (object->InternalFieldCount() > 0) {
      if (realm_->composite_template.Get(isolate)->HasInstance(object)) return Just(true);
      if (IsTransferredByHost(object)) return Just(true);
      // The objects of an addon, for example, are plain objects to Node.
      return IsNodes(object);
    }
    Local<Value> prototype = PrototypeOf(object);
    if (!prototype->IsObject() || prototype == realm_->object_prototype.Get(isolate)) {
      return Just(false);
    }
    Local<Array> symbols;
    if (!CloneSymbols().ToLocal(&symbols)) return Nothing<bool>();
    for (uint32_t i = 0; i < symbols->Length(); i++) {
      Local<Value> symbol;
      bool has;
      if (!symbols->Get(context_, i).ToLocal(&symbol) ||
          !prototype.As<Object>()->Has(context_, symbol).To(&has)) {
        return Nothing<bool>();
      }
      if (has) return IsTransferredByHost(object) ? Just(true) : IsNodes(object);
    }
    // Node has marked the objects of its other classes where only Node can see it.
    Isolate::AllowJavascriptExecutionScope allow(isolate);
    Local<Value> arguments[] = {object, v8::Boolean::New(isolate, realm_->is_quiet)};
    if (realm_->check_cloneable.Get(isolate)
            ->Call(context_, v8::Undefined(isolate), 2, arguments)
            .IsEmpty()) {
      return Nothing<bool>();
    }
    return Just(false);
  }
#endif

  Maybe<bool> WriteHostObject(Isolate* isolate, Local<Object> object) override {
    if (is_uncloneable_) {
      Refuse("uncloneable", v8::Undefined(isolate));
      return Nothing<bool>();
    }
    if (IsTransferredByHost(object)) return WriteOfHost(object);
    if (!realm_->port_template.Get(isolate)->HasInstance(object)) {
      // Objects that JavaScript can take apart travel as an ordinary value.
      Local<Value> value;
      if (!TakeApart(object).ToLocal(&value)) return Nothing<bool>();
      if (value->IsArray()) {
        Local<Value> plain;
        if (!value.As<Array>()->Get(context_, 0).ToLocal(&plain)) return Nothing<bool>();
        realm_->replaced++;
        serializer->WriteUint32(kPlainInPlace);
        return serializer->WriteValue(context_, plain);
      }
      if (value->IsObject()) {
        bool is_composite = realm_->composite_template.Get(isolate)->HasInstance(object);
        (is_composite ? has_composites : has_host_objects) = true;
        serializer->WriteUint32(kValueInPlace);
        return serializer->WriteValue(context_, value);
      }
      if (value->IsNull() && realm_->host->HasMessages()) return WriteOfHost(object);
      Refuse("host object", object->GetConstructorName());
      return Nothing<bool>();
    }
    for (size_t i = 0; i < ports.size(); i++) {
      if (ports[i] == object) {
        serializer->WriteUint32(static_cast<uint32_t>(i));
        return Just(true);
      }
    }
    Refuse(PortKey(realm_, object) < 0 ? "closed port" : "port not listed",
          v8::Undefined(isolate));
    return Nothing<bool>();
  }

  Maybe<uint32_t> GetSharedArrayBufferId(Isolate*, Local<SharedArrayBuffer> buffer) override {
    shared_buffers.push_back(buffer->GetBackingStore());
    return Just(static_cast<uint32_t>(shared_buffers.size() - 1));
  }

  Maybe<uint32_t> GetWasmModuleTransferId(Isolate*, Local<WasmModuleObject> module) override {
    wasm_modules.push_back(module->GetCompiledModule());
    return Just(static_cast<uint32_t>(wasm_modules.size() - 1));
  }

  bool AdoptSharedValueConveyor(Isolate*, SharedValueConveyor&& conveyor) override {
    wasm_modules.push_back(std::make_shared<SharedValueConveyor>(std::move(conveyor)));
    return true;
  }

 private:
  bool IsTransferredByHost(Local<Object> object) const {
    for (auto& transferred : host_transfers) {
      if (transferred == object) return true;
    }
    return false;
  }

  MaybeLocal<Value> TakeApart(Local<Object> object) {
    Isolate* isolate = realm_->isolate;
    Isolate::AllowJavascriptExecutionScope allow(isolate);
    Local<Value> argument = object;
    return realm_->take_apart.Get(isolate)->Call(context_, v8::Undefined(isolate), 1, &argument);
  }

  Maybe<bool> WriteOfHost(Local<Object> object) {
    Isolate* isolate = realm_->isolate;
    if (host_objects.IsEmpty()) host_objects.Reset(isolate, Array::New(isolate));
    has_host_objects = true;
    Local<Array> objects = host_objects.Get(isolate);
    uint32_t index = objects->Length();
    serializer->WriteUint32(kFirstOfHost - index);
    return objects->CreateDataProperty(context_, index, object);
  }

#if V8_MAJOR_VERSION >= 12
  Maybe<bool> IsNodes(Local<Object> object) {
    Isolate* isolate = realm_->isolate;
    Isolate::AllowJavascriptExecutionScope allow(isolate);
    Local<Value> argument = object;
    Local<Value> answer;
    if (!realm_->is_host_object.Get(isolate)
             ->Call(context_, v8::Undefined(isolate), 1, &argument)
             .ToLocal(&answer)) {
      return Nothing<bool>();
    }
    return Just(answer->IsTrue());
  }

  static Local<Value> PrototypeOf(Local<Object> object) {
#if V8_MAJOR_VERSION >= 14
    return object->GetPrototypeV2();
#else
    return object->GetPrototype();
#endif
  }

  // Looked up when the first object of a class arrives: most workers never see one.
  MaybeLocal<Array> CloneSymbols() {
    Isolate* isolate = realm_->isolate;
    if (realm_->clone_symbols.IsEmpty()) {
      Isolate::AllowJavascriptExecutionScope allow(isolate);
      Local<Value> symbols;
      if (!realm_->find_clone_symbols.Get(isolate)
               ->Call(context_, v8::Undefined(isolate), 0, nullptr)
               .ToLocal(&symbols)) {
        return {};
      }
      realm_->clone_symbols.Reset(isolate, symbols.As<Array>());
    }
    return realm_->clone_symbols.Get(isolate);
  }
#endif

  isothreads_realm* realm_;
  Local<Context> context_;
  // IsHostObject()'s finding about the current object: markAsUncloneable() was called with it.
  bool is_uncloneable_ = false;
};

// Our classes and the host's exist in the realm's context only.
void ThrowOtherContext(isothreads_realm* realm, Local<Context> context) {
  Isolate* isolate = realm->isolate;
  Local<Value> arguments[] = {OneByte(isolate, "other context"), v8::Undefined(isolate)};
  Local<Value> error;
  if (realm->clone_error.Get(isolate)
          ->Call(context, v8::Undefined(isolate), 2, arguments)
          .ToLocal(&error)) {
    isolate->ThrowException(error);
  }
}

class DeserializerDelegate : public v8::ValueDeserializer::Delegate {
 public:
  DeserializerDelegate(isothreads_realm* realm, const isothreads_wire* wire,
                       Local<Context> context, Local<Array> ports, Local<Array> host_objects)
      : realm_(realm),
        wire_(wire),
        context_(context),
        ports_(ports),
        host_objects_(host_objects) {}

  v8::ValueDeserializer* deserializer = nullptr;

  MaybeLocal<Object> ReadHostObject(Isolate* isolate) override {
    uint32_t index;
    if (!deserializer->ReadUint32(&index)) return {};
    if (index == kPlainInPlace) {
      Local<Value> value;
      if (!deserializer->ReadValue(context_).ToLocal(&value) || !value->IsObject()) return {};
      return value.As<Object>();
    }
    if (index == kValueInPlace) {
      Local<Value> value;
      Local<Value> object;
      // V8 forbids calls because a getter could see a partial message. This function is ours and
      // only sees the value that was just read.
      Isolate::AllowJavascriptExecutionScope allow(isolate);
      if (context_ != realm_->context.Get(isolate)) {
        ThrowOtherContext(realm_, context_);
        return {};
      }
      if (!deserializer->ReadValue(context_).ToLocal(&value) ||
          !realm_->put_together.Get(isolate)
               ->Call(context_, v8::Undefined(isolate), 1, &value)
               .ToLocal(&object)) {
        return {};
      }
      return object.As<Object>();
    }
    if (index >= kLastOfHost) return ReadOfHost(kFirstOfHost - index);
    Local<Value> port;
    if (ports_.IsEmpty() || index >= ports_->Length() ||
        !ports_->Get(context_, index).ToLocal(&port)) {
      return {};
    }
    return port.As<Object>();
  }

  MaybeLocal<SharedArrayBuffer> GetSharedArrayBufferFromId(Isolate* isolate,
                                                           uint32_t id) override {
    if (id >= wire_->shared_buffer_count) return {};
    // One JavaScript object per buffer and message, even if the message contains it twice.
    if (shared_buffers_.size() <= id) shared_buffers_.resize(wire_->shared_buffer_count);
    if (shared_buffers_[id].IsEmpty()) {
      shared_buffers_[id] = SharedArrayBuffer::New(isolate, Unbox(wire_->shared_buffers[id]).store);
    }
    return shared_buffers_[id];
  }

  MaybeLocal<WasmModuleObject> GetWasmModuleFromId(Isolate* isolate, uint32_t id) override {
    if (id >= wire_->wasm_module_count) return {};
    auto module = std::get_if<CompiledWasmModule>(ModuleAt(id));
    if (module == nullptr) return {};
    return WasmModuleObject::FromCompiledModule(isolate, *module);
  }

  const SharedValueConveyor* GetSharedValueConveyor(Isolate*) override {
    for (size_t id = 0; id < wire_->wasm_module_count; id++) {
      auto conveyor = std::get_if<std::shared_ptr<SharedValueConveyor>>(ModuleAt(id));
      if (conveyor != nullptr) return conveyor->get();
    }
    return nullptr;
  }

 private:
  const Module* ModuleAt(size_t id) const {
    return static_cast<const Module*>(wire_->wasm_modules[id]);
  }

  MaybeLocal<Object> ReadOfHost(uint32_t index) {
    Local<Value> object;
    if (host_objects_.IsEmpty() || !host_objects_->Get(context_, index).ToLocal(&object) ||
        !object->IsObject()) {
      return {};
    }
    return object.As<Object>();
  }

  isothreads_realm* realm_;
  const isothreads_wire* wire_;
  Local<Context> context_;
  Local<Array> ports_;
  Local<Array> host_objects_;
  std::vector<Local<SharedArrayBuffer>> shared_buffers_;
};

// Returns false with an exception pending.
bool UnpackHostObjects(isothreads_realm* realm, Local<Context> context,
                       isothreads_host_message* message, Local<Array>* objects) {
  if (message == nullptr) return true;
  Isolate* isolate = realm->isolate;
  if (context != realm->context.Get(isolate)) {
    ThrowOtherContext(realm, context);
    return false;
  }
  Local<Value> unpacked;
  if (!realm->is_host_ready) {
    Local<Value> nothing = v8::Undefined(isolate);
    if (!realm->unpack.Get(isolate)->Call(context, nothing, 1, &nothing).ToLocal(&unpacked)) {
      return false;
    }
    realm->is_host_ready = true;
  }
  Local<Object> port;
  if (!message->Open(context).ToLocal(&port)) return false;
  Local<Value> arguments[] = {port, v8::Boolean::New(isolate, message->is_shared)};
  Local<Value> found;
  Local<Value> next;
  bool is_read = realm->unpack.Get(isolate)
                     ->Call(context, v8::Undefined(isolate), 2, arguments)
                     .ToLocal(&unpacked) &&
                 unpacked.As<Object>()->Get(context, 0).ToLocal(&found) &&
                 unpacked.As<Object>()->Get(context, 1).ToLocal(&next);
  if (message->is_shared) {
    message->Return(is_read && next->IsObject() ? next.As<Object>() : MaybeLocal<Object>());
  }
  if (is_read) *objects = found.As<Array>();
  return is_read;
}

// The host transfers its objects here. Returns false with an exception pending; then it has
// transferred nothing.
bool PackHostObjects(isothreads_realm* realm, Local<Context> context,
                     const SerializerDelegate& delegate,
                     std::unique_ptr<isothreads_host_message>* message) {
  if (delegate.host_objects.IsEmpty() && delegate.host_transfers.empty()) return true;
  Isolate* isolate = realm->isolate;
  auto transfers = Array::New(isolate, static_cast<int>(delegate.host_transfers.size()));
  for (uint32_t i = 0; i < delegate.host_transfers.size(); i++) {
    if (transfers->CreateDataProperty(context, i, delegate.host_transfers[i]).IsNothing()) {
      return false;
    }
  }
  Isolate::AllowJavascriptExecutionScope allow(isolate);
  Local<Array> objects = delegate.host_objects.Get(isolate);
  Local<Value> arguments[] = {objects.IsEmpty() ? Array::New(isolate) : objects, transfers};
  Local<Value> port;
  if (!realm->pack.Get(isolate)
           ->Call(context, v8::Undefined(isolate), 2, arguments)
           .ToLocal(&port)) {
    return false;
  }
  *message = realm->host->TakeMessage(port.As<Object>());
  return true;
}

}  // namespace

bool Serialize(isothreads_realm* realm, Local<Context> context, Local<Value> value,
               Local<Value> array_buffers, Local<Value> ports, isothreads_wire* wire,
               std::vector<int32_t>* port_keys) {
  Isolate* isolate = realm->isolate;
  SerializerDelegate delegate(realm, context);
  v8::ValueSerializer serializer(isolate, &delegate);
  delegate.serializer = &serializer;

  std::vector<Local<ArrayBuffer>> buffers;
  if (array_buffers->IsArray()) {
    Local<Array> list = array_buffers.As<Array>();
    for (uint32_t i = 0; i < list->Length(); i++) {
      Local<Value> entry;
      if (!list->Get(context, i).ToLocal(&entry)) return false;
      Local<ArrayBuffer> buffer = entry.As<ArrayBuffer>();
      if (!buffer->IsDetachable()) {
        if (delegate.Refuse("not transferable", v8::Undefined(isolate))) return false;
        continue;
      }
      serializer.TransferArrayBuffer(static_cast<uint32_t>(buffers.size()), buffer);
      buffers.push_back(buffer);
    }
  }
  if (ports->IsArray()) {
    Local<Array> list = ports.As<Array>();
    for (uint32_t i = 0; i < list->Length(); i++) {
      Local<Value> entry;
      if (!list->Get(context, i).ToLocal(&entry)) return false;
      Local<Object> object = entry.As<Object>();
      if (realm->port_template.Get(isolate)->HasInstance(object)) {
        delegate.ports.push_back(object);
      } else if (realm->host->HasMessages()) {
        delegate.host_transfers.push_back(object);
      } else {
        delegate.Refuse("host object", object->GetConstructorName());
        return false;
      }
    }
  }

  serializer.WriteHeader();
  if (serializer.WriteValue(context, value).IsNothing()) return false;

  // Getters ran above, so check again before detaching anything. A buffer that a getter detached
  // arrives empty, as in Node.
  for (auto buffer : buffers) {
    if (!buffer->IsDetachable()) {
      delegate.ThrowDataCloneError(OneByte(isolate, "An ArrayBuffer could not be cloned."));
      return false;
    }
  }
  for (auto port : delegate.ports) {
    int32_t key = PortKey(realm, port);
    if (key < 0 || !isothreads_on_is_port_open(realm->owner, key)) {
      delegate.Refuse("detached port", v8::Undefined(isolate));
      return false;
    }
    port_keys->push_back(key);
  }
  std::unique_ptr<isothreads_host_message> host_message;
  if (!PackHostObjects(realm, context, delegate, &host_message)) return false;

  // Nothing can fail from here on.
  std::vector<void*> stores;
  for (auto buffer : buffers) stores.push_back(Box(TakeStore(realm, buffer)));
  std::vector<void*> shared;
  for (auto& store : delegate.shared_buffers) shared.push_back(Box({std::move(store), nullptr}));
  std::vector<void*> modules;
  for (auto& module : delegate.wasm_modules) {
    modules.push_back(new Module(std::move(module)));
  }

  auto [data, length] = serializer.Release();
  *wire = {data,
           length,
           CopyPointers(stores),
           stores.size(),
           CopyPointers(shared),
           shared.size(),
           CopyPointers(modules),
           modules.size(),
           host_message.release(),
           data == realm->scratch,
           delegate.has_host_objects,
           delegate.has_composites};
  // Copied before the serialiser writes anything else.
  if (wire->is_in_scratch) realm->is_scratch_taken = false;
  return true;
}

MaybeLocal<Value> Deserialize(isothreads_realm* realm, Local<Context> context,
                              const isothreads_wire* wire, Local<Array> ports,
                              std::vector<Local<ArrayBuffer>>* uncounted) {
  Local<Array> host_objects;
  if (!UnpackHostObjects(realm, context, wire->host_message, &host_objects)) return {};
  DeserializerDelegate delegate(realm, wire, context, ports, host_objects);
  v8::ValueDeserializer deserializer(realm->isolate, wire->data, wire->length, &delegate);
  delegate.deserializer = &deserializer;
  for (size_t i = 0; i < wire->array_buffer_count; i++) {
    deserializer.TransferArrayBuffer(
        static_cast<uint32_t>(i),
        NewArrayBuffer(realm, Unbox(wire->array_buffers[i]), uncounted));
  }
  if (deserializer.ReadHeader(context).IsNothing()) return {};
  return deserializer.ReadValue(context);
}

}  // namespace isothreads

extern "C" {

void isothreads_backing_store_delete(void* store) {
  delete static_cast<isothreads::Store*>(store);
}

void* isothreads_wasm_module_clone(const void* module) {
  return new isothreads::Module(*static_cast<const isothreads::Module*>(module));
}

void isothreads_wasm_module_delete(void* module) {
  delete static_cast<isothreads::Module*>(module);
}

void isothreads_host_message_delete(isothreads_host_message* message) { delete message; }

void isothreads_host_message_share(isothreads_host_message* message) { message->is_shared = true; }

bool isothreads_marks_memories() {
  return V8_MAJOR_VERSION >= 13;
}
}
