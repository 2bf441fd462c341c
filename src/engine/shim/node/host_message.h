#ifndef ISOTHREADS_HOST_MESSAGE_H_
#define ISOTHREADS_HOST_MESSAGE_H_

#include <memory>

#include "../isolate/host.h"

namespace isothreads {

// Whether this Node exports what TakeMessageOfNode() needs.
bool HasMessagesOfNode();
// Takes the message that waits at one of Node's ports, and closes the port, which must be open and
// belong to the current environment.
std::unique_ptr<isothreads_host_message> TakeMessageOfNode(v8::Local<v8::Object> port);

}  // namespace isothreads

#endif  // ISOTHREADS_HOST_MESSAGE_H_
