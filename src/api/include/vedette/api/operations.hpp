// The end points for whoever runs the node: /livez, /readyz, /metrics, /status and a page at /.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/metrics.hpp"
#include "vedette/net/http_server.hpp"

namespace vedette::api {

// What a part of the node says of itself, for /readyz and /status.
struct ReadyCheck {
  std::string name;     // "intake"
  std::string problem;  // a sentence; empty: it is well
};

struct Operations {
  base::Metrics* metrics = nullptr;  // not owned
  std::string version;
  std::function<std::vector<ReadyCheck>()> ready;
  // Names and values for the page and /status, e.g. listeners and where they listen.
  std::function<std::vector<std::pair<std::string, std::string>>()> facts;
};

// GET and HEAD only; needs no credentials and tells no content of events. /livez answers 200 as long as the
// process answers at all; /readyz 503 with the problems while a part is not well.
// `/` is for whom the console has no page (curl).
net::HttpHandler make_operations(Operations operations);

// Whether the path is /livez, /readyz, /status or /metrics.
bool is_operation(std::string_view path);

}  // namespace vedette::api
