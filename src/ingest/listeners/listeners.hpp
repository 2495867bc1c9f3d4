// The listeners, one function each; register.cpp lists them.
#pragma once

#include "vedette/ingest/listener.hpp"

namespace vedette::ingest {

ListenerInfo elasticsearch_listener();
ListenerInfo splunk_hec_listener();
ListenerInfo otlp_http_listener();
ListenerInfo otlp_grpc_listener();
ListenerInfo ndjson_listener();
ListenerInfo syslog_listener();
ListenerInfo relp_listener();
ListenerInfo gelf_listener();
ListenerInfo fluent_forward_listener();
ListenerInfo ndjson_tcp_listener();
ListenerInfo files_listener();
ListenerInfo journald_listener();

}  // namespace vedette::ingest
