// The OTLP listener over gRPC. gRPC is used in otlp_grpc.cpp alone.
#pragma once

#include <memory>
#include <string>

#include "listeners/otlp.hpp"

namespace vedette::ingest {

struct OtlpGrpcOptions {
  std::string listen = "127.0.0.1:4317";  // "host:port", the host in brackets if it is IPv6
  std::string tokens;                     // by commas; empty: anyone may send
  std::string certificate_file, key_file, client_ca_file;
  bool require_client_certificate = false;
  std::size_t max_message_bytes = 16u << 20;
  std::size_t max_waiting_bytes = 256u << 20;  // of requests that are not answered yet
  std::chrono::milliseconds idle_timeout{75'000};
};
std::unique_ptr<Listener> make_otlp_grpc_listener(std::shared_ptr<HttpDoor> door, OtlpGrpcOptions options);

}  // namespace vedette::ingest
