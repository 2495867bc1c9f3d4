// The listeners, one function each; register.cpp lists them.
#pragma once

#include "vedette/ingest/listener.hpp"

namespace vedette::ingest {

ListenerInfo elasticsearch_listener();
ListenerInfo splunk_hec_listener();
ListenerInfo otlp_http_listener();
ListenerInfo otlp_grpc_listener();
ListenerInfo ndjson_listener();

}  // namespace vedette::ingest
